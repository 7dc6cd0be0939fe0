"""Paying units back of which none need come back: they were recalled, or judged not to be for this client. However the ways of
being paid back cross, no unit is paid for twice, and no more is promised than was paid."""

from collections.abc import Mapping
from datetime import datetime

from catalogue.journal import Who
from storefront.orders.models import Order, Refund
from storefront.orders.owing import owe_refund
from storefront.orders.return_records import lines_left
from storefront.orders.return_rules import counted, parts_of, unpaid


def pay_units(order: Order, units: Mapping[int, int], why: str, by: Who, now: datetime) -> Refund | None:
    """Promises back what was paid for so many units of each line, as far as they are not paid back yet; None when nothing is left.
    The order is locked."""
    left = lines_left(order.id)
    paid = unpaid(units, left)
    parts = parts_of(paid, counted(left, paid), 0, False, order.total_minor - order.owed_back_minor)
    return owe_refund(order, sum(parts.values()), why, by, now, parts, paid) if parts else None
