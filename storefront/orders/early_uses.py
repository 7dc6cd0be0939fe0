"""Using up what was granted for an early order, and giving it back when that order ends before it left."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select, update

from catalogue.products import Product
from catalogue.verdicts import Stale
from storefront.db import db
from storefront.eligibility.approval_rules import approval_in_force
from storefront.eligibility.early_rules import exception_for
from storefront.eligibility.models import Client
from storefront.eligibility.product_rules import Wanted, too_soon
from storefront.eligibility.records import clinic_policy
from storefront.orders.early_models import EarlyUse
from storefront.orders.models import Order, OrderLine
from storefront.orders.records import purchases_of
from storefront.orders.rules import NEVER_LEFT


def use_exceptions(order: Order, client: Client, products: Mapping[int, Product], today: date, now: datetime) -> None:
    """Uses up what lets the lines of an order be early; the gate has just said yes, under the client's lock."""
    approval = approval_in_force(client, today)
    if approval is None or not approval.early_wishes:
        return
    purchases, policy = purchases_of(client.id, order), clinic_policy()
    for line in order.lines:
        wanted = Wanted(products[line.product_id], line.quantity)
        if not list(too_soon(approval, wanted, purchases, policy, today)):
            continue
        granted = exception_for(approval, wanted, purchases, today)
        if granted is None:
            raise Stale.because("wrong-state", "What allowed this order is no longer there.")
        db.session.add(EarlyUse(line_id=line.id, answer_id=granted.id, used_at=now))
    db.session.flush()


def give_exceptions_back(order: Order, now: datetime) -> None:
    """What the lines that will not leave used may be used again: all of an order that ended before it left, else those of which
    every unit was taken out."""
    of_order = select(OrderLine.id).where(OrderLine.order_id == order.id)
    if order.status not in NEVER_LEFT:
        of_order = of_order.where(OrderLine.taken_out == OrderLine.quantity)
    used = update(EarlyUse).where(EarlyUse.line_id.in_(of_order), EarlyUse.given_back_at.is_(None))
    db.session.execute(used.values(given_back_at=now))
