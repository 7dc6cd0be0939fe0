"""What must hold of money: every accepted order is captured exactly once, every refused one never, and no more is given back than
was taken."""

from collections.abc import Iterator

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import selectinload

from storefront.db import db
from storefront.orders.discount_models import Discount, DiscountUse
from storefront.orders.discount_uses import NOW_USED
from storefront.orders.dispute_models import Dispute
from storefront.orders.models import Capture, Closing, Order, OrderLine, Refund, Release
from storefront.orders.return_models import RefundPart, ReturnLine
from storefront.orders.rules import ACCEPTED, TO_SEND, UNPAID_ENDS
from storefront.orders.stop_models import Cancellation

COST = OrderLine.unit_minor * OrderLine.quantity - OrderLine.off_minor


def broken_money() -> Iterator[str]:
    for check in (sums_of_orders, discounts, parts_of_refunds, units_paid_back, captures, releases, endings, contested):
        yield from check()


def sums_of_orders() -> Iterator[str]:
    """What an order costs, and its tax, is that of its lines and its delivery; what is owed and given back, of its refunds."""
    promised = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(Refund.order_id == Order.id)
    given = promised.where(Refund.done_at.is_not(None))
    told = select(Order, promised.scalar_subquery(), given.scalar_subquery()).options(selectinload(Order.lines))
    for order, owed_back, given_back in db.session.execute(told.order_by(Order.id)):
        where, costs = f"order {order.number}", order.costs
        if order.total_minor != costs.total.minor:
            yield f"{where}: costs {order.total_minor}, its lines and delivery {costs.total.minor}"
        tax = order.delivery_tax_minor + sum(line.tax_minor for line in order.lines)
        if (order.delivery_tax_minor, tax) != (costs.delivery_tax.minor, costs.tax.minor):
            yield f"{where}: {tax} of tax, its lines and delivery bear {costs.tax.minor}"
        if (order.owed_back_minor, order.refunded_minor) != (owed_back, given_back):
            yield f"{where}: its refunds ({given_back} of {owed_back} done) are not what it says"
        if order.refunded_minor > order.captured_minor:
            yield f"{where}: more given back than taken"


def discounts() -> Iterator[str]:
    """What is taken off an order is what its use of a code says; who ended unpaid gave it back; a code counts the others."""
    off = (
        select(func.coalesce(func.sum(OrderLine.off_minor), 0)).where(OrderLine.order_id == Order.id).scalar_subquery()
    )
    told = select(Order, off, DiscountUse, Discount.code).outerjoin(DiscountUse, DiscountUse.order_id == Order.id)
    told = told.outerjoin(Discount, Discount.id == DiscountUse.discount_id)
    told = told.where(or_(Order.discount_code != "", off > 0, DiscountUse.id.is_not(None))).order_by(Order.id)
    for order, taken_off, use, code in db.session.execute(told):
        where = f"order {order.number}"
        if use is None or (order.discount_code, taken_off) != (code, use.off_minor):
            yield f"{where}: {taken_off} off by “{order.discount_code}”, its use says {use and use.off_minor} by “{code}”"
        elif (order.status in UNPAID_ENDS) != (use.state == "given_back"):
            yield f"{where}: {order.status}, and its discount code is {use.state}"
    now = select(func.count(DiscountUse.id)).where(
        DiscountUse.discount_id == Discount.id, DiscountUse.state.in_(NOW_USED)
    )
    counted = select(Discount.code, Discount.used, now.scalar_subquery()).order_by(Discount.id)
    for code, used, orders in db.session.execute(counted):
        if used != orders:
            yield f"discount {code}: used {used} times, and {orders} orders have it"


def parts_of_refunds() -> Iterator[str]:
    """The parts of a refund are all of it, and no line is paid back beyond what it cost."""
    whole = select(Order.number, Refund.amount_minor, func.sum(RefundPart.amount_minor))
    whole = whole.join(Refund, Refund.order_id == Order.id).join(RefundPart, RefundPart.refund_id == Refund.id)
    for number, amount, parts in db.session.execute(whole.group_by(Order.number, Refund.id, Refund.amount_minor)):
        if amount != parts:
            yield f"order {number}: a refund of {amount}, its parts are {parts}"
    given = select(Order.number, OrderLine.sku, COST, func.sum(RefundPart.amount_minor))
    given = given.join(OrderLine, OrderLine.order_id == Order.id).join(RefundPart, RefundPart.line_id == OrderLine.id)
    for number, sku, total, parts in db.session.execute(
        given.group_by(Order.number, OrderLine.id, OrderLine.sku, COST)
    ):
        if parts > total:
            yield f"order {number}, line {sku}: {parts} paid back of {total}"


def units_paid_back() -> Iterator[str]:
    """No unit is paid back twice: taken out, returned, recalled, or judged not to be for its client."""
    returned = select(func.coalesce(func.sum(ReturnLine.paid_back), 0)).where(ReturnLine.line_id == OrderLine.id)
    others = select(func.coalesce(func.sum(RefundPart.units), 0)).where(RefundPart.line_id == OrderLine.id)
    back = OrderLine.taken_out + returned.scalar_subquery() + others.scalar_subquery()
    told = select(Order.number, OrderLine.sku, OrderLine.quantity, back).join(Order, Order.id == OrderLine.order_id)
    for number, sku, quantity, units in db.session.execute(told.where(back > OrderLine.quantity)):
        yield f"order {number}, line {sku}: {units} units paid back of {quantity}"


def captures() -> Iterator[str]:
    """An accepted order owes one capture of its whole total; for any other nothing was taken."""
    told = select(Order, Capture).outerjoin(Capture, Capture.order_id == Order.id).order_by(Order.id)
    for order, capture in db.session.execute(told):
        is_owed = capture is not None and capture.lost_at is None
        if (order.status in ACCEPTED) != is_owed:
            yield f"order {order.number}: {order.status} {'with' if is_owed else 'without'} a capture"
        if capture is not None and (capture.amount_minor, capture.intent_id) != (order.total_minor, order.intent_id):
            yield f"order {order.number}: its capture is of another sum or payment"
        taken = order.total_minor if is_owed and capture.done_at else 0
        if order.captured_minor != taken:
            yield f"order {order.number}: {order.captured_minor} taken, its capture says {taken}"


def releases() -> Iterator[str]:
    """A payment is captured or released, never both; what was authorised for a refused order is to be released."""
    both = select(Order.number).join(Capture, Capture.order_id == Order.id)
    both = both.where(exists().where(Release.intent_id == Capture.intent_id))
    yield from (f"order {number}: one payment to be captured and released" for number in db.session.scalars(both))
    kept = select(Order.number).where(Order.status == "cancelled", Order.intent_id.is_not(None))
    kept = kept.where(
        ~exists().where(Release.intent_id == Order.intent_id), ~exists().where(Capture.order_id == Order.id)
    )
    yield from (f"order {number}: refused, and its payment is not released" for number in db.session.scalars(kept))


def contested() -> Iterator[str]:
    """What is contested, or was taken in another sum, does not wait to be packed or sent."""
    open_ones = select(Dispute.order_id).where(Dispute.ended_at.is_(None))
    differ = select(Capture.order_id).where(Capture.taken_minor.is_not(None), Capture.lost_at.is_(None))
    for wrong, found in (("contested", open_ones), ("paid with another sum", differ)):
        going = select(Order.number).where(Order.status.in_(TO_SEND), Order.id.in_(found)).order_by(Order.id)
        yield from (f"order {number}: {wrong}, and goes on" for number in db.session.scalars(going))


def endings() -> Iterator[str]:
    """Who ended an order, and why, is kept; the page of an order that ended unpaid is closed or to be closed."""
    told = select(Order.number, Order.status, exists().where(Cancellation.order_id == Order.id))
    for number, status, is_told in db.session.execute(told.order_by(Order.id)):
        if (status == "cancelled") != bool(is_told):
            yield f"order {number}: {status}, {'with' if is_told else 'without'} a cancellation"
    unclosed = select(Order.number).where(Order.status.in_(("expired", "cancelled")), Order.accepted_at.is_(None))
    unclosed = unclosed.where(~exists().where(Closing.order_id == Order.id)).order_by(Order.id)
    yield from (
        f"order {number}: ended, and its payment page is not to be closed" for number in db.session.scalars(unclosed)
    )
