"""The outbox: every mail is a row written in the transaction of its fact and sent later by the worker. One that the address
refuses for good, or that nobody took for days, is given up."""

import secrets
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.base import Base, UTCDateTime


def new_reference() -> str:
    """How a mail is named on the desk: `M-` and twelve signs that tell nothing."""
    return f"M-{secrets.token_hex(6).upper()}"


class Message(Base):
    """`came_back_at`: a person was told that it did not arrive after all; `again_id` is the mail that this one repeats."""

    __tablename__ = "message"
    __table_args__ = (CheckConstraint("came_back_at is null or sent_at is not null", name="came_back"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(14), default=new_reference, unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    to: Mapped[str] = mapped_column("to_address", String(254), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(String(80), default="")
    queued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    given_up_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str] = mapped_column(Text, default="")
    came_back_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    came_back_why: Mapped[str] = mapped_column(Text, default="", server_default="")
    again_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)

    @property
    def state(self) -> str:
        """Where the mail is: waiting, failing (tried and to be tried again), sent, came-back or given-up."""
        if self.came_back_at is not None:
            return "came-back"
        if self.sent_at is not None:
            return "sent"
        if self.given_up_at is not None:
            return "given-up"
        return "failing" if self.last_error else "waiting"


class MailText(Base):
    """The words that the clinic gave a kind of mail, a row for each time they were written; the last one counts. Empty `source`:
    the package's own words again."""

    __tablename__ = "mail_text"
    __table_args__ = (UniqueConstraint("kind", "nth"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    nth: Mapped[int] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))


class WorkerBeat(Base):
    """The one row that says when the worker was last seen at work, and on which day it last looked who waits for long."""

    __tablename__ = "worker_beat"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    looked_on: Mapped[date | None] = mapped_column()
