"""The ledger of stock: every change of a batch's units is one row, written with the change and kept for good. Each row says
what was added to and taken from each place, so that the sums of a batch's rows are its counters; nothing but a delivery or a
correction makes the whole more or less."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Integer, String, Table, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogue.base import Base, UTCDateTime
from catalogue.batches import Batch
from catalogue.journal import Who
from catalogue.lasting import lasts

# Where the units of a batch can be.
PLACES = ("free", "reserved", "sold", "returned", "destroyed")
KINDS = ("received", "reserved", "unreserved", "sold", "put-back", "returned", "destroyed", "corrected")
MADE = "kind in ('received', 'corrected')"


@dataclass(frozen=True, slots=True)
class Occasion:
    """By whom and when units were moved, for which order where there is one, and why."""

    by: Who
    at: datetime
    order: str = ""
    why: str = ""


class StockMovement(Base):
    """Signed changes of the units in each place. `order_number` is text: the floor below knows no orders."""

    __tablename__ = "stock_movement"
    __table_args__ = (
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint("kind <> 'received' or free > 0", name="received"),
        CheckConstraint(f"{MADE} or free + reserved + sold + returned + destroyed = 0", name="balance"),
        CheckConstraint(
            f"not {MADE} or (free <> 0 and reserved = 0 and sold = 0 and returned = 0 and destroyed = 0)", name="made"
        ),
        CheckConstraint("kind not in ('corrected', 'destroyed', 'returned') or why <> ''", name="why"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    free: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    reserved: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    sold: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    returned: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    destroyed: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    order_number: Mapped[str] = mapped_column(String(20), default="", index=True)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    why: Mapped[str] = mapped_column(Text, default="")

    @property
    def places(self) -> dict[str, int]:
        """The places that changed, each with how much was added to it."""
        return {place: getattr(self, place) for place in PLACES if getattr(self, place)}


lasts(cast(Table, StockMovement.__table__))


def write(session: Session, batch_id: int, kind: str, occasion: Occasion, **places: int) -> None:
    """Adds one row beside the change that it tells of, in the caller's transaction."""
    told = StockMovement(batch_id=batch_id, kind=kind, at=occasion.at, order_number=occasion.order)
    told.by_id, told.by_name, told.why = occasion.by.id, occasion.by.name, occasion.why.strip()
    for place, change in places.items():
        setattr(told, place, change)
    session.add(told)


@dataclass(frozen=True, slots=True)
class MassBalance:
    """Where every unit of a batch is, by its ledger; `closes` when the ledger, the counters and the delivery agree."""

    received: int
    corrected: int
    free: int
    reserved: int
    sold: int
    returned: int
    destroyed: int
    closes: bool

    @property
    def in_stock(self) -> int:
        """Free and reserved; what is packed or waits to be is sold already."""
        return self.free + self.reserved

    @property
    def accounted_for(self) -> int:
        return self.in_stock + self.sold + self.returned + self.destroyed


def mass_balance(session: Session, batch: Batch) -> MassBalance:
    """One query. The batch is read as it stands in the session."""
    return mass_balances(session, [batch])[0]


def mass_balances(session: Session, batches: Sequence[Batch]) -> list[MassBalance]:
    """As `mass_balance`, of several batches in their order; one query."""
    sums = _sums(session, StockMovement.batch_id.in_([batch.id for batch in batches]))
    return [_balance(sums.get(batch.id, (0,) * 7), batch) for batch in batches]


def _balance(sums: tuple[int, ...], batch: Batch) -> MassBalance:
    received, corrected, free, reserved, sold, returned, destroyed = sums
    adds_up = received + corrected == free + reserved + sold + returned + destroyed
    closes = adds_up and sums == _counters(batch)
    return MassBalance(received, corrected, free, reserved, sold, returned, destroyed, closes)


def movements_of(session: Session, batch: Batch, most: int, before: int | None = None) -> list[StockMovement]:
    """The newest rows of a batch, at most so many; `before` is the id from which one reads on."""
    mine = select(StockMovement).where(StockMovement.batch_id == batch.id)
    if before is not None:
        mine = mine.where(StockMovement.id < before)
    return list(session.scalars(mine.order_by(StockMovement.id.desc()).limit(most)))


def unbalanced(session: Session) -> Iterator[str]:
    """Every batch whose ledger does not add up to what its counters say."""
    sums = _sums(session)
    for batch in session.scalars(select(Batch).order_by(Batch.id)):
        if sums.get(batch.id) != _counters(batch):
            yield f"batch {batch.code}: its ledger does not add up to its counters"


def _counters(batch: Batch) -> tuple[int, ...]:
    return batch.received, batch.corrected, *(getattr(batch, place) for place in PLACES)


def _sums(session: Session, *conditions: ColumnElement[bool]) -> dict[int, tuple[int, ...]]:
    """Of each batch: received, corrected, then the units in each place."""
    made = [func.sum(StockMovement.free).filter(StockMovement.kind == kind) for kind in ("received", "corrected")]
    places = [func.sum(getattr(StockMovement, place)) for place in PLACES]
    told = select(StockMovement.batch_id, *made, *places).where(*conditions).group_by(StockMovement.batch_id)
    return {row[0]: tuple(int(units or 0) for units in row[1:]) for row in session.execute(told)}
