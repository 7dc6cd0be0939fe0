"""What must hold of orders that were too early: each went on an exception that was granted for exactly that, once."""

from collections.abc import Iterator

from sqlalchemy import select

from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.early_models import EarlyAnswer, EarlyWish
from storefront.orders.early_models import EarlyUse
from storefront.orders.models import Order, OrderLine
from storefront.orders.rules import NEVER_LEFT

Row = tuple[EarlyUse, OrderLine, Order, EarlyAnswer, EarlyWish]


def exceptions_used() -> frozenset[int]:
    """The ids of the lines that were accepted early on an exception that fits them."""
    return frozenset(row[1].id for row in _used() if _fits(row))


def exceptions_beyond_their_grant() -> Iterator[str]:
    """An exception is used within what was granted, by an order that stands; it is given back with the order's end."""
    for row in _used():
        use, line, order, answer, _ = row
        where = f"order {order.number}, line {line.sku}: exception {answer.id}"
        if not _fits(row):
            yield f"{where} was not granted for this"
        if (use.given_back_at is not None) != (order.status in NEVER_LEFT or not line.units):
            yield f"{where} is {'given back' if use.given_back_at else 'used'}, the order is {order.status}"


def _used() -> list[Row]:
    told = select(EarlyUse, OrderLine, Order, EarlyAnswer, EarlyWish).join(OrderLine, OrderLine.id == EarlyUse.line_id)
    told = told.join(Order, Order.id == OrderLine.order_id).join(EarlyAnswer, EarlyAnswer.id == EarlyUse.answer_id)
    told = told.join(EarlyWish, EarlyWish.id == EarlyAnswer.wish_id).order_by(EarlyUse.id)
    return [tuple(row) for row in db.session.execute(told)]  # type: ignore[misc]


def _fits(row: Row) -> bool:
    _, line, order, answer, wish = row
    decided_at = order.accepted_at or order.placed_at
    is_same = (wish.approval_id, wish.product_id) == (line.approval_id, line.product_id)
    if not is_same or answer.quantity is None or answer.until is None:
        return False
    return line.quantity <= answer.quantity and answer.at <= decided_at and day_of(decided_at) <= answer.until
