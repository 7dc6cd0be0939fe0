"""The instant at which an order is accepted or refused: the gate is asked for the last time, the units are sold and the
capture is promised, or the authorisation is to be cancelled, all in one transaction. Called by the webhook and by
reconciliation, in any order and any number of times."""

from dataclasses import dataclass
from datetime import date, datetime

from catalogue.journal import SYSTEM, note
from catalogue.money import Money
from catalogue.verdicts import YES, Reason, Refused, Verdict
from storefront.clock import tomorrow
from storefront.db import db
from storefront.eligibility.records import lock_client
from storefront.orders import gate, gate_reports
from storefront.orders.actions import bind, cancel_unpaid
from storefront.orders.basket_news import tell_of_order
from storefront.orders.discount_uses import keep_use
from storefront.orders.early_uses import use_exceptions
from storefront.orders.models import Order
from storefront.orders.moving import give_back, move, tell
from storefront.orders.owing import owe_capture, owe_release
from storefront.orders.records import client_id_of, lock_order, product_ids_of
from storefront.orders.rules import UNPAID
from storefront.orders.units import reserve_units, sell_units


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Money held, or already taken, at the payment provider for an order, as it was just read there."""

    intent_id: str
    amount: Money
    capture_before: datetime | None = None


def accept_order(number: str, authorisation: Authorisation, now: datetime, today: date) -> str:
    """Accepts the order and promises its capture, or cancels it and promises the release; says which in one word.

    An order that was accepted or refused before is not judged again; a second authorisation for it is released.
    """
    client_id = client_id_of(number)
    if client_id is None:
        return "unknown order"
    client = lock_client(client_id)
    products = gate.lock_products(product_ids_of(number))
    order = lock_order(number)
    if order.status not in UNPAID:
        return _after_the_fact(order, authorisation, now)
    order.intent_id = order.intent_id or authorisation.intent_id
    order.authorised_at = order.authorised_at or now
    verdict = _differs(order, authorisation)
    if verdict.is_yes:
        verdict = gate_reports.ask(client, order, products, gate_reports.PAYMENT, now, today)
    if not verdict.is_yes:
        return refuse_order(order, authorisation, verdict, now)
    try:
        with db.session.begin_nested():
            keep_use(order)
            reserve_units(order, products, gate.rules_on(today), today, SYSTEM, now)
            sell_units(order, today, SYSTEM, now)
    except Refused as refused:
        db.session.refresh(order)
        return refuse_order(lock_order(number), authorisation, refused.verdict, now)
    bind(order.lines, products, client, today)
    use_exceptions(order, client, products, today, now)
    return _accept(order, authorisation, now)


def _accept(order: Order, authorisation: Authorisation, now: datetime) -> str:
    if order.status == "expired":
        text = (
            f"Order {order.number} was paid after all. Take out what came back from it, unless you want it once more."
        )
        tell_of_order(order, "paid-after-all", text, now)
    move(order, "accepted", SYSTEM, now, accepted_at=now, ask_at=None, judge_at=tomorrow(now))
    owe_capture(order, now, authorisation.capture_before)
    tell(order, "order_accepted", now)
    return "accepted"


def refuse_order(order: Order, authorisation: Authorisation, why: Verdict, now: datetime) -> str:
    """Cancels an authorised order: nothing is taken, the units are free at once, and the client reads why."""
    cancel_unpaid(order, why, SYSTEM, now)
    give_back(order, SYSTEM, now)
    owe_release(order, authorisation.intent_id, now)
    tell(order, "order_refused", now, why)
    return "refused"


def _after_the_fact(order: Order, authorisation: Authorisation, now: datetime) -> str:
    """The order was decided. Its own authorisation is known; any other must not stay held."""
    if order.status != "cancelled" and order.intent_id == authorisation.intent_id:
        return "accepted before"
    if owe_release(order, authorisation.intent_id, now):
        note(db.session(), "authorisation to be released", "order", order.number, SYSTEM, now)
    return "released"


def _differs(order: Order, authorisation: Authorisation) -> Verdict:
    """Refuses money that is not this order's: another amount, another currency, another payment."""
    if authorisation.amount == order.total and authorisation.intent_id == order.intent_id:
        return YES
    text = "The payment does not match the order, so nothing was taken."
    return Verdict((Reason("payment-differs", text, "the clinic", "Call the clinic before you pay again."),))
