"""A treatment as it is told to the record, and the row that is made of it. What is told again of the same treatment becomes its
next version; who treated, and under which consent and answers, stays with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from catalogue.journal import Who
from storefront.db import db
from storefront.eligibility.models import Topical, TreatedArea, Treatment
from storefront.eligibility.signatures import signature


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaTold:
    """Where, with what, how deep (micrometres) and how often over it."""

    needle_um: int
    area: str = "face"
    device: str = ""
    device_lot: str = ""
    passes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicalTold:
    """What was put on, and its lot."""

    name: str
    lot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentTold:
    """One session; None where it was not asked."""

    treated_on: date
    areas: tuple[AreaTold, ...]
    topicals: tuple[TopicalTold, ...] = ()
    health_today: str | None = None
    skin_type: int | None = None
    end_point: str = ""
    numbing_cream: bool = False
    bleeding: str = "none"
    track_marks: bool = False
    minutes_to_settle: int | None = None
    reactions: str = ""
    aftercare_given: bool | None = None
    next_on: date | None = None
    notes: str = ""
    gap_reason: str = ""

    @property
    def needle_um(self) -> int:
        return max((area.needle_um for area in self.areas), default=0)


PLAIN = tuple(name for name in TreatmentTold.__slots__ if name not in ("areas", "topicals"))


def written(told: TreatmentTold, by: Who, now: datetime) -> Treatment:
    """The first version of a session that `by` carried out."""
    row = _row(told, by, now)
    row.practitioner_id, row.practitioner_name, row.correction = by.id, by.name, ""
    row.replaces = None
    return row


def corrected(before: Treatment, told: TreatmentTold, why: str, by: Who, now: datetime, is_struck: bool) -> Treatment:
    """The next version of a session, as `by` corrects it; whoever treated stays named."""
    row = _row(told, by, now)
    row.practitioner_id, row.practitioner_name = before.practitioner_id, before.practitioner_name
    row.consent_id, row.screening_id = before.consent_id, before.screening_id
    row.replaces, row.replaces_id = before, before.id
    row.correction, row.is_struck = why, is_struck
    return row


def _row(told: TreatmentTold, by: Who, now: datetime) -> Treatment:
    values: dict[str, Any] = {name: getattr(told, name) for name in PLAIN}
    row = Treatment(**values, **signature(by, now), needle_um=told.needle_um, is_struck=False)
    row.areas = [_area(area) for area in told.areas]
    row.topicals = [Topical(name=topical.name, lot=topical.lot) for topical in told.topicals]
    row.gap_decisions, row.skin_seen = [], None
    return row


def _area(told: AreaTold) -> TreatedArea:
    return TreatedArea(**{name: getattr(told, name) for name in AreaTold.__slots__})


def told_of(treatment: Treatment) -> TreatmentTold:
    """A version as it was told; its areas and topicals have to be loaded."""
    areas = tuple(AreaTold(**{name: getattr(area, name) for name in AreaTold.__slots__}) for area in treatment.areas)
    topicals = tuple(TopicalTold(name=topical.name, lot=topical.lot) for topical in treatment.topicals)
    plain: dict[str, Any] = {name: getattr(treatment, name) for name in PLAIN}
    return TreatmentTold(areas=areas, topicals=topicals, **plain)


def load_parts(treatments: Sequence[Treatment]) -> None:
    """Brings the areas and topicals of these treatments to hand; three queries, whatever their number."""
    parts = (selectinload(Treatment.areas), selectinload(Treatment.topicals))
    found = select(Treatment).where(Treatment.id.in_([each.id for each in treatments])).options(*parts)
    db.session.scalars(found).all()
