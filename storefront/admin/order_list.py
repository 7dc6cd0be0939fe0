"""The list of orders: what must be done next first, found by all that names an order, and the same rows as a file."""

from typing import Any

from flask import render_template, request
from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.datastructures import MultiDict

from storefront import clock
from storefront.admin import bp
from storefront.db import db
from storefront.orders import finding, next_orders
from storefront.orders.models import Order, OrderLine
from storefront.orders.next_steps import BY_CODE, OPEN_STEPS
from storefront.orders.rules import MOVES, WORDS
from storefront.roles import ADMIN, open_to

PER_PAGE = 30
# What a discount takes off an order, in pence.
TAKEN_OFF = select(func.sum(OrderLine.off_minor)).where(OrderLine.order_id == Order.id).scalar_subquery()


@bp.get("/orders")
@open_to(ADMIN)
def orders() -> str:
    query = asked_for(request.args)
    hits = finding.found(db.session(), query) if query else None
    # Only ids are sorted, however many orders there are; what is shown of a page is read for its own.
    page = db.paginate(
        narrowed(request.args, hits).with_only_columns(Order.id), per_page=PER_PAGE, max_per_page=PER_PAGE
    )
    shown = select(Order).where(Order.id.in_(page.items)).options(joinedload(Order.client), selectinload(Order.lines))
    rows = {order.id: order for order in db.session.scalars(shown)}
    told: dict[str, Any] = {
        "query": query,
        "status": request.args.get("status", ""),
        "next": request.args.get("next", ""),
        "statuses": [(status, words.capitalize()) for status, words in WORDS.items()],
        "steps": [(step.code, step.words) for step in OPEN_STEPS],
        "next_of": next_orders.steps_of(db.session(), page.items, clock.now()),
        "shown": [rows[order_id] for order_id in page.items],
        "is_cut": hits is not None and hits.is_cut,
    }
    return render_template("admin/orders.html", page=page, **told)


def asked_for(arguments: MultiDict[str, str]) -> str:
    return arguments.get("q", "")[: finding.LONGEST].strip()


def listed(arguments: MultiDict[str, str]) -> Select[Order]:
    """The orders that an address asks for; the page and its export read the same."""
    query = asked_for(arguments)
    return narrowed(arguments, finding.found(db.session(), query) if query else None)


def narrowed(arguments: MultiDict[str, str], hits: finding.Found | None) -> Select[Order]:
    """What must be done next first, and of each step who waits longest; then what is done, the latest first."""
    status, step = arguments.get("status", ""), BY_CODE.get(arguments.get("next", ""))
    waiting = next_orders.open_orders(clock.now())
    found = select(Order).join(Order.client).outerjoin(waiting, waiting.c.id == Order.id)
    if hits is not None:
        found = found.where(Order.id.in_(hits.ids))
    if status in MOVES:
        found = found.where(Order.status == status)
    if step in OPEN_STEPS:
        found = found.where(waiting.c.rank == next_orders.rank_of(step))
    rank = func.coalesce(waiting.c.rank, next_orders.REST)
    return found.order_by(rank, case((waiting.c.rank.is_(None), -Order.id), else_=Order.id))
