"""What a payment's present state at Stripe means for its order. One function for every way in which the shop may learn of it:
webhook, reconciliation, the closing of a page; so early, late, twice and out of order all end alike."""

from datetime import date, datetime

from sqlalchemy import select

from catalogue.journal import SYSTEM, note
from catalogue.verdicts import Reason, Verdict
from storefront.db import db
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.holding import hold_order
from storefront.orders.models import Capture, Hold, Order
from storefront.orders.owing import record_capture, record_loss, record_release
from storefront.orders.records import client_id_of, locked
from storefront.orders.rules import STOPPABLE
from storefront.payments.stripe_values import Intent

DISPUTED = Reason("disputed", "The card's holder disputes this payment.", "the clinic", "Call the client.")
ELSEWHERE = Reason("refunded-elsewhere", "Money was given back outside the shop.", "the clinic", "Look at Stripe.")
HELD, TAKEN, GONE = "requires_capture", "succeeded", "canceled"


def settle(number: str, intent: Intent, now: datetime, today: date) -> str:
    """Brings the order up to what Stripe says of this payment, in the caller's transaction; the effect in a few words."""
    if intent.status == HELD:
        return accept_order(number, Authorisation(intent.id, intent.capturable, intent.capture_before), now, today)
    if client_id_of(number) is None:
        return "unknown order"
    order = locked(number)
    if intent.status == GONE:
        return _gone(order, intent, now)
    if intent.status == TAKEN and order.intent_id == intent.id:
        return _taken(order, intent, now)
    return "nothing new"


def _gone(order: Order, intent: Intent, now: datetime) -> str:
    if record_release(intent.id, now):
        return "released"
    return "payment lost" if order.intent_id == intent.id and record_loss(order, now) else "nothing new"


def _taken(order: Order, intent: Intent, now: datetime) -> str:
    """Taken by our own capture, of which this may be the first news."""
    owed = db.session.scalar(select(Capture.amount_minor).where(Capture.order_id == order.id))
    effect = "nothing new"
    if owed == intent.received.minor and record_capture(order, now):
        effect = "captured"
    doubts = [
        reason for is_so, reason in ((intent.is_disputed, DISPUTED), (_went_back(order, intent), ELSEWHERE)) if is_so
    ]
    return _doubt(order, doubts, now) or effect


def _went_back(order: Order, intent: Intent) -> bool:
    """More was given back than this shop ever promised."""
    return intent.refunded.minor > order.owed_back_minor


def _doubt(order: Order, doubts: list[Reason], now: datetime) -> str:
    """Stops what can be stopped, for each reason once; what left is noted."""
    fresh = [reason for reason in doubts if not _is_held_for(order, reason.code)]
    if fresh and order.status in STOPPABLE:
        hold_order(order, Verdict(tuple(fresh)), SYSTEM, now, gives_back=False)
        return "held"
    if fresh:
        note(db.session(), f"payment {fresh[0].code}", "order", order.number, SYSTEM, now)
        return "noted"
    return ""


def _is_held_for(order: Order, code: str) -> bool:
    open_holds = select(Hold.codes).where(Hold.order_id == order.id, Hold.lifted_at.is_(None))
    return any(code in codes.split(",") for codes in db.session.scalars(open_holds))
