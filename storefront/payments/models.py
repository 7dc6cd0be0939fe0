"""Every event of the payment provider that was taken, once: its id is unique, in the same transaction as its effect."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.base import Base, UTCDateTime


class StripeEvent(Base):
    __tablename__ = "stripe_event"

    event_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    order_number: Mapped[str | None] = mapped_column(String(20), index=True)
    effect: Mapped[str] = mapped_column(String(120), default="")
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
