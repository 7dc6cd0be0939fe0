"""Returns: what a client asked to give back of an order, what became of it, and the parts of the money that it brought back."""

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from storefront.orders.models import Order, OrderLine, Refund
from storefront.orders.return_rules import ReturnReason, return_reasons


class GoodsReturn(Base):
    """Asked for by the client, ended once by who saw what arrived. `is_opened` is what the client said, `was_opened` what was
    seen. Without a refund it was refused, and `words` say why. `reaction_id`: the report that it goes with, which the
    practitioner alone reads."""

    __tablename__ = "goods_return"
    __table_args__ = (
        CheckConstraint("(ended_at is null) = (ended_by is null)", name="ended"),
        CheckConstraint("refund_id is null or ended_at is not null", name="paid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    reason: Mapped[str] = mapped_column(String(20))
    is_opened: Mapped[bool] = mapped_column(Boolean)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    ended_by: Mapped[str | None] = mapped_column(String(200))
    was_opened: Mapped[bool | None] = mapped_column(Boolean)
    words: Mapped[str] = mapped_column(Text, default="")
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"), unique=True)
    reaction_id: Mapped[int | None] = mapped_column(ForeignKey("reaction.id"), index=True)

    order: Mapped[Order] = relationship(lazy="raise")
    refund: Mapped[Refund | None] = relationship(lazy="raise")
    lines: Mapped[list["ReturnLine"]] = relationship(lazy="raise", order_by="ReturnLine.id")

    @property
    def why(self) -> ReturnReason:
        return return_reasons()[self.reason]


class ReturnLine(Base):
    """`paid_back`: the units for which money goes back, once the return has ended."""

    __tablename__ = "return_line"
    __table_args__ = (
        UniqueConstraint("return_id", "line_id"),
        CheckConstraint("quantity > 0 and paid_back between 0 and quantity", name="units"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("goods_return.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), index=True)
    quantity: Mapped[int] = mapped_column(Integer)
    paid_back: Mapped[int] = mapped_column(Integer, default=0)

    line: Mapped[OrderLine] = relationship(lazy="raise")


class RefundPart(Base):
    """What of a refund pays a line back; without a line it is the delivery. The credit note says the same. `units`: how many it
    pays for without a return, because they were recalled, or judged not to be for this client."""

    __tablename__ = "refund_part"
    __table_args__ = (
        UniqueConstraint("refund_id", "line_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("units >= 0", name="units"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("refund.id"))
    line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(Integer)
    units: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
