"""On which day an order leaves the clinic at the latest, and is about to be with its client: working days, counted by the numbers
and the bank holidays of `delivery_days.toml`. Pure: the day of the order is handed in."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

FRIDAY = 4  # the last working day of a week, Monday being 0
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WayDays:
    """How many working days one way of delivery takes; `source` says where they come from."""

    leaves_within: int
    on_the_road: int
    source: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The ways of delivery, and the bank holidays as they are known up to a day."""

    ways: Mapping[str, WayDays]
    holidays: frozenset[date]
    until: date

    def after(self, day: date, working_days: int) -> date | None:
        """So many working days later; None where that is behind what is known of holidays."""
        while working_days > 0 and day <= self.until:
            day += DAY
            working_days -= day.weekday() <= FRIDAY and day not in self.holidays
        return day if day <= self.until else None


@dataclass(frozen=True, slots=True)
class Expected:
    """The last day on which an order leaves the clinic, or is ready there, and the day on which it is about to be there."""

    leaves_by: date
    there_on: date


@cache
def calendar() -> Calendar:
    """What `delivery_days.toml` beside this file says."""
    with (Path(__file__).parent / "delivery_days.toml").open("rb") as file:
        told = tomllib.load(file)
    ways = {code: WayDays(**row) for code, row in told["ways"].items()}
    holidays = told["bank_holidays"]
    return Calendar(ways, frozenset(holidays["days"]), holidays["until"])


def expected_days(today: date) -> dict[str, Expected]:
    """For an order of today, by the way in which it is brought; without those of which no day can be told."""
    known = calendar()
    return {code: found for code, way in known.ways.items() if (found := _expected(known, way, today))}


def _expected(known: Calendar, way: WayDays, today: date) -> Expected | None:
    leaves = known.after(today, way.leaves_within)
    there = known.after(leaves, way.on_the_road) if leaves else None
    return Expected(leaves, there) if leaves and there else None
