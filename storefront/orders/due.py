"""What every row of the queue has: when it is due, when it was done, and what went wrong on the way."""

from datetime import datetime

from sqlalchemy import Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.base import UTCDateTime


class Due:
    """A row of the queue: due until `done_at`; the row's id is the idempotency key at the payment provider."""

    owed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str] = mapped_column(Text, default="")
