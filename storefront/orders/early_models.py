"""Which accepted order used up which exception for an early order, as rows. It is given back when the order ends before it left;
no two orders that stand have the same one, which the database itself sees to."""

from datetime import datetime
from typing import cast

from sqlalchemy import ForeignKey, Index, Table, text
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.base import Base, UTCDateTime
from catalogue.guards import guard

LIVE = text("given_back_at is null")


class EarlyUse(Base):
    """A line that was too early, and the exception that it was accepted on."""

    __tablename__ = "early_use"
    __table_args__ = (Index("ix_early_use_live", "answer_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),)

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), unique=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("early_answer.id"))
    used_at: Mapped[datetime] = mapped_column(UTCDateTime)
    given_back_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


STAYS = "what an order used stays as it was written, but that it is given back"
CHANGED = " or ".join(f"old.{name} is distinct from new.{name}" for name in ("id", "line_id", "answer_id", "used_at"))
GUARDS = (
    ("early_use_stays", "update", f"old.given_back_at is not null or {CHANGED}"),
    ("early_use_is_kept", "delete", "old.id is not null"),
)
for _name, _on, _when in GUARDS:
    guard(cast(Table, EarlyUse.__table__), _name, _on, _when, STAYS)
