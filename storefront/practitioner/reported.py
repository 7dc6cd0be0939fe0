"""What stands beside a report of a reaction at the desk: product and batch, what others reported of it, since when the client
had it, and the picture that came with it. One query, however many reports there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from catalogue.batches import Batch
from catalogue.products import Product
from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.consent_models import SealedFile
from storefront.eligibility.models import Client, Reaction
from storefront.eligibility.reasons import day_in_words
from storefront.orders.diary import OwnRoller, uses_of
from storefront.orders.models import Allocation, Order, Parcel
from storefront.orders.records import records_of
from storefront.orders.return_models import GoodsReturn


@dataclass(frozen=True, slots=True)
class Reported:
    """`had`: the day on which units of that batch left for the client; `uses`: how many the diary has of that roller."""

    name: str | None
    kind: str | None
    code: str | None
    others: int
    had: str
    uses: int | None
    photo: str | None
    is_overdue: bool
    asked_back: str


def reported_of(one: Client, rollers: Sequence[OwnRoller], now: datetime) -> dict[int, Reported]:
    """By the reaction's id; `rollers` are those that the client has at home."""
    other = aliased(Reaction)
    others = select(func.count(other.client_id.distinct())).where(
        other.batch_id == Reaction.batch_id, other.client_id != one.id
    )
    sent = select(func.max(Parcel.dispatched_at)).join(Order, Parcel.order_id == Order.id)
    sent = sent.join(Allocation, Allocation.order_id == Order.id).where(Allocation.batch_id == Reaction.batch_id)
    sent = sent.where(Order.client_id.in_(records_of(one.id)), Parcel.dispatched_at <= Reaction.at)
    told = select(Reaction.id, Product.name, Product.kind, Batch.code, others.scalar_subquery().label("others"))
    told = told.add_columns(sent.scalar_subquery().label("sent"), Reaction.answer_by, SealedFile.token)
    asked_back = select(func.max(GoodsReturn.number)).where(GoodsReturn.reaction_id == Reaction.id)
    told = told.add_columns(Product.sku, Reaction.order_number, asked_back.scalar_subquery().label("asked_back"))
    told = told.outerjoin(Product, Reaction.product_id == Product.id).outerjoin(Batch, Reaction.batch_id == Batch.id)
    told = told.outerjoin(SealedFile, (Reaction.photo_id == SealedFile.id) & SealedFile.destroyed_at.is_(None))
    rows = db.session.execute(told.where(Reaction.client_id == one.id)).all()
    return {
        row.id: Reported(
            row.name,
            row.kind,
            row.code,
            row.others,
            day_in_words(day_of(row.sent)) if row.sent else "",
            uses_of(rollers, row.sku, row.order_number),
            row.token,
            row.answer_by is not None and row.answer_by < now,
            row.asked_back or "",
        )
        for row in rows
    }
