"""Where products stand, as conditions for a list of many: what `shelf` says of one product, asked of the database. Only for
finding them: what decides a sale asks `shelf` itself."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from catalogue.batches import Batch
from catalogue.judgements import Judgement
from catalogue.products import Listing, Product, Vetting
from catalogue.specification import KINDS, Specification
from catalogue.stock import free
from catalogue.validity import months_after

STANDINGS = ("on-sale", "no-batch", "lapsed", "unlisted")


def standing_is(today: date, rules: Specification) -> Mapping[str, ColumnElement[bool]]:
    """For each word of `shelf.standing` the condition on Product that it holds for one unit."""
    is_listed = select(Listing.id).where(Listing.product_id == Product.id).correlate(Product).exists()
    is_vetted = vetted(today, rules)
    has_units = or_(*(_has_units(kind, today, rules) for kind in KINDS))
    return {
        "on-sale": and_(is_vetted, has_units),
        "no-batch": and_(is_vetted, not_(has_units)),
        "lapsed": and_(is_listed, not_(is_vetted)),
        "unlisted": not_(is_listed),
    }


def vetted(today: date, rules: Specification, days: int | None = None) -> ColumnElement[bool]:
    """Listed, found good under these rules, and nothing has lapsed; with `days`, something will within so many."""
    by_vetting, by_judgement = _vettings(rules), _judgements(rules)
    return or_(
        by_vetting.where(_counts(Vetting.lapses_on, today, days)).correlate(Product).exists(),
        by_judgement.where(_counts(Judgement.lapses_on, today, days)).correlate(Product).exists(),
    )


def counted(rules: Specification) -> ColumnElement[bool]:
    """Listed and found good under these rules, whether or not a proof has lapsed since."""
    by = (_vettings(rules), _judgements(rules))
    return or_(*(found.correlate(Product).exists() for found in by))


def low_stock(today: date, rules: Specification, most: int) -> Select[Product, int]:
    """Vetted products with so many units for sale or fewer, each with that number, fewest first."""
    good_until = case({kind: months_after(today, rules.shelf_life_months(kind)) for kind in KINDS}, value=Product.kind)
    for_sale = select(func.coalesce(func.sum(free), 0)).where(
        Batch.product_id == Product.id, Batch.status == "released"
    )
    units = for_sale.where(Batch.expires_on >= good_until).correlate(Product).scalar_subquery()
    found = select(Product, units.label("units")).where(vetted(today, rules), units <= most)
    return found.order_by(units, Product.name, Product.id)


def _vettings(rules: Specification) -> Select[int]:
    found = select(Listing.id).join(Vetting, Vetting.id == Listing.vetting_id)
    return found.where(Listing.product_id == Product.id, Vetting.specification_hash == rules.hash)


def _judgements(rules: Specification) -> Select[int]:
    """Of products that were vetted under other rules: judged by these, beforehand."""
    same = and_(Judgement.product_id == Listing.product_id, Judgement.dossier_hash == Listing.dossier_hash)
    found = select(Listing.id).join(Vetting, Vetting.id == Listing.vetting_id).join(Judgement, same)
    is_other = Vetting.specification_hash != rules.hash
    is_good = and_(Judgement.specification_hash == rules.hash, Judgement.verdict == "accepted")
    return found.where(Listing.product_id == Product.id, is_other, is_good)


def _counts(lapses_on: InstrumentedAttribute[date | None], today: date, days: int | None) -> ColumnElement[bool]:
    if days is None:
        return or_(lapses_on.is_(None), lapses_on >= today)
    return lapses_on.between(today, today + timedelta(days=days))


def _has_units(kind: str, today: date, rules: Specification) -> ColumnElement[bool]:
    """A released batch with a free unit and the shelf life left that the rules ask of its kind."""
    good_until = months_after(today, rules.shelf_life_months(kind))
    found = select(Batch.id).where(Batch.product_id == Product.id, Batch.status == "released", free > 0)
    return and_(Product.kind == kind, found.where(Batch.expires_on >= good_until).correlate(Product).exists())
