"""Units of batches: taken for an order and given back by guarded updates that change exactly one row or refuse, so that no
two sessions ever sell the same unit. Each update writes its row of the ledger. Several batches are always touched in the
order of their ids."""

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, update
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.goods_in import (
    Arrival,
    hold_batch,
    lift_hold,
    recall_batch,
    receive_batch,
    release_batch,
)
from catalogue.ledger import Occasion, write
from catalogue.shelf import is_for_sale
from catalogue.verdicts import Refused, Stale, refuse_silence

__all__ = [
    "Arrival", "Occasion", "choose_batches", "correct", "destroy", "hold_batch", "lift_hold", "put_back", "recall_batch",
    "receive_batch", "release_batch", "reserve", "sell_reserved", "swap", "take_back", "unreserve",
]  # fmt: skip

free = Batch.received + Batch.corrected - Batch.reserved - Batch.sold - Batch.returned - Batch.destroyed
COUNTERS = ["reserved", "sold", "returned", "destroyed", "corrected"]


def choose_batches(batches: Iterable[Batch], quantity: int, today: date, months: int) -> list[tuple[Batch, int]]:
    """So many units of the batches that expire first among those with the shelf life asked for; given in the order of their
    ids, in which they are reserved. Refuses when there are not enough."""
    chosen, missing = [], quantity
    fit = [batch for batch in batches if batch.free > 0 and is_for_sale(batch, today, months)]
    for batch in sorted(fit, key=lambda batch: (batch.expires_on, batch.id)):
        taken = min(batch.free, missing)
        missing -= taken
        if taken:
            chosen.append((batch, taken))
    if missing or quantity < 1:
        raise Refused.because("no-batch", f"{quantity} were asked for, {quantity - missing} are there.", "the clinic")
    return sorted(chosen, key=lambda pick: pick[0].id)


def reserve(session: Session, batch_id: int, n: int, today: date, occasion: Occasion) -> None:
    """Holds free units of a released, unexpired batch for a payment under way. Refuses (Stale) when they are gone."""
    _move(session, batch_id, n, "reserved", occasion, free >= n, *_on_sale(today), free=-n, reserved=n)


def unreserve(session: Session, batch_id: int, n: int, occasion: Occasion) -> None:
    """Gives reserved units back, whatever became of the batch. Refuses (Stale) when so many are not reserved."""
    _move(session, batch_id, n, "unreserved", occasion, Batch.reserved >= n, reserved=-n, free=n)


def sell_reserved(session: Session, batch_id: int, n: int, today: date, occasion: Occasion) -> None:
    """Reserved units become sold. Refuses (Stale) when the batch was held, recalled or has expired meanwhile."""
    _move(session, batch_id, n, "sold", occasion, Batch.reserved >= n, *_on_sale(today), reserved=-n, sold=n)


def put_back(session: Session, batch_id: int, n: int, occasion: Occasion) -> None:
    """Sold units that never left the shop, or came back as they left it, are free again. Refuses (Stale) when so many were not
    sold."""
    _move(session, batch_id, n, "put-back", occasion, Batch.sold >= n, sold=-n, free=n)


def take_back(session: Session, batch_id: int, n: int, occasion: Occasion) -> None:
    """Units that came back from a client wait in quarantine and are never sold again. Refuses without a reason, or (Stale)
    when so many were not sold."""
    refuse_silence(occasion.why)
    _move(session, batch_id, n, "returned", occasion, Batch.sold >= n, sold=-n, returned=n)


def destroy(session: Session, batch_id: int, n: int, occasion: Occasion, place: str = "free") -> None:
    """Units from the shelf (`free`) or from quarantine (`returned`) are destroyed, whatever became of the batch. Refuses
    without a reason, or (Stale) when so many are not there."""
    refuse_silence(occasion.why)
    there = {"free": free, "returned": Batch.returned}[place]
    _move(session, batch_id, n, "destroyed", occasion, there >= n, **{place: -n}, destroyed=n)


def correct(session: Session, batch_id: int, difference: int, occasion: Occasion, seen: int) -> None:
    """The count was wrong by so many free units, more or fewer. `seen` is the sum of corrections that the person looked at.

    Refuses without a reason, and (Stale) when somebody corrected it meanwhile, or when fewer than none would be left.
    """
    refuse_silence(occasion.why)
    guards = (free + difference >= 0, Batch.corrected == seen)
    _move(session, batch_id, abs(difference), "corrected", occasion, *guards, free=difference)


def swap(session: Session, from_id: int, to_id: int, n: int, today: date, occasion: Occasion) -> None:
    """Sold units come out of another batch than was chosen. Refuses (Stale) when that one has not got them to sell."""
    if from_id == to_id:
        return
    for batch_id in sorted((from_id, to_id)):
        if batch_id == from_id:
            put_back(session, from_id, n, occasion)
        else:
            reserve(session, to_id, n, today, occasion)
            sell_reserved(session, to_id, n, today, occasion)


def _on_sale(today: date) -> tuple[ColumnElement[bool], ...]:
    return Batch.status == "released", Batch.expires_on >= today


def _move(
    session: Session, batch_id: int, n: int, kind: str, occasion: Occasion, *guards: ColumnElement[bool], **places: int
) -> None:
    """One row changed and one written in the ledger, or Stale. The batch row is the only thing read, under its own lock."""
    if n < 1:
        raise ValueError("units are whole and above zero")
    counters = (
        {"corrected": places["free"]} if kind == "corrected" else {p: c for p, c in places.items() if p != "free"}
    )
    values = {counter: getattr(Batch, counter) + change for counter, change in counters.items()}
    statement = update(Batch).where(Batch.id == batch_id, *guards).values(**values)
    # Rows of the ledger that wait to be written are written together.
    guarded = statement.execution_options(synchronize_session=False, autoflush=False)
    done = cast(CursorResult[Any], session.execute(guarded))
    if done.rowcount != 1:
        raise Stale.because("no-batch", "The units are no longer there.", "the clinic", "Try again.")
    write(session, batch_id, kind, occasion, **places)
    _forget(session, batch_id)


def _forget(session: Session, batch_id: int) -> None:
    """What the session remembers of the units is read again when asked for."""
    known = session.identity_map.get(session.identity_key(Batch, batch_id))
    if known is not None:
        session.expire(known, COUNTERS)
