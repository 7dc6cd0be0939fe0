"""Units of batches: taken for an order and given back by guarded updates that change exactly one row or refuse, so that no
two sessions ever sell the same unit. Several batches are always touched in the order of their ids."""

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, update
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.goods_in import Arrival, hold_batch, lift_hold, recall_batch, receive_batch, release_batch
from catalogue.shelf import is_for_sale
from catalogue.verdicts import Refused, Stale

__all__ = [
    "Arrival", "choose_batches", "hold_batch", "lift_hold", "put_back", "recall_batch", "receive_batch", "release_batch",
    "reserve", "sell_reserved", "swap", "unreserve", "write_off",
]  # fmt: skip

free = Batch.received - Batch.reserved - Batch.sold - Batch.written_off


def choose_batches(batches: Iterable[Batch], quantity: int, today: date, months: int) -> list[tuple[Batch, int]]:
    """So many units of the batches that expire first among those with the shelf life asked for; given in the order of their
    ids, in which they are reserved. Refuses when there are not enough."""
    chosen, missing = [], quantity
    fit = [batch for batch in batches if batch.free > 0 and is_for_sale(batch, "", today, months)]
    for batch in sorted(fit, key=lambda batch: (batch.expires_on, batch.id)):
        taken = min(batch.free, missing)
        missing -= taken
        if taken:
            chosen.append((batch, taken))
    if missing or quantity < 1:
        raise Refused.because("no-batch", f"{quantity} were asked for, {quantity - missing} are there.", "the clinic")
    return sorted(chosen, key=lambda pick: pick[0].id)


def reserve(session: Session, batch_id: int, n: int, today: date) -> None:
    """Holds free units of a released, unexpired batch for a payment under way. Refuses (Stale) when they are gone."""
    _guarded(session, batch_id, n, free >= n, *_on_sale(today), reserved=Batch.reserved + n)


def unreserve(session: Session, batch_id: int, n: int) -> None:
    """Gives reserved units back, whatever became of the batch. Refuses (Stale) when so many are not reserved."""
    _guarded(session, batch_id, n, Batch.reserved >= n, reserved=Batch.reserved - n)


def sell_reserved(session: Session, batch_id: int, n: int, today: date) -> None:
    """Reserved units become sold. Refuses (Stale) when the batch was held, recalled or has expired meanwhile."""
    values = {"reserved": Batch.reserved - n, "sold": Batch.sold + n}
    _guarded(session, batch_id, n, Batch.reserved >= n, *_on_sale(today), **values)


def put_back(session: Session, batch_id: int, n: int) -> None:
    """Sold units that never left the shop are free again. Refuses (Stale) when so many were not sold."""
    _guarded(session, batch_id, n, Batch.sold >= n, sold=Batch.sold - n)


def write_off(session: Session, batch_id: int, n: int) -> None:
    """Free units are destroyed or lost. Refuses (Stale) when so many are not free."""
    _guarded(session, batch_id, n, free >= n, written_off=Batch.written_off + n)


def swap(session: Session, from_id: int, to_id: int, n: int, today: date) -> None:
    """Sold units come out of another batch than was chosen. Refuses (Stale) when that one has not got them to sell."""
    if from_id == to_id:
        return
    steps = {
        from_id: lambda: put_back(session, from_id, n),
        to_id: lambda: _guarded(session, to_id, n, free >= n, *_on_sale(today), sold=Batch.sold + n),
    }
    for batch_id in sorted(steps):
        steps[batch_id]()


def _on_sale(today: date) -> tuple[ColumnElement[bool], ...]:
    return Batch.status == "released", Batch.expires_on >= today


def _guarded(session: Session, batch_id: int, n: int, *conditions: ColumnElement[bool], **values: Any) -> None:
    """One row changed, or Stale. The batch row is the only thing read, under its own lock."""
    if n < 1:
        raise ValueError("units are whole and above zero")
    statement = update(Batch).where(Batch.id == batch_id, *conditions).values(**values)
    done = cast(CursorResult[Any], session.execute(statement.execution_options(synchronize_session=False)))
    if done.rowcount != 1:
        raise Stale.because("no-batch", "The units are no longer there.", "the clinic", "Try again.")
    _forget(session, batch_id)


def _forget(session: Session, batch_id: int) -> None:
    """What the session remembers of the units is read again when asked for."""
    known = session.identity_map.get(session.identity_key(Batch, batch_id))
    if known is not None:
        session.expire(known, ["reserved", "sold", "written_off"])
