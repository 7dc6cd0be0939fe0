"""What people come to a consultation with, and which times may be offered for one: pure. Instants are UTC; what a practitioner
types is the clock on the clinic's wall."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.policy import Policy

CONCERNS = {
    "anti-ageing": "Anti-ageing",
    "acne-scars": "Acne scars",
    "rosacea": "Rosacea",
    "fine-lines": "Fine lines",
    "stretch-marks": "Stretch marks",
    "pigmentation": "Pigmentation",
}


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """From an instant to another; what only touches does not overlap."""

    starts_at: datetime
    ends_at: datetime
    is_taken: bool = False

    def overlaps(self, other: "Slot") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def is_same(self, other: "Slot") -> bool:
        return (self.starts_at, self.ends_at) == (other.starts_at, other.ends_at)


def home_care_from(began_on: date, policy: Policy) -> date:
    """The earliest day of a first home order for a course that begins then, when every treatment comes as soon as is usual."""
    gaps = (policy.treatments_in_course - 1) * policy.usual_gap_from_days
    return began_on + timedelta(days=gaps + policy.first_home_order_days)


def slots_from(starts: Sequence[datetime], minutes: int) -> list[Slot]:
    """Each instant once, in their order, so many minutes long."""
    return [Slot(start, start + timedelta(minutes=minutes)) for start in sorted(set(starts))]


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant at which the clinic's clock shows this; the first of two when it is put back, none when it is put forward
    over it."""
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == wall else None


def may_offer(wanted: Sequence[Slot], own: Sequence[Slot], now: datetime, zone: ZoneInfo) -> Verdict:
    """Whether a practitioner may offer these times beside their `own`. Refuses what is past, what overlaps, and what somebody
    has taken; the very same free time may be offered to several visitors, of whom one gets it."""
    found = [_past(slot, zone) for slot in wanted if slot.starts_at <= now]
    found += [_overlap(one, other, zone) for one, other in combinations(wanted, 2) if one.overlaps(other)]
    for slot in wanted:
        found += _beside(slot, own, zone)
    if not wanted:
        found.append(Reason("no-time", "No time was given.", "", "Give one time or several."))
    return Verdict(tuple(found))


def _beside(slot: Slot, own: Sequence[Slot], zone: ZoneInfo) -> Iterator[Reason]:
    for other in own:
        if slot.is_same(other) and other.is_taken:
            text = f"{on_the_wall(slot.starts_at, zone)} is taken by another visitor."
            yield Reason("time-taken", text, "", "Offer another time.")
        elif slot.overlaps(other) and not slot.is_same(other):
            yield _overlap(slot, other, zone)


def _past(slot: Slot, zone: ZoneInfo) -> Reason:
    return Reason("time-past", f"{on_the_wall(slot.starts_at, zone)} is past.", "", "Offer a time that is to come.")


def _overlap(one: Slot, other: Slot, zone: ZoneInfo) -> Reason:
    begins, beside = on_the_wall(one.starts_at, zone), on_the_wall(other.starts_at, zone)
    return Reason(
        "times-overlap", f"{begins} overlaps the consultation of {beside}.", "", "Leave time between the two."
    )


def on_the_wall(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M}"
