"""Where products stand, as conditions for a list of many: what `shelf` says of one product, asked of the database. Only for
finding them: what decides a sale asks `shelf` itself."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select
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
    is_listed = select(Listing.id).where(Listing.product_id == Product.id).exists()
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
        by_vetting.where(_counts(Vetting.lapses_on, today, days)).exists(),
        by_judgement.where(_counts(Judgement.lapses_on, today, days)).exists(),
    )


def _vettings(rules: Specification) -> Select[int]:
    found = select(Listing.id).join(Vetting, Vetting.id == Listing.vetting_id)
    return found.where(Listing.product_id == Product.id, Vetting.specification_version == rules.version)


def _judgements(rules: Specification) -> Select[int]:
    """Of products that were vetted under other rules: judged by these, beforehand."""
    same = and_(Judgement.product_id == Listing.product_id, Judgement.dossier_hash == Listing.dossier_hash)
    found = select(Listing.id).join(Vetting, Vetting.id == Listing.vetting_id).join(Judgement, same)
    is_other = Vetting.specification_version != rules.version
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
    return and_(Product.kind == kind, found.where(Batch.expires_on >= good_until).exists())
