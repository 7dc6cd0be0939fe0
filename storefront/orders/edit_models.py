"""What the clinic changed of an order before it was packed: by whom, when and why, and how it was before and after. An order only
ever gets less; what that costs less is promised back. The rows are kept as they were written."""

from datetime import datetime
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.lasting import lasts
from storefront.orders.delivery_terms import LEAVES
from storefront.orders.models import OrderLine


class OrderEdit(Base):
    """`back_minor`: what was promised back for it, in pence."""

    __tablename__ = "order_edit"
    __table_args__ = (CheckConstraint("back_minor >= 0", name="back"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(Text)
    delivery_before: Mapped[str] = mapped_column(String(12))
    delivery_after: Mapped[str] = mapped_column(String(12))
    recipient_before: Mapped[str] = mapped_column(String(200))
    recipient_after: Mapped[str] = mapped_column(String(200))
    address_before: Mapped[str] = mapped_column(Text)
    address_after: Mapped[str] = mapped_column(Text)
    back_minor: Mapped[int] = mapped_column(Integer)

    lines: Mapped[list["EditedLine"]] = relationship(lazy="raise", order_by="EditedLine.id")

    @property
    def changes(self) -> list[str]:
        """What was changed, a sentence for each; the desk and the client read the same."""
        told = [line.in_words for line in self.lines]
        before, after = (LEAVES[kind] for kind in (self.delivery_before, self.delivery_after))
        told += [f"{after}, in place of: {before}."] if after != before else []
        told += [f"To {self.recipient_after}, before: {self.recipient_before}."] if self.has_another_name else []
        if self.address_after and self.address_after != self.address_before:
            after, before = (text.replace("\n", ", ") for text in (self.address_after, self.address_before))
            told.append(f"Address {after}; before: {before or 'none'}.")
        return told

    @property
    def has_another_name(self) -> bool:
        return self.recipient_after != self.recipient_before


class EditedLine(Base):
    """Units of a line that was made shorter."""

    __tablename__ = "edited_line"
    __table_args__ = (
        UniqueConstraint("edit_id", "line_id"),
        CheckConstraint("after >= 0 and after < before", name="units"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edit_id: Mapped[int] = mapped_column(ForeignKey("order_edit.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), index=True)
    before: Mapped[int] = mapped_column(Integer)
    after: Mapped[int] = mapped_column(Integer)

    line: Mapped[OrderLine] = relationship(lazy="raise")

    @property
    def in_words(self) -> str:
        if not self.after:
            return f"{self.line.name} was taken out ({self.before} before)."
        return f"{self.line.name}: {self.after}, before: {self.before}."


for each in (OrderEdit, EditedLine):
    lasts(cast(Table, each.__table__))
