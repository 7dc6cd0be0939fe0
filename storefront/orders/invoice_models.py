"""Invoices and credit notes as they were issued: numbered without gaps, one invoice for what was taken of an order and one credit
note for each refund of it. Their rows and their sheets are kept as they were written; the database refuses anything else."""

from datetime import date, datetime
from typing import cast

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.guards import guard
from catalogue.lasting import lasts
from catalogue.money import Money

PREFIX = {"invoice": "INV", "credit_note": "CN"}


class InvoiceBook(Base):
    """How many of a kind were issued. Whoever issues the next locks this row first: no number is lost or given twice."""

    __tablename__ = "invoice_book"

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class Invoice(Base):
    """`words`: all that its sheet says, as JSON, frozen when it was issued. `supplied_on`: the tax point, the day on which the
    money was taken or given back."""

    __tablename__ = "invoice"
    __table_args__ = (
        CheckConstraint("kind in ('invoice', 'credit_note')", name="kind"),
        CheckConstraint("(kind = 'credit_note') = (refund_id is not null)", name="refund"),
        CheckConstraint("gross_minor > 0 and tax_minor >= 0 and tax_minor <= gross_minor", name="amounts"),
        CheckConstraint("nth > 0", name="nth"),
        Index(
            "ix_invoice_one_of_order", "order_id", unique=True,
            sqlite_where=text("kind = 'invoice'"), postgresql_where=text("kind = 'invoice'"),
        ),
        Index("ix_invoice_nth", "kind", "nth", unique=True),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    nth: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"), unique=True)
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    supplied_on: Mapped[date] = mapped_column(Date)
    gross_minor: Mapped[int] = mapped_column(Integer)
    tax_minor: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(String(3))
    words: Mapped[str] = mapped_column(Text)

    sheet: Mapped["InvoiceSheet | None"] = relationship(lazy="raise")

    @property
    def gross(self) -> Money:
        return Money(self.gross_minor, self.currency)


class InvoiceSheet(Base):
    """The PDF as it was drawn once; what is handed out is always this."""

    __tablename__ = "invoice_sheet"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    drawn_at: Mapped[datetime] = mapped_column(UTCDateTime)


@event.listens_for(InvoiceBook.__table__, "after_create")
def open_books(table: Table, connection: Connection, **_: object) -> None:
    """Nothing was issued yet."""
    connection.execute(table.insert(), [{"kind": kind, "last": 0} for kind in PREFIX])


for each in (Invoice, InvoiceSheet):
    lasts(cast(Table, each.__table__))
guard(
    cast(Table, Invoice.__table__), "invoice_without_gap", "insert",
    "new.nth <> 1 + (SELECT coalesce(max(i.nth), 0) FROM invoice i WHERE i.kind = new.kind)", "invoices are numbered without gaps",
)  # fmt: skip
guard(
    cast(Table, InvoiceBook.__table__), "invoice_book_forward", "update",
    "new.last <> old.last + 1 OR new.kind <> old.kind", "the count of invoices goes up by one",
)  # fmt: skip
