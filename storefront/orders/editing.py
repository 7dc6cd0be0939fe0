"""Changing an order at the clinic until it is packed. It is paid as it was ordered, whole and once; what it then costs less goes
back as a refund of its own, and the units to their batches, all in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from catalogue.journal import Who, note
from catalogue.ledger import Occasion
from catalogue.money import Money
from catalogue.verdicts import Reason, Verdict, require
from storefront.db import db
from storefront.eligibility.records import lock_client
from storefront.orders import gate, gate_reports
from storefront.orders.actions import cancel_order
from storefront.orders.addresses import address_reasons
from storefront.orders.clinic_terms import clinic_terms
from storefront.orders.early_uses import give_exceptions_back
from storefront.orders.edit_models import EditedLine, OrderEdit
from storefront.orders.edit_rules import COLLECTION, Content, leaves_something, less, may_edit
from storefront.orders.models import Order
from storefront.orders.moving import tell
from storefront.orders.owing import owe_refund
from storefront.orders.records import client_id_of, lock_order, product_ids_of
from storefront.orders.return_records import delivery_left, lines_left
from storefront.orders.return_rules import parts_of
from storefront.orders.rules import Delivery
from storefront.orders.units import take_out

CHANGED = "order changed"  # the verb in the journal
WHY = "changed before it was packed"  # what the credit note says; the reason in words stands on the order's page


def content_of(order: Order) -> Content:
    """What an order holds now, and where it goes."""
    units = {line.id: line.units for line in order.kept_lines}
    return Content(units, Delivery(order.delivery, order.recipient, order.address, order.country))


def edit_order(number: str, wished: Content, why: str, by: Who, now: datetime, today: date) -> OrderEdit | None:
    """Takes units out and puts right where it goes; None when nothing is left in it, which stops the order for good.

    Refuses when it is packed, held or not paid, when it would cost more or nothing, and when the gate says no to what is left.
    """
    client = lock_client(client_id_of(number) or 0)
    products = gate.lock_products(product_ids_of(number))
    order = lock_order(number)
    before = content_of(order)
    require(Verdict((*may_edit(order.status, before, wished).reasons, *_wrong_address(before, wished))))
    if wished.is_empty:
        cancel_order(number, why, by, now)
        return None
    lost = less(before, wished)
    for line in order.lines:
        line.taken_out += lost.get(line.id, 0)
    order.delivery, order.recipient = wished.delivery.kind, wished.delivery.recipient
    order.address = wished.delivery.address
    db.session.flush()
    gate_reports.insist(client, order, products, gate_reports.CHANGE, now, today)
    take_out(order, lost, products, Occasion(by, now, number))
    give_exceptions_back(order, now)
    return _keep(order, before, wished, why, by, now)


def _wrong_address(before: Content, wished: Content) -> Iterable[Reason]:
    """An address is put right within its country: another one has another tax."""
    there = wished.delivery
    if wished.is_empty or there.kind == COLLECTION or there.address == before.delivery.address:
        return ()
    return address_reasons(there.address, there.country, clinic_terms())


def _keep(order: Order, before: Content, after: Content, why: str, by: Who, now: datetime) -> OrderEdit:
    """The row of it, the money that goes back, and the mail."""
    lost = less(before, after)
    edit = OrderEdit(order_id=order.id, at=now, by_id=by.id, by_name=by.name, why=why.strip())
    edit.delivery_before, edit.delivery_after = before.delivery.kind, after.delivery.kind
    edit.recipient_before, edit.recipient_after = before.delivery.recipient, after.delivery.recipient
    edit.address_before, edit.address_after = before.delivery.address, after.delivery.address
    edit.lines = [
        EditedLine(line_id=line_id, before=before.units[line_id], after=before.units[line_id] - n)
        for line_id, n in lost.items()
    ]
    edit.back_minor = _owe_back(order, lost, after.delivery.kind != before.delivery.kind, by, now)
    db.session.add(edit)
    note(db.session(), CHANGED, "order", order.number, by, now, back_minor=edit.back_minor)
    back = Money(edit.back_minor, order.currency)
    tell(order, "order_changed", now, amount=back, is_paid=edit.back_minor > 0)
    db.session.flush()
    return edit


def _owe_back(order: Order, lost: Mapping[int, int], is_collected: bool, by: Who, now: datetime) -> int:
    """Promises back what the lost units cost, and the post when it is collected instead; the pence of it."""
    post = delivery_left(order) - clinic_terms().price_collected().minor
    most = order.total_minor - order.owed_back_minor
    parts = parts_of(lost, lines_left(order.id), post, is_collected, most)
    amount = sum(parts.values())
    require(leaves_something(most - amount))
    if amount:
        owe_refund(order, amount, WHY, by, now, parts)
    return amount


def edits_of(order_id: int) -> Sequence[OrderEdit]:
    """What was changed of an order, as it came, with its lines."""
    mine = select(OrderEdit).where(OrderEdit.order_id == order_id).order_by(OrderEdit.id)
    return db.session.scalars(mine.options(selectinload(OrderEdit.lines).joinedload(EditedLine.line))).all()
