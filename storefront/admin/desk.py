"""The admin's first page: what needs a person today."""

from datetime import date
from typing import Any

from flask import render_template
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from catalogue.batches import Batch
from catalogue.products import Listing, Product, Vetting
from catalogue.reports import SOON
from storefront import clock
from storefront.admin import bp
from storefront.admin.reading import unlisted
from storefront.db import db
from storefront.orders.models import Order
from storefront.roles import ADMIN, open_to

SHOWN = 20


@bp.get("")
@open_to(ADMIN)
def desk() -> str:
    today = clock.today()
    rows = unlisted(today)
    told: dict[str, Any] = {
        "to_sign": [row for row in rows if row.is_ready_to_sign],
        "unfinished": [row for row in rows if not row.is_ready_to_sign],
        "lapsing": lapsing(today),
        "batches": stopped_batches(),
        "orders": order_counts(),
    }
    return render_template("admin/desk.html", today=today, **told)


def lapsing(today: date) -> list[Product]:
    """Products on sale whose vetting lapses soon, or has."""
    found = select(Product).join(Product.listing).join(Vetting, Vetting.id == Listing.vetting_id)
    found = found.where(Vetting.lapses_on <= today + SOON).order_by(Vetting.lapses_on, Product.id).limit(SHOWN)
    return list(db.session.scalars(found.options(contains_eager(Product.listing).contains_eager(Listing.vetting))))


def stopped_batches() -> list[Batch]:
    """Batches that wait for a decision, held ones first."""
    found = select(Batch).join(Batch.product).where(Batch.status.in_(("held", "waiting")))
    found = found.options(contains_eager(Batch.product)).order_by(Batch.status, Batch.received_at.desc()).limit(SHOWN)
    return list(db.session.scalars(found))


def order_counts() -> dict[str, int]:
    found = select(Order.status, func.count()).where(Order.status.in_(("accepted", "on_hold", "packed")))
    rows = db.session.execute(found.group_by(Order.status)).all()
    return {row[0]: row[1] for row in rows}
