"""What needs a person today, each as a short list that says where it is done. Every list is one query, cut at SHOWN."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, case, func, or_, select
from sqlalchemy.orm import contains_eager

from catalogue import lapsing as warnings
from catalogue.batches import Batch
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.standings import low_stock
from catalogue.supplier_files import ImportFile, ImportRow, Supplier
from catalogue.versions import Publication, SpecificationVersion
from storefront.db import db
from storefront.eligibility.records import clinic_policy
from storefront.messages.log import unanswered
from storefront.messages.models import Message
from storefront.orders.recall_drills import drill_due
from storefront.orders.return_models import GoodsReturn

SHOWN = 20
DRILL_NOTICE = timedelta(days=30)


@dataclass(frozen=True)
class Near:
    """A product on sale, and the last day on which it is; `within` is how soon: 0 once it has lapsed."""

    product: Product
    last_day: date
    within: int


def lapsing(today: date, rules: Specification) -> list[Near]:
    """Listed products that lapse within 60 days, or have, soonest first."""
    found = warnings.lapsing(db.session(), rules, today, SHOWN)
    return [Near(lapse.product, lapse.lapses_on, how_soon(lapse.lapses_on, today)) for lapse in found]


def how_soon(last_day: date, today: date) -> int:
    left = (last_day - today).days
    return 0 if left < 0 else min(step for step in warnings.STEPS if left <= step)


def stopped_batches() -> list[Batch]:
    """Batches that wait for a decision, held ones first."""
    found = select(Batch).join(Batch.product).where(Batch.status.in_(("held", "waiting")))
    found = found.options(contains_eager(Batch.product)).order_by(Batch.status, Batch.received_at.desc()).limit(SHOWN)
    return list(db.session.scalars(found))


def running_low(today: date, rules: Specification) -> Sequence[Row[*tuple[Any, ...]]]:
    """Products on sale of which no more units are left than the clinic's policy says, fewest first."""
    return db.session.execute(low_stock(today, rules, clinic_policy().low_stock_units).limit(SHOWN)).all()


def failed_files() -> Sequence[Row[*tuple[Any, ...]]]:
    """Suppliers' files with rows that failed to be imported, and those that could not be read."""
    failed = func.count(ImportRow.id)
    found = select(ImportFile.reference, ImportFile.name, Supplier.name.label("supplier"), failed.label("failed"))
    found = found.join(ImportFile.supplier)
    found = found.outerjoin(ImportRow, (ImportRow.import_id == ImportFile.id) & (ImportRow.state == "failed"))
    found = found.group_by(ImportFile.id, ImportFile.reference, ImportFile.name, Supplier.name)
    found = found.having(or_(failed > 0, func.max(case((ImportFile.state == "unreadable", 1), else_=0)) == 1))
    return db.session.execute(found.order_by(ImportFile.id.desc()).limit(SHOWN)).all()


def lost_mails() -> Sequence[Message]:
    """Mails that did not arrive and were not sent again, the latest first."""
    return db.session.scalars(unanswered().limit(SHOWN)).all()


def drill_soon(today: date) -> date | None:
    """The day by which a recall has to be drilled, when that is near or past."""
    due = drill_due(db.session(), today)
    return due if due <= today + DRILL_NOTICE else None


def coming_versions(today: date) -> Sequence[Row[*tuple[Any, ...]]]:
    """Versions of the specification that are still to come: drafts on the way to their signatures, and published ones."""
    found = select(SpecificationVersion.version, SpecificationVersion.author_name, Publication.in_force_from)
    found = found.outerjoin(SpecificationVersion.publication)
    is_draft = Publication.id.is_(None)
    is_coming = (Publication.in_force_from > today) & Publication.withdrawn_at.is_(None)
    return db.session.execute(
        found.where(or_(is_draft, is_coming)).order_by(SpecificationVersion.id).limit(SHOWN)
    ).all()


def open_returns() -> int:
    """How many returns wait for the goods or for our word."""
    return db.session.scalar(select(func.count(GoodsReturn.id)).where(GoodsReturn.ended_at.is_(None))) or 0
