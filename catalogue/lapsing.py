"""Proofs lapse by themselves: the gate asks the date, and here people are told beforehand, at 60, 30 and 7 days, each once. A
product that comes late is told of by the step it is in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Date,
    ForeignKey,
    Integer,
    Select,
    Text,
    UniqueConstraint,
    and_,
    case,
    exists,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogue.base import Base, UTCDateTime
from catalogue.drafts import LOADING, dossier_of
from catalogue.judgements import Judgement
from catalogue.products import Listing, Product, Vetting
from catalogue.specification import Specification
from catalogue.validity import last_day
from catalogue.vetting import judge

STEPS = (60, 30, 7)
AT_ONCE = 200


class LapseWarning(Base):
    """People were told, so many days ahead, that a product goes off sale after a day; `proof` names what ends then."""

    __tablename__ = "lapse_warning"
    __table_args__ = (UniqueConstraint("product_id", "lapses_on", "days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    lapses_on: Mapped[date] = mapped_column(Date)
    days: Mapped[int] = mapped_column(Integer)
    proof: Mapped[str] = mapped_column(Text)
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)


@dataclass(frozen=True, slots=True)
class Lapse:
    """A product on sale and its last day, if nothing is renewed."""

    product: Product
    lapses_on: date


def lapsing(session: Session, rules: Specification, today: date, limit: int) -> list[Lapse]:
    """What lapses within the longest step, or has lapsed and still is listed; the soonest first."""
    soon = _with_last_day(rules).where(_last_day(rules) <= today + timedelta(days=STEPS[0]))
    found = session.execute(soon.order_by(_last_day(rules), Product.id).limit(limit))
    return [Lapse(product, day) for product, day in found]


def is_warning_due(session: Session, rules: Specification, today: date) -> bool:
    return session.execute(_untold(rules, today).limit(1)).first() is not None


def warn(session: Session, rules: Specification, today: date, now: datetime) -> list[LapseWarning]:
    """Writes down that people are told, and gives what they are told."""
    found = session.execute(_untold(rules, today).options(*LOADING).order_by(Product.id).limit(AT_ONCE)).unique().all()
    warnings = []
    for product, day in found:
        step = min(step for step in STEPS if day <= today + timedelta(days=step))
        proofs = "; ".join(ending(product, rules, today, day))
        warning = LapseWarning(product_id=product.id, lapses_on=day, days=step, proof=proofs, told_at=now)
        session.add(warning)
        warnings.append(warning)
    session.flush()
    return warnings


def ending(product: Product, rules: Specification, today: date, day: date) -> Sequence[str]:
    """The documents that decide a finding and count for it until that day and no longer."""
    report = judge(dossier_of(product), rules, today)
    by_reference = {paper.reference: paper for paper in report.dossier.evidence}
    found = {
        f"{paper.title} ({paper.reference})": None
        for finding in report.findings
        if (paper := by_reference.get(finding.proof or "")) and last_day(paper, rules.rule(finding.rule)) == day
    }
    return tuple(found)


def _untold(rules: Specification, today: date) -> Select[Product, date]:
    """Products whose last day is within a step of which nobody was told."""
    last = _last_day(rules)
    bounds = zip(STEPS, (*STEPS[1:], -1), strict=True)
    steps = [
        and_(last <= today + timedelta(days=step), last > today + timedelta(days=later), ~_was_told(last, step))
        for step, later in bounds
    ]
    return _with_last_day(rules).where(or_(*steps))


def _was_told(last: ColumnElement[date | None], step: int) -> ColumnElement[bool]:
    told = (LapseWarning.product_id == Product.id, LapseWarning.lapses_on == last, LapseWarning.days == step)
    return exists().where(*told)


def _last_day(rules: Specification) -> ColumnElement[date | None]:
    """By the vetting, where it was made under these rules, else by the judgement passed beforehand."""
    return case((Vetting.specification_hash == rules.hash, Vetting.lapses_on), else_=Judgement.lapses_on)


def _with_last_day(rules: Specification) -> Select[Product, date]:
    by_these = and_(
        Judgement.product_id == Listing.product_id,
        Judgement.dossier_hash == Listing.dossier_hash,
        Judgement.specification_hash == rules.hash,
    )
    found = select(Product, _last_day(rules)).join(Product.listing).join(Vetting, Vetting.id == Listing.vetting_id)
    return found.outerjoin(Judgement, by_these)  # type: ignore[return-value]
