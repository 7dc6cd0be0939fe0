"""What clients note and wish for at home: the diary of their rollers, and the reminders that they set. It is theirs and their
practitioner's to read, and nobody else's."""

from datetime import date, datetime
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.lasting import lasts
from storefront.eligibility.models import Client


class HomeUse(Base):
    """One entry of the diary: the `nth` unit of an order's line was used on a day, or (`is_struck`) it was not, after all. The
    last entry for a day holds; none is changed."""

    __tablename__ = "home_use"
    __table_args__ = (
        CheckConstraint("nth > 0", name="nth"),
        Index("ix_home_use_of_roller", "line_id", "nth", "used_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    nth: Mapped[int] = mapped_column(Integer)
    used_on: Mapped[date] = mapped_column()
    is_struck: Mapped[bool] = mapped_column()
    at: Mapped[datetime] = mapped_column(UTCDateTime)


lasts(cast(Table, HomeUse.__table__))


class HomeReminder(Base):
    """The reminders that one client set: for which days, and at what hour of the clinic's day. They are sent once the link of the
    first mail was pressed (`confirmed_at`), until `stopped_at`. `weekday` (Monday is 0) is for the day of use alone: None is the
    first day on which the diary allows it. `token` stands in the links of the mails; `due_at` is when the day is looked at."""

    __tablename__ = "home_reminder"
    __table_args__ = (
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint("hour between 0 and 23", name="hour"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), unique=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    is_for_use: Mapped[bool] = mapped_column()
    is_for_after: Mapped[bool] = mapped_column()
    is_for_replacing: Mapped[bool] = mapped_column()
    weekday: Mapped[int | None] = mapped_column(Integer)
    hour: Mapped[int] = mapped_column(Integer)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str] = mapped_column(Text, default="")

    client: Mapped[Client] = relationship(lazy="raise")
    sent: Mapped[list["HomeReminderSent"]] = relationship(lazy="raise", order_by="HomeReminderSent.id")

    @property
    def is_on(self) -> bool:
        return self.confirmed_at is not None and self.stopped_at is None


class HomeReminderSent(Base):
    """A client was reminded on a day, once of each kind."""

    __tablename__ = "home_reminder_sent"
    __table_args__ = (
        UniqueConstraint("reminder_id", "kind", "sent_on"),
        CheckConstraint("kind in ('use', 'after', 'replacing')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reminder_id: Mapped[int] = mapped_column(ForeignKey("home_reminder.id"))
    kind: Mapped[str] = mapped_column(String(10))
    sent_on: Mapped[date] = mapped_column()
