"""What every signed row of a client's record carries."""

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.base import UTCDateTime


class Signed:
    """By whom and when; the name as text, because evidence outlives an account."""

    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
