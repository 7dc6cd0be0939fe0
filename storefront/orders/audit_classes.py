"""What must hold of serums that were approved as a class: one stands in for the other, so number and interval count together."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import select

from catalogue.products import Vetting
from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.models import Approval, ApprovedClass
from storefront.orders.audit_early import exceptions_used
from storefront.orders.models import Order, OrderLine
from storefront.orders.records import classes_signed, signed_facts
from storefront.orders.rules import ACCEPTED, BOUGHT


def classes_beyond_their_limits() -> Iterator[str]:
    """Of one class no order has more than its approval allows, and between two lie the days that the later one's asks for."""
    allowed = {tuple(row) for row in db.session.execute(select(ApprovedClass.approval_id, ApprovedClass.name))}
    if not allowed:
        return
    granted, last = exceptions_used(), dict[tuple[int, str], tuple[int, date]]()
    units: dict[tuple[int, str], int] = defaultdict(int)
    told = select(Order, OrderLine, Approval, Vetting.dossier).join(OrderLine, OrderLine.order_id == Order.id)
    told = told.join(Approval, Approval.id == OrderLine.approval_id).join(Vetting, Vetting.id == OrderLine.vetting_id)
    told = told.where(OrderLine.kind == "serum", Order.status.in_(ACCEPTED)).order_by(Order.accepted_at, OrderLine.id)
    for order, line, approval, dossier in db.session.execute(told):
        day, where = day_of(order.accepted_at or order.placed_at), f"order {order.number}, line {line.sku}"
        for name in sorted(classes_signed(signed_facts(dossier))):
            number, before = last.get((order.client_id, name), (order.id, day))
            units[order.id, name] += line.quantity
            if (approval.id, name) in allowed:
                if (
                    number != order.id
                    and day < before + timedelta(days=approval.reorder_days)
                    and line.id not in granted
                ):
                    yield f"{where}: bought again too soon, as one of {name}"
                if units[order.id, name] > approval.quantity:
                    yield f"{where}: {units[order.id, name]} of {name}, its approval allows {approval.quantity}"
            if order.status in BOUGHT and line.units:
                last[order.client_id, name] = (order.id, day)
