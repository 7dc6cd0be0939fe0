"""From an order to its payment page, and from the page's fate back to the order. Stripe is never asked with a transaction open:
what is needed is read first as plain values, and what it answered is written in a transaction of its own."""

from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from catalogue.money import Money
from catalogue.verdicts import Refused
from storefront import clock
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders.actions import record_session, renew_expiry
from storefront.orders.models import Order, OrderLine
from storefront.payments import api
from storefront.payments.stripe_values import Checkout, CheckoutLine, PaymentRefused


def start_payment(order_number: str) -> str:
    """The address of the page on which the order is paid. Called again it gives the same page, so that two tabs meet there.

    Refuses when the order no longer awaits its payment. Raises PaymentUnavailable when Stripe cannot be asked: the order
    stays, and the next try goes on from here.
    """
    now = clock.now()
    url, asked = _asked_for(order_number, now)
    if url:
        return url
    try:
        page = api().open_checkout(**asked)
    except PaymentRefused:
        with transaction():  # the first try never reached Stripe, and too little of the page's time is left
            renew_expiry(order_number, asked["expires_at"], now)
        page = api().open_checkout(**_asked_for(order_number, now)[1])
    with transaction():
        record_session(order_number, page.id, page.url)
    return _address_of(page)


def _asked_for(order_number: str, now: datetime) -> tuple[str | None, dict[str, Any]]:
    """The page that is open already, and what Stripe is asked for. The key changes with the page's end, and so do its words."""
    found = (
        select(Order).where(Order.number == order_number).options(selectinload(Order.lines), joinedload(Order.client))
    )
    order = db.session.scalar(found.execution_options(populate_existing=True))
    if order is None or order.status != "awaiting_payment" or order.expires_at <= now:
        db.session.rollback()
        raise Refused.because("wrong-state", "This order no longer awaits a payment.", "you", "Look at your orders.")
    asked = order.session_url, parameters(order, order.client)
    db.session.rollback()
    return asked


def parameters(order: Order, client: Client) -> dict[str, Any]:
    """The payment page of an order, by the order alone: asked for twice, it is the same page."""
    settings = current_app.config["SETTINGS"]
    return {
        "order_number": order.number,
        "lines": [checkout_line(line, order.currency) for line in order.lines],
        "delivery": order.delivery_price,
        "email": client.email,
        "client": client.number,
        "success_url": f"{settings.base_url}/orders/{order.number}?paid=1",
        "cancel_url": f"{settings.base_url}/orders/{order.number}",
        "expires_at": order.expires_at,
        "key": f"{order.id}-{int(order.expires_at.timestamp())}",
    }


def checkout_line(line: OrderLine, currency: str) -> CheckoutLine:
    """A line with a discount is one thing at its whole price, because that need not divide by its units."""
    if not line.off_minor:
        return CheckoutLine(line.name, Money(line.unit_minor, currency), line.quantity)
    return CheckoutLine(f"{line.quantity} × {line.name}, less discount", Money(line.total_minor, currency), 1)


def _address_of(page: Checkout) -> str:
    if page.url is None:
        raise Refused.because("wrong-state", "This payment page is closed.", "you", "Look at your orders.")
    return page.url
