"""Carrying out at Stripe what orders owe: one item at a time, looked up first, asked for under the row's own key with no
transaction open, then recorded. Killed between the two, the next try finds what was done and records it."""

from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from catalogue.money import Money
from storefront.clock import day_of
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders.actions import expire_order
from storefront.orders.models import Capture, Closing, Order, Refund, Release
from storefront.orders.owing import record_closing, record_refund, record_release
from storefront.orders.records import locked
from storefront.payments import api
from storefront.payments.paying import parameters
from storefront.payments.settling import GONE, HELD, TAKEN, settle
from storefront.payments.stripe_values import Checkout, Intent, PaymentRefused

KEYS_LAST = timedelta(hours=23)  # Stripe forgets a key after 24 hours at the soonest


class Unfinished(Exception):
    """Stripe is in a state from which nothing can be concluded yet; it is looked at again."""


def capture(capture_id: int, now: datetime) -> None:
    """Takes the money of an accepted order, or learns that the authorisation is gone."""
    columns = (Order.number, Capture.intent_id, Capture.amount_minor, Order.currency)
    number, intent_id, amount, currency = _one(select(*columns).join(Order).where(Capture.id == capture_id))
    intent = api().read_intent(intent_id)
    if intent.status == HELD:
        intent = api().capture(intent_id, Money(amount, currency), key=str(capture_id))
    if intent.status not in (TAKEN, GONE):
        raise Unfinished(intent.status)
    with transaction():
        settle(number, intent, now, day_of(now))


def release(release_id: int, now: datetime) -> None:
    """Cancels the authorisation of a refused order. Raises when it was taken: that has to be looked at by a person."""
    (intent_id,) = _one(select(Release.intent_id).where(Release.id == release_id))
    intent = api().read_intent(intent_id)
    if intent.status not in (TAKEN, GONE):
        intent = api().cancel(intent_id, key=str(release_id))
    if intent.status != GONE:
        raise Unfinished(f"{intent_id} is {intent.status}: it was taken although its order was refused")
    with transaction():
        record_release(intent_id, now)


def refund(refund_id: int, now: datetime) -> None:
    """Gives money back, once: under the row's key, and when the key is too old only if Stripe has not given it."""
    columns = (Order.number, Order.intent_id, Refund.amount_minor, Order.currency, Order.refunded_minor, Refund.owed_at)
    row = _one(select(*columns).join(Order).where(Refund.id == refund_id))
    number, intent_id, amount, currency, refunded, owed_at = row
    is_given = now - owed_at > KEYS_LAST and api().read_intent(intent_id).refunded.minor >= refunded + amount
    stripe_id = None
    if not is_given:
        made = api().refund(intent_id, Money(amount, currency), key=str(refund_id))
        if made.status not in ("succeeded", "pending"):
            raise Unfinished(f"{made.id} is {made.status}")
        stripe_id = made.id
    with transaction():
        record_refund(locked(number), refund_id, stripe_id, now)


def close(closing_id: int, now: datetime) -> None:
    """Closes the payment page of an order that is no longer to be paid. Was it paid in the last second, the order is settled."""
    order, email = _order_with_email(select(Closing.order_id).where(Closing.id == closing_id).scalar_subquery())
    page = _closed_page(order, email, closing_id)
    intent = api().read_intent(page.intent) if page and page.status == "complete" and page.intent else None
    if intent is not None and intent.status not in (HELD, TAKEN, GONE):
        raise Unfinished(intent.status)
    with transaction():
        if intent is not None:
            settle(order.number, intent, now, day_of(now))
        record_closing(locked(order.number), now)


def _closed_page(order: Order, email: str, closing_id: int) -> Checkout | None:
    """The order's payment page once nobody can pay there any more. None when it was never opened."""
    try:
        page = (
            api().read_session(order.session_id)
            if order.session_id
            else api().open_checkout(**parameters(order, email))
        )
    except PaymentRefused:
        return None
    if page.status == "open":
        try:
            page = api().expire_session(page.id, key=str(closing_id))
        except PaymentRefused:
            page = api().read_session(page.id)
    if page.status == "open":
        raise Unfinished(page.status)
    return page


def reconcile(order_id: int, now: datetime) -> None:
    """Asks Stripe what became of an order that waits: paid without our hearing of it, still open, or past its time."""
    order, _email = _order_with_email(order_id)
    page = api().read_session(order.session_id) if order.session_id else None
    if page is not None and page.status == "complete" and page.intent:
        intent: Intent = api().read_intent(page.intent)
        with transaction():
            settle(order.number, intent, now, day_of(now))
    elif now >= order.expires_at or (page is not None and page.status == "expired"):
        with transaction():
            _expire(order.number, now)


def _expire(number: str, now: datetime) -> None:
    order = locked(number)
    if order.status == "awaiting_payment":
        expire_order(order, now)


def _order_with_email(order_id: object) -> tuple[Order, str]:
    """The order with its lines, and where its client gets mail, let go of by the session."""
    found = select(Order).where(Order.id == order_id).options(selectinload(Order.lines))
    order = db.session.scalars(found).one()
    email = db.session.get_one(Client, order.client_id).email
    db.session.expunge_all()
    db.session.rollback()
    return order, email


def _one(wanted: Select) -> tuple:  # type: ignore[type-arg]
    row = db.session.execute(wanted).one()
    db.session.rollback()
    return tuple(row)
