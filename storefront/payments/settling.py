"""What a payment's present state at Stripe means for its order. One function for every way in which the shop may learn of it:
webhook, reconciliation, the closing of a page; so early, late, twice and out of order all end alike."""

from datetime import date, datetime

from sqlalchemy import select

from catalogue.journal import SYSTEM, note
from catalogue.verdicts import Reason, Verdict
from storefront.db import db
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.disputes import record_disputes
from storefront.orders.holding import hold_order, is_held_for
from storefront.orders.models import Capture, Order
from storefront.orders.owing import record_capture, record_loss, record_other_sum, record_release
from storefront.orders.records import client_id_of, locked
from storefront.orders.rules import STOPPABLE
from storefront.payments.cards import keep_card
from storefront.payments.stripe_values import Intent

ELSEWHERE = Reason("refunded-elsewhere", "Money was given back outside the shop.", "the clinic", "Look at Stripe.")
DIFFERS = Reason(
    "captured-differs",
    "Another sum was taken than this order costs.",
    "the clinic",
    "Stop it: what was taken goes back.",
)
HELD, TAKEN, GONE = "requires_capture", "succeeded", "canceled"


def settle(number: str, intent: Intent, now: datetime, today: date) -> str:
    """Brings the order up to what Stripe says of this payment, in the caller's transaction; the effect in a few words."""
    effect = _settle(number, intent, now, today)
    if intent.status in (HELD, TAKEN):
        keep_card(number, intent.card, intent.created_at)
    return effect


def _settle(number: str, intent: Intent, now: datetime, today: date) -> str:
    if intent.status == HELD:
        return accept_order(number, Authorisation(intent.id, intent.capturable, intent.capture_before), now, today)
    if client_id_of(number) is None:
        return "unknown order"
    if is_given_back(intent):
        return _gone(locked(number), intent, now)
    if intent.status == TAKEN and not _is_promised(intent):
        return accept_order(number, Authorisation(intent.id, intent.kept), now, today)
    order = locked(number)
    if intent.status == GONE:
        return _gone(order, intent, now)
    if intent.status == TAKEN and order.intent_id == intent.id:
        return _taken(order, intent, now)
    return "nothing new"


def is_given_back(intent: Intent) -> bool:
    """Taken by somebody else and given back whole, so that it is as if nothing had been taken: no capture of ours is done."""
    booked = select(Capture.id).where(Capture.intent_id == intent.id, Capture.done_at.is_not(None))
    is_empty = intent.status == TAKEN and intent.received.minor > 0 and intent.kept.minor == 0
    return is_empty and db.session.scalar(booked) is None


def _is_promised(intent: Intent) -> bool:
    """Whether its order was accepted. Else it was taken before we heard of it: it is judged like what is only held."""
    return db.session.scalar(select(Capture.id).where(Capture.intent_id == intent.id)) is not None


def _gone(order: Order, intent: Intent, now: datetime) -> str:
    if record_release(intent.id, now):
        return "released"
    return "payment lost" if order.intent_id == intent.id and record_loss(order, now) else "nothing new"


def _taken(order: Order, intent: Intent, now: datetime) -> str:
    """Taken by our own capture, of which this may be the first news; or by somebody else, in another sum."""
    owed, done_at = db.session.execute(
        select(Capture.amount_minor, Capture.done_at).where(Capture.order_id == order.id)
    ).one()
    effect, doubts = "nothing new", []
    if (owed, order.currency) == (intent.received.minor, intent.received.currency):
        effect = "captured" if record_capture(order, now) else effect
    elif done_at is None:
        record_other_sum(order, intent.received, now)
        doubts.append(DIFFERS)
    if intent.refunded.minor > order.owed_back_minor:
        doubts.append(ELSEWHERE)  # more was given back than this shop ever promised
    contested = record_disputes(order, intent.disputes, now)
    return _doubt(order, doubts, now) or contested or effect


def _doubt(order: Order, doubts: list[Reason], now: datetime) -> str:
    """Stops what can be stopped, for each reason once; what left is noted."""
    fresh = [reason for reason in doubts if not is_held_for(order, reason.code)]
    if fresh and order.status in STOPPABLE:
        hold_order(order, Verdict(tuple(fresh)), SYSTEM, now, gives_back=False)
        return "held"
    if fresh:
        note(db.session(), f"payment {fresh[0].code}", "order", order.number, SYSTEM, now)
        return "noted"
    return ""
