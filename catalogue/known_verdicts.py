"""The verdict of every product as it was last judged, so that a list of a hundred thousand can be filtered by it. Written with
the dossier and with each signature; the worker judges again what has lapsed or stands under other rules. It only helps to
find: what decides a sale always asks the rule itself."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import ColumnElement, Date, ForeignKey, Index, Integer, Select, String, and_, case, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogue.base import Base
from catalogue.products import DossierRow, Product
from catalogue.vetting import Report


class KnownVerdict(Base):
    """As of `judged_on`; an accepted one counts until `lapses_on`, the last day on which every proof is valid."""

    __tablename__ = "known_verdict"
    __table_args__ = (Index("ix_known_verdict_specification_version", "specification_version", "product_id"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True, autoincrement=False)
    verdict: Mapped[str] = mapped_column(String(10), index=True)
    specification_version: Mapped[str] = mapped_column(String(20))
    dossier_hash: Mapped[str] = mapped_column(String(64))
    judged_on: Mapped[date] = mapped_column(Date)
    lapses_on: Mapped[date | None] = mapped_column(Date)


class VerdictSweep(Base):
    """Up to which product the verdicts known under one version are those of another version too: `sweeping.py` wrote what
    changed."""

    __tablename__ = "verdict_sweep"

    before: Mapped[str] = mapped_column(String(20), primary_key=True)
    after: Mapped[str] = mapped_column(String(20), primary_key=True)
    reached: Mapped[int] = mapped_column(Integer)


def keep_verdicts(session: Session, reports: Mapping[int, Report]) -> None:
    """What the rules say of each product on its report's day is what it is found by."""
    there_are = session.scalars(select(KnownVerdict).where(KnownVerdict.product_id.in_(reports)))
    by_product = {known.product_id: known for known in there_are}
    for product_id, report in reports.items():
        known = by_product.get(product_id) or KnownVerdict(product_id=product_id)
        known.verdict, known.lapses_on, known.judged_on = report.verdict, report.lapses_on, report.today
        known.specification_version, known.dossier_hash = report.specification.version, report.dossier.hash
        session.add(known)


def verdict_on(today: date) -> ColumnElement[str]:
    """The verdict as known: an accepted product whose proofs have lapsed since is incomplete."""
    return case((is_lapsed(today), "incomplete"), else_=KnownVerdict.verdict)


def is_lapsed(today: date) -> ColumnElement[bool]:
    return and_(KnownVerdict.lapses_on.is_not(None), KnownVerdict.lapses_on < today)


def due(today: date, specification_version: str) -> Select[int]:
    """Products never judged, or under other rules that were not swept, with another dossier, or whose proofs have lapsed."""
    found = select(Product.id).join(Product.dossier).outerjoin(KnownVerdict, KnownVerdict.product_id == Product.id)
    swept = and_(
        VerdictSweep.before == KnownVerdict.specification_version,
        VerdictSweep.after == specification_version,
        VerdictSweep.reached >= KnownVerdict.product_id,
    )
    is_old = or_(
        KnownVerdict.product_id.is_(None),
        and_(KnownVerdict.specification_version != specification_version, ~select(VerdictSweep).where(swept).exists()),
        KnownVerdict.dossier_hash != DossierRow.hash,
        is_lapsed(today),
    )
    return found.where(is_old).order_by(Product.id)
