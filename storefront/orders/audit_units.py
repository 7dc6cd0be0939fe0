"""What must hold of units: what orders hold is what batches say, and what was packed is what may be sent."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from sqlalchemy import and_, func, select

from catalogue.batches import Batch, BatchDecision
from storefront.clock import day_of
from storefront.db import db
from storefront.orders.models import Allocation, Order, OrderLine, Parcel
from storefront.orders.rules import LEFT
from storefront.orders.stop_models import Hold

# In which state an order's units are; an unpaid order that ended may hold reserved ones until its page is closed.
STATES = {
    "awaiting_payment": ("reserved",),
    "accepted": ("sold",),
    "packed": ("packed",),
    "on_hold": ("sold", "packed"),
} | dict.fromkeys(LEFT, ("packed",))
SENT = ("packed", *LEFT)
WAITING = ("accepted", "packed")


def broken_units(today: date) -> Iterator[str]:
    for check in (sums_of_batches, units_of_lines, parcels, holds):
        yield from check()
    yield from stopped_batches(today)


def sums_of_batches() -> Iterator[str]:
    """What orders hold of a batch is what the batch says is reserved and sold, and never more than came in."""
    told = select(Allocation.batch_id, Allocation.state, func.sum(Allocation.quantity - Allocation.returned))
    held: dict[tuple[int, str], int] = {}
    for batch_id, state, units in db.session.execute(told.group_by(Allocation.batch_id, Allocation.state)):
        kind = "sold" if state in ("sold", "packed") else state
        held[batch_id, kind] = held.get((batch_id, kind), 0) + units
    for batch in db.session.scalars(select(Batch).order_by(Batch.id)):
        for kind, says in (("reserved", batch.reserved), ("sold", batch.sold)):
            if says != held.get((batch.id, kind), 0):
                yield f"batch {batch.code}: {says} {kind}, orders hold {held.get((batch.id, kind), 0)}"
        if min(batch.free, batch.reserved, batch.sold, batch.returned, batch.destroyed) < 0:
            yield f"batch {batch.code}: below zero"


def units_of_lines() -> Iterator[str]:
    """Each line of a living order holds exactly its units, of its own product, in the state of its order."""
    told = select(Order, OrderLine, Allocation, Batch.product_id).join(OrderLine, OrderLine.order_id == Order.id)
    living = and_(Allocation.line_id == OrderLine.id, Allocation.state != "released")
    told = told.outerjoin(Allocation, living).outerjoin(Batch, Batch.id == Allocation.batch_id).order_by(OrderLine.id)
    found: dict[int, tuple[str, int, int]] = {}
    for order, line, unit, product_id in db.session.execute(told):
        where = f"order {order.number}, line {line.sku}"
        if order.status in STATES:
            before = found.get(line.id, ("", 0, 0))[2]
            found[line.id] = (where, line.units, before + (unit.quantity if unit else 0))
        if unit is not None and product_id != line.product_id:
            yield f"{where}: units of another product's batch"
        if unit is not None and (unit.order_id, unit.client_id) != (order.id, order.client_id):
            yield f"{where}: units under another order or client"
        if unit is not None and unit.state not in STATES.get(order.status, ("reserved",)):
            yield f"{where}: units are {unit.state}, the order is {order.status}"
    yield from (f"{where}: {wanted} ordered, {held} held" for where, wanted, held in found.values() if wanted != held)


def parcels() -> Iterator[str]:
    """What was packed or sent is in a parcel and was paid before."""
    told = select(Order, Parcel).outerjoin(Parcel, Parcel.order_id == Order.id).where(Order.status.in_(SENT))
    for order, parcel in db.session.execute(told.order_by(Order.id)):
        if parcel is None or (order.status != "packed" and parcel.dispatched_at is None):
            yield f"order {order.number}: {order.status} without a parcel that is"
        if order.captured_minor != order.total_minor:
            yield f"order {order.number}: {order.status} and not paid"


def stopped_batches(today: date) -> Iterator[str]:
    """No unit of a stopped or expired batch waits to be sent, and none left while its batch was stopped or after its last day."""
    decisions = _decisions()
    told = select(Order, OrderLine.sku, Batch, Parcel.dispatched_at).join(OrderLine, OrderLine.order_id == Order.id)
    told = told.join(Allocation, Allocation.line_id == OrderLine.id).join(Batch, Batch.id == Allocation.batch_id)
    told = told.outerjoin(Parcel, Parcel.order_id == Order.id).where(Allocation.state.in_(("sold", "packed")))
    for order, sku, batch, left_at in db.session.execute(told.order_by(Order.id)):
        where = f"order {order.number}, line {sku}: batch {batch.code}"
        if order.status in WAITING and batch.status != "released":
            yield f"{where} is {batch.status} and waits to be sent"
        if order.status in WAITING and batch.is_expired(today):
            yield f"{where} has expired and waits to be sent"
        if left_at and (stopped := _stopped_at(decisions.get(batch.id, []), left_at)):
            yield f"{where} was {stopped} before it left"
        if left_at and batch.is_expired(day_of(left_at)):
            yield f"{where} had expired when it left"


def _decisions() -> dict[int, list[tuple[str, datetime]]]:
    """What was decided of each batch and when, in order."""
    found: dict[int, list[tuple[str, datetime]]] = {}
    told = select(BatchDecision.batch_id, BatchDecision.decision, BatchDecision.at).order_by(BatchDecision.id)
    for batch_id, decision, at in db.session.execute(told):
        found.setdefault(batch_id, []).append((decision, at))
    return found


def _stopped_at(decisions: Iterable[tuple[str, datetime]], instant: datetime) -> str | None:
    """The decision that had the batch stopped then; None when its last word was its release. What happened in that very
    instant is taken to have come after."""
    before = [decision for decision, at in decisions if at < instant or (decision == "released" and at <= instant)]
    return before[-1] if before and before[-1] != "released" else None


def holds() -> Iterator[str]:
    """An order is on hold exactly while somebody's hold is open, or has been given back since."""
    still = select(Hold.order_id).where(Hold.lifted_at.is_(None))
    told = select(Order.number, Order.status, Order.id.in_(still)).where(Order.status.not_in(("refunded", "cancelled")))
    for number, status, is_held in db.session.execute(told.order_by(Order.id)):
        if (status == "on_hold") != bool(is_held):
            yield f"order {number}: {status}, {'with' if is_held else 'without'} an open hold"
