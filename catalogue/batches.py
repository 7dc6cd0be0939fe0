"""Batches: our code, the supplier's lot, expiry, and where every unit is. `status` is a column, because the guarded updates
that reserve and sell a unit must read it under the row's own lock; why and by whom it moved are `BatchDecision` rows."""

import json
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.dossiers import Evidence

if TYPE_CHECKING:
    from catalogue.products import Product

STATUSES = ("waiting", "released", "held", "recalled")


class Batch(Base):
    """`received` + `corrected` = free + `reserved` + `sold` + `returned` + `destroyed`; whole units. They are the sums of the
    batch's ledger (`ledger.py`), kept here so that one guarded update can take a unit. `returned` came back from clients and
    waits in quarantine; it is never sold again. `shelf` is the place where whoever packs finds it."""

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint("status in ('waiting', 'released', 'held', 'recalled')", name="status"),
        CheckConstraint("received > 0 and reserved >= 0 and sold >= 0", name="units"),
        CheckConstraint("returned >= 0 and destroyed >= 0", name="units_gone"),
        CheckConstraint("reserved + sold + returned + destroyed <= received + corrected", name="never_negative"),
        CheckConstraint("supplier_lot <> ''", name="lot"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    supplier_lot: Mapped[str] = mapped_column(String(60), index=True)
    expires_on: Mapped[date] = mapped_column()
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    received: Mapped[int] = mapped_column(Integer)
    reserved: Mapped[int] = mapped_column(Integer, default=0)
    sold: Mapped[int] = mapped_column(Integer, default=0)
    returned: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    destroyed: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    corrected: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    delivery_note: Mapped[str] = mapped_column(String(80), default="")
    serial: Mapped[str] = mapped_column(String(20), default="", server_default="", index=True)
    shelf: Mapped[str] = mapped_column(String(20), default="", server_default="")
    facts: Mapped[str] = mapped_column(Text, default="{}")
    evidence: Mapped[str] = mapped_column(Text, default="[]")
    findings: Mapped[str] = mapped_column(Text, default="[]")
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_by: Mapped[str] = mapped_column(String(200))

    product: Mapped["Product"] = relationship(back_populates="batches", lazy="raise")
    decisions: Mapped[list["BatchDecision"]] = relationship(lazy="raise", order_by="BatchDecision.id")

    @property
    def free(self) -> int:
        return self.received + self.corrected - self.reserved - self.sold - self.returned - self.destroyed

    @property
    def papers(self) -> tuple[Evidence, ...]:
        """The documents that came with it, or were written when it came in."""
        return tuple(Evidence.from_json(stored) for stored in json.loads(self.evidence))

    def is_expired(self, today: date) -> bool:
        """The printed date is the last day on which it may be used."""
        return today > self.expires_on


class BatchDecision(Base):
    """Who released, held, recalled or lifted, when and why."""

    __tablename__ = "batch_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    decision: Mapped[str] = mapped_column(String(10))
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    why: Mapped[str] = mapped_column(Text)
