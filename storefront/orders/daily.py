"""What time alone closes: an approval ends, answers grow old, a proof lapses, and nobody did anything. So the gate is asked
again, once on each of the clinic's days, about every accepted order that has not left; where it says no, the order is held."""

from datetime import datetime

from sqlalchemy import select

from catalogue.journal import SYSTEM
from storefront.clock import day_of, tomorrow
from storefront.db import db
from storefront.eligibility.records import lock_client
from storefront.orders import gate, gate_reports
from storefront.orders.holding import hold_order
from storefront.orders.models import Order
from storefront.orders.records import lock_order, product_ids_of
from storefront.orders.rules import TO_SEND, is_of_safety


def ask_again(order_id: int, now: datetime) -> None:
    """Asks the gate about one order; held where it says no, else asked again tomorrow. One that left or waits is let be."""
    number, client_id = db.session.execute(select(Order.number, Order.client_id).where(Order.id == order_id)).one()
    client = lock_client(client_id)
    products = gate.lock_products(product_ids_of(number))
    order = lock_order(number)
    order.judge_at = None
    if order.status not in TO_SEND:
        return
    verdict = gate_reports.ask(client, order, products, gate_reports.DAILY, now, day_of(now))
    if verdict.is_yes:
        order.judge_at = tomorrow(now)
    else:
        hold_order(order, verdict, SYSTEM, now, gives_back=is_of_safety(verdict))
