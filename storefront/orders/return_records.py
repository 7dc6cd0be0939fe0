"""Finding returns with what their pages show, and what of an order is left to come back."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload, selectinload

from catalogue.batches import Batch
from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.models import Reaction
from storefront.orders.models import Allocation, Order, OrderLine, Parcel, Refund
from storefront.orders.records import records_of
from storefront.orders.return_models import GoodsReturn, RefundPart, ReturnLine
from storefront.orders.return_rules import LineLeft

LOADED = (
    joinedload(GoodsReturn.order).joinedload(Order.client),
    joinedload(GoodsReturn.refund),
    selectinload(GoodsReturn.lines).joinedload(ReturnLine.line),
)


def returns_of(order_id: int) -> Sequence[GoodsReturn]:
    """The returns of an order, in the order in which they were asked for."""
    mine = select(GoodsReturn).where(GoodsReturn.order_id == order_id).options(*LOADED)
    return db.session.scalars(mine.order_by(GoodsReturn.id)).all()


def find_return(number: str) -> GoodsReturn | None:
    return db.session.scalar(select(GoodsReturn).where(GoodsReturn.number == number).options(*LOADED))


def lines_left(order_id: int) -> list[LineLeft]:
    """Of each line the units that were not asked back and those that are paid back, and the money that is not promised back. One
    query."""
    units = case((GoodsReturn.ended_at.is_(None), ReturnLine.quantity), else_=ReturnLine.paid_back)
    taken = select(func.coalesce(func.sum(units), 0)).join(GoodsReturn, GoodsReturn.id == ReturnLine.return_id)
    taken = taken.where(ReturnLine.line_id == OrderLine.id)
    back = select(func.coalesce(func.sum(ReturnLine.paid_back), 0)).where(ReturnLine.line_id == OrderLine.id)
    in_parts = select(func.coalesce(func.sum(RefundPart.amount_minor), 0)).where(RefundPart.line_id == OrderLine.id)
    unsent = select(func.coalesce(func.sum(RefundPart.units), 0)).where(RefundPart.line_id == OrderLine.id)
    sums = (each.scalar_subquery() for each in (taken, back, in_parts, unsent))
    found = select(OrderLine, *sums).where(OrderLine.order_id == order_id).order_by(OrderLine.id)
    return [
        LineLeft(
            line.id,
            line.units - asked - others,
            line.quantity,
            line.total_minor,
            line.taken_out + given + others,
            max(0, line.total_minor - parts),
        )
        for line, asked, given, parts, others in db.session.execute(found)
    ]


def delivery_left(order: Order) -> int:
    """What of the price of delivery is not promised back."""
    given = select(func.coalesce(func.sum(RefundPart.amount_minor), 0)).join(Refund, Refund.id == RefundPart.refund_id)
    given = given.where(Refund.order_id == order.id, RefundPart.line_id.is_(None))
    return order.delivery_minor - db.session.scalars(given).one()


def report_of(order: Order, line_ids: Iterable[int]) -> int | None:
    """The client's last report about a product of these lines; None where they reported nothing."""
    products = select(OrderLine.product_id).where(OrderLine.id.in_(list(line_ids)))
    mine = select(Reaction.id).where(Reaction.client_id.in_(records_of(order.client_id)))
    return db.session.scalar(mine.where(Reaction.product_id.in_(products)).order_by(Reaction.id.desc()).limit(1))


def delivered_on(order_id: int) -> date | None:
    at: datetime | None = db.session.scalar(select(Parcel.delivered_at).where(Parcel.order_id == order_id))
    return day_of(at) if at else None


def with_client(number: str) -> Sequence[tuple[Allocation, Batch]]:
    """The units of a return's lines that are with the client, by batch."""
    found = select(Allocation, Batch).join(Batch, Batch.id == Allocation.batch_id)
    found = found.join(ReturnLine, ReturnLine.line_id == Allocation.line_id)
    found = found.join(GoodsReturn, GoodsReturn.id == ReturnLine.return_id).where(GoodsReturn.number == number)
    found = found.where(Allocation.state == "packed", Allocation.returned < Allocation.quantity)
    return [(unit, batch) for unit, batch in db.session.execute(found.order_by(Allocation.id))]
