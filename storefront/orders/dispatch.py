"""Packing, sending and delivering. Nothing is packed before it is paid; whoever packs names the batch of every line, and the
gate is asked once more before a parcel leaves."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select, update

from catalogue import shelf
from catalogue.batches import Batch
from catalogue.journal import Who
from catalogue.ledger import Occasion
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.verdicts import Reason, Refused, Stale, Verdict, require
from storefront.db import db, rows_changed
from storefront.eligibility.records import lock_client
from storefront.orders import gate, gate_reports, scanning, slips
from storefront.orders.finding import keep_findable
from storefront.orders.holding import unpack
from storefront.orders.models import Order, OrderLine, Parcel
from storefront.orders.moving import move, tell
from storefront.orders.records import client_id_of, lock_order, product_ids_of
from storefront.orders.rules import may_move
from storefront.orders.units import allocate, exchange

Picks = Mapping[int, Sequence[str]]
# What was picked for each line: by code, the batch (or why the code names none) and how many units.
Picked = Sequence[tuple[OrderLine, dict[str, tuple[Batch | str, int]]]]


def pack_order(
    number: str, picks: Picks, by: Who, now: datetime, today: date, weight_grams: int | None = None
) -> Order:
    """Puts the named batches in the parcel: one code, ours or that of the box, for a whole line, or one for each unit.

    Refuses when the money was not taken, a line has no code, and a batch that is another product's, unknown, stopped, or
    too near its end. Which units are sold moves with what was really picked. A packed order may be packed again until it leaves.
    """
    order, products = _locked(number, gate_reports.PACKING, now, today)
    if order.status == "packed":
        unpack(order)
        move(order, "accepted", by, now)
    require(may_move(order.status, "packed"))
    if not order.is_paid or order.owed_back_minor == order.total_minor:
        raise _wrong("not-paid", "The money was not taken yet, or goes back: it is not packed.")
    ours = _batches_named(picks)
    picked = [(line, _picked(line, picks, products[line.product_id], ours, today)) for line in order.kept_lines]
    require(Verdict(tuple(_faults(picked, products, gate.rules_on(today), today))))
    _swap(order, picked, today, Occasion(by, now, order.number))
    parcel = Parcel(order_id=order.id, packed_at=now, packed_by=by.name, weight_grams=weight_grams)
    parcel.slip_code = slips.new_code()
    db.session.add(parcel)
    move(order, "packed", by, now)
    return order


def _locked(number: str, moment: str, now: datetime, today: date) -> tuple[Order, dict[int, Product]]:
    """The order and its products under their locks, once the gate has said yes again."""
    client_id = client_id_of(number)
    if client_id is None:
        raise LookupError(number)
    client = lock_client(client_id)
    products = gate.lock_products(product_ids_of(number))
    order = lock_order(number)
    gate_reports.insist(client, order, products, moment, now, today)
    return order, products


def _batches_named(picks: Picks) -> dict[str, Batch]:
    codes = {code.strip() for named in picks.values() for code in named}
    fresh = select(Batch).where(Batch.code.in_(codes)).order_by(Batch.id).execution_options(populate_existing=True)
    return {batch.code: batch for batch in db.session.scalars(fresh)}


def _picked(
    line: OrderLine, picks: Picks, product: Product, ours: Mapping[str, Batch], today: date
) -> dict[str, tuple[Batch | str, int]]:
    """How many units of each named code; a single code stands for all units of the line."""
    given = [code.strip() for code in picks.get(line.id, ()) if code.strip()]
    units = given * line.units if len(given) == 1 else given
    return {code: (scanning.batch_of(code, product, ours, today), units.count(code)) for code in dict.fromkeys(units)}


def _faults(picked: Picked, products: Mapping[int, Product], rules: Specification, today: date) -> list[Reason]:
    found = []
    for line, codes in picked:
        if sum(count for _, count in codes.values()) != line.units:
            text = f"{line.name}: {line.units} to pack, name one batch, or one for each."
            found.append(Reason("batch-missing", text, "you", "Scan the batch of every unit.", line.sku))
        for code, (batch, _) in codes.items():
            fault = fault_of(batch, products[line.product_id], rules, today)
            if fault:
                found.append(Reason("wrong-batch", f"{code}: {fault}", "you", "Take another batch.", line.sku))
    return found


def fault_of(batch: Batch | str, product: Product, rules: Specification, today: date) -> str:
    """What is wrong with this batch for this product today; nothing when it may be packed."""
    if isinstance(batch, str):
        return batch
    if batch.product_id != product.id:
        return f"this is not a batch of {product.name}."
    if batch.status != "released":
        return f"this batch is {batch.status}."
    if batch.is_expired(today):
        return "this batch has expired."
    months = rules.shelf_life_months(product.kind)
    return "" if shelf.is_for_sale(batch, today, months) else "this batch is too near its end."


def _swap(order: Order, picked: Picked, today: date, occasion: Occasion) -> None:
    """Moves the sold units from the batches that were chosen to those that were picked."""
    moves: dict[int, int] = {}
    for line, codes in picked:
        for allocation in line.held:
            moves[allocation.batch_id] = moves.get(allocation.batch_id, 0) - allocation.quantity
            allocation.state = "released"
        for batch, count in codes.values():
            assert isinstance(batch, Batch)  # else it was a fault
            moves[batch.id] = moves.get(batch.id, 0) + count
            allocate(order, line, batch, count, "packed")
    exchange(moves, today, occasion)


def dispatch_order(number: str, tracking: str, by: Who, now: datetime, today: date) -> Order:
    """Hands the parcel over. Refuses when the gate says no now, or when a batch in it was stopped or lasts too short by now."""
    order, products = _locked(number, gate_reports.DISPATCH, now, today)
    require(may_move(order.status, "dispatched"))
    if order.owed_back_minor == order.total_minor:
        raise _wrong("not-paid", "All the money goes back: it is not sent.")
    batches = {batch.id: batch for product in products.values() for batch in product.batches}
    rules = gate.rules_on(today)
    units = [(line, batches[allocation.batch_id]) for line in order.lines for allocation in line.held]
    faults = {batch.code: fault_of(batch, products[line.product_id], rules, today) for line, batch in units}
    told = [f"{code}: {fault}" for code, fault in faults.items() if fault]
    require(Verdict(tuple(Reason("wrong-batch", text, "you", "Pack it again from another batch.") for text in told)))
    sent = update(Parcel).where(Parcel.order_id == order.id, Parcel.dispatched_at.is_(None))
    if rows_changed(sent.values(dispatched_at=now, dispatched_by=by.name, tracking=tracking.strip())) != 1:
        raise Stale.because("wrong-state", "This parcel left before.")
    keep_findable(db.session(), order.id, tracking.strip())
    move(order, "dispatched", by, now)
    tell(order, "order_dispatched", now, tracking=tracking.strip())
    return order


def deliver_order(number: str, by: Who, now: datetime) -> Order:
    """The parcel arrived, or was collected. Refuses when it never left."""
    client_id = client_id_of(number)
    if client_id is None:
        raise LookupError(number)
    lock_client(client_id)
    order = lock_order(number)
    db.session.execute(update(Parcel).where(Parcel.order_id == order.id).values(delivered_at=now))
    move(order, "delivered", by, now)
    return order


def _wrong(code: str, text: str) -> Refused:
    return Refused.because(code, text, "the clinic", "Look at the order again.")
