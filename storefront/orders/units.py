"""The units of an order: which batches they come from, first expiring first, and every change of them by a guarded update.
Batches are always touched in the order of their ids, so that no two transactions wait for each other."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from catalogue import shelf, stock
from catalogue.batches import Batch
from catalogue.journal import Who
from catalogue.ledger import Occasion
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.verdicts import Reason, Refused, Verdict
from storefront.db import db
from storefront.orders.models import Allocation, Order, OrderLine

# What became of a batch while its units were waiting to be paid for.
STOPPED = {
    "recalled": ("batch-recalled", "was recalled before your payment arrived", "Read about the recall."),
    "held": ("no-batch", "is being checked", "Wait for our news."),
}


def reserve_units(
    order: Order, products: Mapping[int, Product], rules: Specification, today: date, by: Who, now: datetime
) -> None:
    """Reserves what the lines still lack; units in a batch that is no longer for sale are given up for others.

    Refuses when there are not enough, or when somebody took the last one first.
    """
    occasion = Occasion(by, now, order.number)
    wanted = ((line, products[line.product_id]) for line in order.lines)
    changes = [change for line, product in wanted for change in _changes(order, line, product, rules, today)]
    for allocation in sorted(changes, key=lambda one: one.batch_id):
        if allocation.state == "released":
            stock.unreserve(db.session(), allocation.batch_id, allocation.quantity, occasion)
        else:
            stock.reserve(db.session(), allocation.batch_id, allocation.quantity, today, occasion)
    db.session.flush()


def _changes(
    order: Order, line: OrderLine, product: Product, rules: Specification, today: date
) -> Iterable[Allocation]:
    """The allocations that change hands, already written on the line."""
    months = rules.shelf_life_months(product.kind)
    good = {batch.id for batch in product.batches if shelf.is_for_sale(batch, today, months)}
    lost = [allocation for allocation in line.held if allocation.batch_id not in good]
    for allocation in lost:
        allocation.state = "released"
    missing = line.quantity - sum(allocation.quantity for allocation in line.held)
    found = _choose(product, missing, months, today, {one.batch_id for one in lost}) if missing else []
    fresh = [allocate(order, line, batch, quantity, "reserved") for batch, quantity in found]
    return [*lost, *fresh]


def allocate(order: Order, line: OrderLine, batch: Batch, quantity: int, state: str) -> Allocation:
    """Writes on the line that it holds so many units of this batch; the batch's own counters are moved beside it."""
    fresh = Allocation(batch_id=batch.id, quantity=quantity, state=state, returned=0)
    fresh.order_id, fresh.client_id = order.id, order.client_id
    line.allocations.append(fresh)
    return fresh


def _choose(
    product: Product, missing: int, months: int, today: date, lost: Collection[int] = ()
) -> list[tuple[Batch, int]]:
    """`lost`: the batches whose units were given up for these; one that was stopped is named where there is no other."""
    try:
        return stock.choose_batches(product.batches, missing, today, months)
    except Refused as refused:
        stopped = [batch for batch in product.batches if batch.id in lost and batch.status in STOPPED]
        reasons = [_stopped(product, batch) for batch in stopped] or refused.verdict.reasons
        raise Refused(Verdict(tuple(replace(reason, sku=product.sku) for reason in reasons))) from None


def _stopped(product: Product, batch: Batch) -> Reason:
    """Why a payment that was under way could not be taken, with the batch by its name."""
    code, what, step = STOPPED[batch.status]
    named = f"{batch.code} (maker’s lot {batch.supplier_lot}) of {product.name}"
    return Reason(code, f"Batch {named} {what}, and we have no other to give you.", "the clinic", step)


def replace_units(
    order: Order, products: Mapping[int, Product], rules: Specification, today: date, occasion: Occasion
) -> None:
    """Sold units of a batch that is no longer for sale are taken from others, first expiring first. Refuses when no other
    batch has so many."""
    moves: dict[int, int] = {}
    for line in order.lines:
        product = products[line.product_id]
        months = rules.shelf_life_months(product.kind)
        good = {batch.id for batch in product.batches if shelf.is_for_sale(batch, today, months)}
        lost = [allocation for allocation in line.held if allocation.batch_id not in good]
        for allocation in lost:
            allocation.state = "released"
            moves[allocation.batch_id] = moves.get(allocation.batch_id, 0) - allocation.quantity
        missing = sum(allocation.quantity for allocation in lost)
        for batch, quantity in _instead(product, missing, months, today):
            allocate(order, line, batch, quantity, "sold")
            moves[batch.id] = moves.get(batch.id, 0) + quantity
    exchange(moves, today, occasion)


def _instead(product: Product, missing: int, months: int, today: date) -> list[tuple[Batch, int]]:
    try:
        return _choose(product, missing, months, today) if missing else []
    except Refused:
        text = f"{product.name}: its batch is not for sale, and no other has {missing} to give."
        step = "Release a batch first, or stop this order for good."
        raise Refused(Verdict((Reason("no-batch", text, "the clinic", step, product.sku),))) from None


def take_out(order: Order, units: Mapping[int, int], products: Mapping[int, Product], occasion: Occasion) -> None:
    """So many sold units of each line (by its id) go back to their batches, those that expire last first."""
    cuts = [cut for line in order.lines for cut in _cuts(line, units.get(line.id, 0), products[line.product_id])]
    for line, allocation, batch, n in sorted(cuts, key=lambda cut: (cut[2].id, cut[1].id)):
        if n < allocation.quantity:
            allocation.quantity -= n
            allocate(order, line, batch, n, "released")
        else:
            allocation.state = "released"
        stock.put_back(db.session(), batch.id, n, occasion)
    db.session.flush()


def _cuts(line: OrderLine, n: int, product: Product) -> Iterable[tuple[OrderLine, Allocation, Batch, int]]:
    """From which allocation of a line how many units are taken."""
    batches = {batch.id: batch for batch in product.batches}
    latest = sorted(line.held, key=lambda one: (batches[one.batch_id].expires_on, one.id), reverse=True)
    for allocation in latest:
        taken = min(n, allocation.quantity)
        n -= taken
        if taken:
            yield line, allocation, batches[allocation.batch_id], taken


def exchange(moves: Mapping[int, int], today: date, occasion: Occasion) -> None:
    """Sold units change batches: so many more (or, below nought, fewer) of each, in the order of their ids."""
    for batch_id in sorted(moves):
        if moves[batch_id] < 0:
            stock.put_back(db.session(), batch_id, -moves[batch_id], occasion)
        elif moves[batch_id]:
            stock.reserve(db.session(), batch_id, moves[batch_id], today, occasion)
            stock.sell_reserved(db.session(), batch_id, moves[batch_id], today, occasion)
    db.session.flush()


def sell_units(order: Order, today: date, by: Who, now: datetime) -> None:
    """What was reserved is sold. Refuses when a batch was stopped meanwhile."""
    occasion = Occasion(by, now, order.number)
    held = [allocation for line in order.lines for allocation in line.held]
    for allocation in sorted(held, key=lambda one: one.batch_id):
        stock.sell_reserved(db.session(), allocation.batch_id, allocation.quantity, today, occasion)
        allocation.state = "sold"
