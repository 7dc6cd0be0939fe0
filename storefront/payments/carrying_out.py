"""Carrying out at Stripe what orders owe: one item at a time, looked up first, asked for under the row's own key with no
transaction open, then recorded. Killed between the two, the next try finds what was done and records it."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from catalogue.money import Money
from storefront.clock import day_of
from storefront.db import db, transaction
from storefront.orders.actions import expire_order
from storefront.orders.models import Capture, Closing, Order, Refund, Release
from storefront.orders.owing import record_closing, record_refund, record_release
from storefront.orders.records import locked
from storefront.payments import api
from storefront.payments.paying import parameters
from storefront.payments.settling import GONE, HELD, TAKEN, settle
from storefront.payments.stripe_values import Checkout, Intent, PaymentRefused


class Unfinished(Exception):
    """Stripe is in a state from which nothing can be concluded yet; it is looked at again."""


class Waiting(NamedTuple):
    """An order and its payment page, as plain values."""

    number: str
    session_id: str | None
    expires_at: datetime


def capture(capture_id: int, now: datetime) -> None:
    """Takes the money of an accepted order, or learns that the authorisation is gone. What would all go back is not taken
    first: the authorisation is cancelled instead, and what somebody else took of it, another sum, is given back."""
    all_goes_back = Order.owed_back_minor == Order.total_minor
    columns = (Order.number, Capture.intent_id, Capture.amount_minor, Order.currency, all_goes_back)
    found = select(*columns).join(Order, Capture.order_id == Order.id)
    number, intent_id, amount, currency, is_stopped = _one(found.where(Capture.id == capture_id))
    owed = Money(amount, currency)
    intent = api().read_intent(intent_id)
    if intent.status == HELD and is_stopped:
        intent = api().cancel(intent_id, key=f"capture-{capture_id}")
    elif intent.status == HELD:
        intent = api().capture(intent_id, owed, key=str(capture_id))
    if intent.status == TAKEN and intent.received != owed and is_stopped:
        intent = _given_back(intent, f"capture-{capture_id}")
    if intent.status not in (TAKEN, GONE):
        raise Unfinished(intent.status)
    with transaction():
        settle(number, intent, now, day_of(now))
    if intent.status == TAKEN and intent.received != owed and intent.kept.minor:
        raise Unfinished(f"{intent_id}: {intent.received} was taken, not {owed}")


def release(release_id: int, now: datetime) -> None:
    """Cancels the authorisation of a refused order. Was it taken outside this shop, it is given back whole."""
    (intent_id,) = _one(select(Release.intent_id).where(Release.id == release_id))
    intent = api().read_intent(intent_id)
    if intent.status not in (TAKEN, GONE):
        intent = api().cancel(intent_id, key=str(release_id))
    if intent.status == TAKEN:
        intent = _given_back(intent, f"release-{release_id}")
    if intent.status != GONE and intent.kept.minor:
        raise Unfinished(f"{intent_id} is {intent.status}: it was taken although its order was refused")
    with transaction():
        record_release(intent_id, now)


def _given_back(intent: Intent, key: str) -> Intent:
    """A payment of which all that is left was given back; asked for twice under one key, it is given back once."""
    if intent.kept.minor:
        api().refund(intent.id, intent.kept, key=key)
    return api().read_intent(intent.id)


def refund(refund_id: int, now: datetime) -> None:
    """Gives money back, once: Stripe is asked first for a refund that names this row, however old it is."""
    columns = (Order.number, Order.intent_id, Refund.amount_minor, Order.currency)
    owed = select(*columns).join(Order, Refund.order_id == Order.id)
    number, intent_id, amount, currency = _one(owed.where(Refund.id == refund_id))
    made = next((one for one in api().refunds_of(intent_id) if one.row == str(refund_id)), None)
    made = made or api().refund(intent_id, Money(amount, currency), key=str(refund_id))
    if made.status != "succeeded":  # a pending one may still fail: it is looked at again
        raise Unfinished(f"{made.id} is {made.status}")
    with transaction():
        record_refund(locked(number), refund_id, made.id, now)


def close(closing_id: int, now: datetime) -> None:
    """Closes the payment page of an order that is no longer to be paid. Was it paid in the last second, the order is settled."""
    (order_id,) = _one(select(Closing.order_id).where(Closing.id == closing_id))
    order, asked = _waiting(order_id)
    page = _closed_page(order.session_id, asked, closing_id)
    intent = api().read_intent(page.intent) if page and page.status == "complete" and page.intent else None
    if intent is not None and intent.status not in (HELD, TAKEN, GONE):
        raise Unfinished(intent.status)
    with transaction():
        if intent is not None:
            settle(order.number, intent, now, day_of(now))
        record_closing(locked(order.number), now)


def _closed_page(session_id: str | None, asked: dict[str, Any], closing_id: int) -> Checkout | None:
    """The order's payment page once nobody can pay there any more. None when it was never opened: asked for again under its
    own key it is either the page that was opened and not recorded, or too late to be one."""
    try:
        page = api().read_session(session_id) if session_id else api().open_checkout(**asked)
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
    order, _asked = _waiting(order_id)
    page = api().read_session(order.session_id) if order.session_id else None
    if page is not None and page.status == "complete" and page.intent:
        intent = api().read_intent(page.intent)
        with transaction():
            settle(order.number, intent, now, day_of(now))
    elif now >= order.expires_at or (page is not None and page.status == "expired"):
        with transaction():
            _expire(order.number, now)


def _expire(number: str, now: datetime) -> None:
    order = locked(number)
    if order.status == "awaiting_payment":
        expire_order(order, now)


def _waiting(order_id: int) -> tuple[Waiting, dict[str, Any]]:
    """What is needed of an order before Stripe is asked, and how its payment page was asked for."""
    found = select(Order).where(Order.id == order_id).options(selectinload(Order.lines), joinedload(Order.client))
    order = db.session.scalars(found.execution_options(populate_existing=True)).one()
    waiting = Waiting(order.number, order.session_id, order.expires_at), parameters(order, order.client)
    db.session.rollback()
    return waiting


def _one(wanted: Select[*tuple[Any, ...]]) -> tuple[Any, ...]:
    row = db.session.execute(wanted).one()
    db.session.rollback()
    return tuple(row)
