"""Every event of the payment provider that was taken, once: its id is unique, in the same transaction as its effect. Every time
that its book was laid beside ours, with what did not match. And of a card that a client keeps there, what may be told of it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from storefront.orders.due import Due
from storefront.payments.reconciling_rules import KINDS


class StripeEvent(Base):
    __tablename__ = "stripe_event"

    event_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    order_number: Mapped[str | None] = mapped_column(String(20), index=True)
    effect: Mapped[str] = mapped_column(String(120), default="")
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Reconciliation(Due, Base):
    """One time that the two books were compared: every payment since `since`, `looked_at` of them. `night`: the clinic's day on
    which it was due, once; None when somebody asked for it."""

    __tablename__ = "reconciliation"

    id: Mapped[int] = mapped_column(primary_key=True)
    night: Mapped[date | None] = mapped_column(Date, unique=True)
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    looked_at: Mapped[int] = mapped_column(Integer, default=0)

    mismatches: Mapped[list["Mismatch"]] = relationship(lazy="raise", order_by="Mismatch.id")


class Mismatch(Base):
    """What did not match, and could not be settled by itself."""

    __tablename__ = "mismatch"

    id: Mapped[int] = mapped_column(primary_key=True)
    reconciliation_id: Mapped[int] = mapped_column(ForeignKey("reconciliation.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    order_number: Mapped[str | None] = mapped_column(String(20))
    intent_id: Mapped[str] = mapped_column(String(120))
    told: Mapped[str] = mapped_column(Text)

    @property
    def what_to_do(self) -> str:
        return KINDS[self.kind]


class KeptCard(Base):
    """The card that a client last paid with and keeps at Stripe: its brand and last four digits, so that they know which one it is.
    Never more of its number."""

    __tablename__ = "kept_card"
    __table_args__ = (CheckConstraint("length(last4) = 4", name="last4"),)

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), primary_key=True)
    brand: Mapped[str] = mapped_column(String(30))
    last4: Mapped[str] = mapped_column(String(4))
    good_until: Mapped[date] = mapped_column(Date)
    kept_at: Mapped[datetime] = mapped_column(UTCDateTime)
