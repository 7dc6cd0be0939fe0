"""Which reminders are due on a day, pure. What a client set is asked anew on each day, so that a new entry in the diary, or a new
plan, holds at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

USE, AFTER, REPLACING = "use", "after", "replacing"
KINDS = (USE, AFTER, REPLACING)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a client wants to be reminded of, and at which hour; `weekday` (Monday is 0) holds for the day of use alone, None is the
    first day that the diary allows."""

    kinds: frozenset[str]
    hour: int
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the day depends on: may the client roll, from when after the last use, how often by the plan, the diary's days, and
    from when the next roller is open."""

    may_roll: bool
    opens_on: date | None
    pace: int
    days: Sequence[date]
    next_roller_on: date | None


def kinds_due(wishes: Wishes, standing: Standing, told: Mapping[str, date], today: date) -> list[str]:
    """The kinds of which the client is to be reminded today, in their order; `told` is the last day of each."""
    due = {USE: _is_use_due, AFTER: _is_after_due, REPLACING: _is_replacing_due}
    wanted = [kind for kind in KINDS if kind in wishes.kinds and told.get(kind) != today]
    return [kind for kind in wanted if due[kind](wishes, standing, told.get(kind), today)]


def _is_use_due(wishes: Wishes, standing: Standing, told: date | None, today: date) -> bool:
    """On the chosen weekday; else once after each use, and in the plan's rhythm while nothing is noted."""
    if not standing.may_roll:
        return False
    if wishes.weekday is not None:
        return today.weekday() == wishes.weekday
    opened = standing.opens_on
    is_new = told is None or (opened is not None and told < opened)
    return is_new or (told is not None and today >= told + timedelta(days=standing.pace))


def _is_after_due(_wishes: Wishes, standing: Standing, _told: date | None, today: date) -> bool:
    return today - timedelta(days=1) in standing.days


def _is_replacing_due(_wishes: Wishes, standing: Standing, told: date | None, today: date) -> bool:
    day = standing.next_roller_on
    return day is not None and day <= today and (told is None or told < day)


def last_told(sent: Iterable[tuple[str, date]]) -> dict[str, date]:
    """The last day on which each kind was sent."""
    return dict(sorted(sent, key=lambda each: each[1]))
