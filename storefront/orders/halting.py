"""How an order is stopped, as far as it still can be: unpaid ones are cancelled, accepted and packed ones held, and given back
where safety is at stake. Which verbs stop what is in `stopping.py`."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from catalogue.journal import Who
from catalogue.verdicts import Verdict
from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.records import lock_client
from storefront.orders import gate, gate_reports
from storefront.orders.actions import cancel_unpaid
from storefront.orders.holding import hold_order
from storefront.orders.models import Order, OrderLine
from storefront.orders.moving import tell
from storefront.orders.records import UNITS
from storefront.orders.rules import STOPPABLE, UNPAID, is_of_safety

CANCELLED, HELD, GIVEN_BACK = "cancelled", "held", "held and given back"


def stop_orders_of(client_id: int, by: Who, now: datetime) -> None:
    """Asks the gate again for each open order of a client, and stops those to which it now says no."""
    db.session.flush()
    client = lock_client(client_id)
    mine = Order.client_id == client_id
    ids = db.session.scalars(select(OrderLine.product_id).join(Order).where(mine, Order.status.in_(UNPAID + STOPPABLE)))
    products = gate.lock_products(ids.all())
    for order in locked(mine, UNPAID + STOPPABLE):
        verdict = gate_reports.ask(client, order, products, gate_reports.CHANGE, now, day_of(now))
        if not verdict.is_yes:
            stop(order, verdict, by, now, gives_back=is_of_safety(verdict))


def locked(which: object, statuses: Iterable[str]) -> list[Order]:
    found = select(Order).where(which, Order.status.in_(tuple(statuses))).order_by(Order.id)  # type: ignore[arg-type]
    fresh = found.options(UNITS).with_for_update(of=Order).execution_options(populate_existing=True)
    return list(db.session.scalars(fresh))


def stop(order: Order, why: Verdict, by: Who, now: datetime, gives_back: bool) -> None:
    """Stops one order, as far as it can still be stopped. Held already for the same, it is not held again."""
    what = effect_on(order, gives_back)
    if what == CANCELLED:
        cancel_unpaid(order, why, by, now)
        tell(order, "order_cancelled", now, why)
    elif what:
        hold_order(order, why, by, now, gives_back)


def effect_on(order: Order, gives_back: bool) -> str:
    """What stopping does to an order, the same when it is announced and when it is done; "" where nothing is left to do."""
    if order.status in UNPAID:
        return CANCELLED
    if order.status in STOPPABLE and gives_back and order.owed_back_minor < order.total_minor:
        return GIVEN_BACK
    return HELD if order.status in STOPPABLE and order.status != "on_hold" else ""
