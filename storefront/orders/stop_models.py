"""What stopped an order, by whom, when and why: its cancellation, and each hold with its lifting."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.base import Base, UTCDateTime


class Cancellation(Base):
    """An order that will never be accepted, or was stopped before it was packed."""

    __tablename__ = "cancellation"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), unique=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(Text)
    codes: Mapped[str] = mapped_column(Text, default="")


class Hold(Base):
    """An accepted order that was stopped; `codes`: the reasons, with commas between. Open until it is lifted."""

    __tablename__ = "hold"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(Text)
    codes: Mapped[str] = mapped_column(Text, default="")
    lifted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lifted_by: Mapped[str | None] = mapped_column(String(200))
