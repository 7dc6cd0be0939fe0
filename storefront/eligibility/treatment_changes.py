"""What changed from one version of a treatment to the next, in words: what the history of a treatment shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from storefront.eligibility.models import Treatment
from storefront.eligibility.product_rules import in_mm
from storefront.eligibility.reasons import day_in_words
from storefront.eligibility.treatments import PLAIN, AreaTold, TopicalTold, told_of

NAMES = {
    "treated_on": "day", "health_today": "health that day", "skin_type": "skin type", "end_point": "end point",
    "numbing_cream": "numbing cream", "bleeding": "bleeding", "track_marks": "track marks",
    "minutes_to_settle": "minutes to settle", "reactions": "reactions", "aftercare_given": "aftercare given",
    "next_on": "next session", "notes": "notes", "gap_reason": "reason for the gap",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was told differently."""

    name: str
    was: str
    is_now: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version with what it changed; nothing of the first."""

    row: Treatment
    number: int
    changes: tuple[Change, ...]


def versions_of(treatment: Treatment) -> list[Version]:
    """Every version, the newest first; areas and topicals of each have to be loaded."""
    rows = list(treatment.history)
    pairs = zip(rows, [*rows[1:], None], strict=True)
    return [
        Version(row, len(rows) - nth, tuple(changes(before, row)) if before is not None else ())
        for nth, (row, before) in enumerate(pairs)
    ]


def changes(before: Treatment, after: Treatment) -> Iterator[Change]:
    """Each thing that differs, from what it was to what it is."""
    was, is_now = told_of(before), told_of(after)
    for name in PLAIN:
        if getattr(was, name) != getattr(is_now, name):
            yield Change(NAMES[name], in_words(getattr(was, name)), in_words(getattr(is_now, name)))
    if was.areas != is_now.areas:
        yield Change("areas", _listed(map(area_in_words, was.areas)), _listed(map(area_in_words, is_now.areas)))
    if was.topicals != is_now.topicals:
        yield Change("put on the skin", _listed(map(_topical, was.topicals)), _listed(map(_topical, is_now.topicals)))
    if before.is_struck != after.is_struck:
        yield Change("took place", "yes", "no")


def in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return day_in_words(value)
    return "not on record" if value is None else str(value) or "nothing"


def area_in_words(told: AreaTold) -> str:
    """face 0.50 mm, 4 passes, Pen 3, lot N-12."""
    passes = f"{told.passes} {'pass' if told.passes == 1 else 'passes'}" if told.passes else ""
    lot = f"lot {told.device_lot}" if told.device_lot else ""
    return ", ".join(word for word in (f"{told.area} {in_mm(told.needle_um)}", passes, told.device, lot) if word)


def _topical(told: TopicalTold) -> str:
    return f"{told.name}, lot {told.lot}" if told.lot else told.name


def _listed(words: Iterator[str]) -> str:
    return "; ".join(words) or "nothing"
