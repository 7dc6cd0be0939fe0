"""A payment that its card's holder contests, one row for each dispute at the payment provider, as it was last read there."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.money import Money
from storefront.orders.dispute_rules import ENDED, WORDS
from storefront.orders.models import Order


class Dispute(Base):
    """`refund_id`: what the bank gave back when it was lost, booked as a refund, so that nothing is given back a second time.
    `booked_minor`: all that was booked of the loss, what the bank kept of promises too; None until it is lost."""

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint(f"(ended_at is not null) = (status in {ENDED})", name="ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    stripe_id: Mapped[str] = mapped_column(String(120), unique=True)
    status: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(60))
    amount_minor: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(String(3))
    withdrawn_minor: Mapped[int] = mapped_column(Integer, default=0)
    fee_minor: Mapped[int] = mapped_column(Integer, default=0)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answer_by: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"), unique=True)
    booked_minor: Mapped[int | None] = mapped_column(Integer)

    order: Mapped[Order] = relationship(lazy="raise")

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def words(self) -> str:
        return WORDS.get(self.status, self.status.replace("_", " "))

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def withdrawn(self) -> Money:
        return Money(self.withdrawn_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)
