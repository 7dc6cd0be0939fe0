"""Orders, refunds, invoices and stock for the accountant's programs: read with a key, a page at a time, described by
`openapi.json`. Nobody's name, address or care is in them; clients stand there by number."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache, wraps
from pathlib import Path
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload

from catalogue.batches import Batch
from catalogue.journal import note
from catalogue.money import plain_rate
from catalogue.products import Product
from storefront import clock
from storefront.accounts.keys import READ, who_has
from storefront.api import bp
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders.invoice_models import Invoice
from storefront.orders.models import Order, Refund
from storefront.roles import EVERYONE, open_to

MOST = 500
USUAL = 100
LAST_PAGE = 1_000_000
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9998, 12, 31)  # before and after them nothing was sold, or will be
Answer = tuple[Response, int] | Response
Fields = dict[str, Any]
LINE = ("sku", "name", "quantity", "unit_minor", "off_minor", "total_minor", "tax_minor")


class Wrong(Exception):
    """What was asked cannot be read; by parameter, what is expected."""

    def __init__(self, **faults: str) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


@bp.get("/api/openapi.json")
@open_to(EVERYONE)
def openapi() -> Response:
    return jsonify(described())


@cache
def described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "openapi.json").read_text(encoding="utf-8"))
    return found


def keyed(view: Callable[[], dict[str, Any]]) -> Callable[[], Answer]:
    """Lets in whoever has a key in use; each look is written down under the key's name."""

    @wraps(view)
    def opened() -> Answer:
        kind, _, key = request.headers.get("Authorization", "").partition(" ")
        who = who_has(key.strip()) if kind.lower() == "bearer" else None
        if who is None:
            answer = jsonify(
                status=401, error="This needs a key", next_step="Send Authorization: Bearer and a key in use."
            )
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer, 401
        try:
            told = view()
        except Wrong as wrong:
            faults = {name: [text] for name, text in wrong.faults.items()}
            return jsonify(
                status=422, error="This cannot be read", next_step="Correct what is named.", fields=faults
            ), 422
        with transaction():
            note(db.session(), "list read", READ, view.__name__, who, clock.now())
        return jsonify(told)

    return opened


@bp.get("/api/accounting/orders")
@open_to(EVERYONE)
@keyed
def accounting_orders() -> dict[str, Any]:
    """Accepted orders, the oldest first, by the day of their acceptance."""
    found = select(Order).where(Order.accepted_at.is_not(None), *within(Order.accepted_at))
    found = found.order_by(Order.accepted_at, Order.id)
    loaded = (selectinload(Order.lines), joinedload(Order.client).load_only(Client.number))
    rows, more = page_of(found.options(*loaded))
    return {"orders": [accounted(each[0]) for each in rows], **more}


@bp.get("/api/accounting/refunds")
@open_to(EVERYONE)
@keyed
def accounting_refunds() -> dict[str, Any]:
    """Money given back, the oldest first, by the day on which it was given."""
    found = select(Refund, Order.number, Order.currency).join(Order, Order.id == Refund.order_id)
    found = found.where(Refund.done_at.is_not(None), *within(Refund.done_at)).order_by(Refund.done_at, Refund.id)
    rows, more = page_of(found)
    return {"refunds": [_refund(*each) for each in rows], **more}


@bp.get("/api/accounting/invoices")
@open_to(EVERYONE)
@keyed
def accounting_invoices() -> dict[str, Any]:
    """Invoices and credit notes in the order in which they were issued, by the day of their issue."""
    found = select(Invoice, Order.number).join(Order, Order.id == Invoice.order_id)
    rows, more = page_of(found.where(*within(Invoice.issued_at)).order_by(Invoice.id))
    return {"invoices": [_invoice(*each) for each in rows], **more}


@bp.get("/api/accounting/stock")
@open_to(EVERYONE)
@keyed
def accounting_stock() -> dict[str, Any]:
    """Every batch with where its units are."""
    found = select(Batch, Product.sku, Product.name).join(Product, Product.id == Batch.product_id).order_by(Batch.id)
    rows, more = page_of(found)
    return {"batches": [_batch(*each) for each in rows], **more}


def within(column: Any) -> tuple[ColumnElement[bool], ...]:
    """From the first moment of `from` to the last of `to`, days of the clinic."""
    first, last = day_asked("from"), day_asked("to")
    found = [column >= clock.beginning_of(first)] if first else []
    return (*found, column < clock.beginning_of(last + timedelta(days=1))) if last else tuple(found)


def day_asked(name: str) -> date | None:
    given = request.args.get(name)
    if given is None:
        return None
    try:
        day = date.fromisoformat(given if DAY.fullmatch(given) else "")
    except ValueError:
        raise Wrong(**{name: "A day as YYYY-MM-DD."}) from None
    return min(max(day, FIRST_DAY), LAST_DAY)


def page_of(found: Any) -> tuple[list[Any], Fields]:
    """The rows of the page that is asked for, and which page follows."""
    page, size = number_asked("page", 1, LAST_PAGE), number_asked("limit", USUAL, MOST)
    rows = list(db.session.execute(found.limit(size + 1).offset((page - 1) * size)))
    return rows[:size], {"page": page, "next_page": page + 1 if len(rows) > size and page < LAST_PAGE else None}


def number_asked(name: str, usual: int, most: int) -> int:
    given = request.args.get(name)
    if given is None:
        return usual
    if not (given.isascii() and given.isdigit() and len(given) < 8 and 1 <= int(given) <= most):
        raise Wrong(**{name: f"A whole number from 1 to {most}."})
    return int(given)


def accounted(order: Order) -> Fields:
    money = (
        "total_minor",
        "delivery_minor",
        "delivery_tax_minor",
        "captured_minor",
        "owed_back_minor",
        "refunded_minor",
    )
    plain = {"number": order.number, "client": order.client.number, "status": order.status, "currency": order.currency}
    sent = {"delivery": order.delivery, "way": order.way, "country": order.country}
    lines = [
        {
            **{name: getattr(line, name) for name in LINE},
            "tax_percent": plain_rate(line.tax_percent),
        }
        for line in order.lines
    ]
    times = {"placed_at": _instant(order.placed_at), "accepted_at": _instant(order.accepted_at)}
    discount = {"discount_code": order.discount_code, "discount_minor": order.off.minor}
    beside = {**sent, **discount, **times, "tax_minor": order.costs.tax.minor}
    return {**plain, **beside, **_named(order, money), "lines": lines}


def _refund(refund: Refund, number: str, currency: str) -> Fields:
    times = {"owed_at": _instant(refund.owed_at), "done_at": _instant(refund.done_at)}
    plain = {"order": number, "amount_minor": refund.amount_minor, "currency": currency}
    came_back = {"returned_at": _instant(refund.returned_at), "other_way_at": _instant(refund.other_way_at)}
    return {**plain, **times, "payment_reference": refund.stripe_id, **came_back}


def _invoice(invoice: Invoice, order: str) -> Fields:
    named = _named(invoice, ("number", "kind", "gross_minor", "tax_minor", "currency"))
    days = {"issued_at": _instant(invoice.issued_at), "supplied_on": invoice.supplied_on.isoformat()}
    return {**named, "net_minor": invoice.gross_minor - invoice.tax_minor, "order": order, **days}


def _batch(batch: Batch, sku: str, name: str) -> Fields:
    counts = ("received", "corrected", "free", "reserved", "sold", "returned", "destroyed")
    plain = {"batch": batch.code, "sku": sku, "name": name, "status": batch.status}
    return {**plain, "expires_on": batch.expires_on.isoformat(), **_named(batch, counts)}


def _named(row: object, names: tuple[str, ...]) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in names}


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
