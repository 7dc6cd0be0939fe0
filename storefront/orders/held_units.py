"""The orders that have units of a batch, found and locked when the batch is stopped; which batch it is, in words."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select

from catalogue.batches import Batch
from catalogue.products import Product
from catalogue.verdicts import Reason, Verdict
from storefront.db import db
from storefront.orders.halting import locked
from storefront.orders.models import Allocation, Order
from storefront.orders.rules import STOPPABLE


def locked_batches(codes: Iterable[str]) -> list[Batch]:
    """The batches, their products locked before them: nobody accepts or packs an order of those products meanwhile."""
    wanted = sorted(set(codes))
    products = select(Product.id).where(Product.batches.any(Batch.code.in_(wanted))).order_by(Product.id)
    db.session.execute(products.with_for_update())
    fresh = select(Batch).where(Batch.code.in_(wanted)).order_by(Batch.id).execution_options(populate_existing=True)
    found = list(db.session.scalars(fresh))
    if not found or len(found) < len(wanted):
        raise LookupError(", ".join(wanted))
    return found


def orders_with(batches: Iterable[Batch]) -> list[Order]:
    """Accepted orders that hold units of them, locked before the batches themselves are. Unpaid ones are left: at acceptance
    they get units of another batch, or are refused. Those that have left are counted only: they may be very many."""
    of_batches = Allocation.batch_id.in_([batch.id for batch in batches])
    has_units = select(Allocation.order_id).where(of_batches, Allocation.state.in_(("sold", "packed")))
    return locked(Order.id.in_(has_units), STOPPABLE)


def named(why: Reason, order: Order, batches: Iterable[Batch]) -> Verdict:
    held = {allocation.batch_id for line in order.lines for allocation in line.held}
    its = [f"batch {batch.code} (maker’s lot {batch.supplier_lot})" for batch in batches if batch.id in held]
    return Verdict((replace(why, text=why.text.format(it=" and ".join(its))),))
