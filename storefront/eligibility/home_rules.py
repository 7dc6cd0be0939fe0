"""Rules of rolling at home, pure: how often the skin may be rolled, for how long a roller serves, and from which day its successor
may be bought (C-HOME-01, C-HOME-05). Days are those of the clinic. The diary knows days and not hours, so that 72 hours are
three days of the calendar. What a client notes too soon after another use wears the roller, and brings no purchase nearer."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.models import Approval
from storefront.eligibility.policy import Policy
from storefront.eligibility.reasons import PRACTITIONER, TIME, day_in_words

HOURS_OF_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Roller:
    """One roller of a client: the day on which it left the clinic (until then, on which it was bought), the days of the diary,
    and the most uses that its maker declares."""

    since: date
    uses: tuple[date, ...] = ()
    most_uses: int | None = None


@dataclass(frozen=True, slots=True)
class Overuse:
    """A use that came too soon after the one before: `days` between them, where `least` is right."""

    day: date
    before: date
    least: int

    @property
    def days(self) -> int:
        return (self.day - self.before).days


def days_of(rollers: Iterable[Roller]) -> tuple[date, ...]:
    """Every day on which any roller was used: the skin is one, whichever roller it was."""
    return tuple(sorted({day for roller in rollers for day in roller.uses}))


def least_gap(day: date, began: date, policy: Policy) -> int:
    """How many days lie at least between a use on `day` and the one before; the first weeks since `began` are slower."""
    if day < began + timedelta(days=policy.slow_start_days):
        return policy.days_between_uses
    return -(-policy.least_hours_between_uses // HOURS_OF_A_DAY)


def next_day(last: date, began: date, policy: Policy) -> date:
    """The first day on which the skin may be rolled again after `last`."""
    days = range(1, policy.days_between_uses + 1)
    each = (last + timedelta(days=count) for count in days)
    return next(day for day in each if (day - last).days >= least_gap(day, began, policy))


def may_roll_from(days: Sequence[date], policy: Policy) -> date | None:
    """The next day for a client whose diary has these days, in order; None when it is empty."""
    return next_day(days[-1], days[0], policy) if days else None


def overuses(days: Sequence[date], policy: Policy) -> list[Overuse]:
    """The uses that came too soon, of days in order."""
    found = [Overuse(day, before, least_gap(day, days[0], policy)) for before, day in itertools.pairwise(days)]
    return [each for each in found if each.days < each.least]


def uses_of(approval: Approval, roller: Roller) -> int:
    """After how many uses it is replaced: the practitioner's number or the maker's, whichever is less."""
    return min(approval.uses_per_roller, roller.most_uses or approval.uses_per_roller)


def worn_out_on(roller: Roller, policy: Policy) -> date:
    """The day from which it is too old, counted from its first use, and without one from when it left the clinic."""
    return min(roller.uses, default=roller.since) + timedelta(days=policy.roller_days)


def is_used_up(approval: Approval, roller: Roller) -> bool:
    return len(roller.uses) >= uses_of(approval, roller)


def serves(approval: Approval, roller: Roller, policy: Policy, today: date) -> bool:
    """Whether it may still be used; every use wears it, also one that came too soon."""
    return not is_used_up(approval, roller) and today < worn_out_on(roller, policy)


def pace_of(approval: Approval, policy: Policy) -> int:
    """The plan's frequency in days: the uses of one roller spread over the time until the next may be ordered."""
    spread = -(-approval.reorder_days // approval.uses_per_roller)
    return max(spread, -(-policy.least_hours_between_uses // HOURS_OF_A_DAY))


def replace_on(approval: Approval, roller: Roller, rollers: Sequence[Roller], policy: Policy) -> date:
    """The day on which one of these rollers will be used up or worn out, whichever is first. Uses that keep to the rule count,
    those still to come follow the plan's frequency: a use that came too soon never makes the day an earlier one."""
    days = days_of(rollers)
    began = min(days, default=min(each.since for each in rollers))
    too_soon = {each.day for each in overuses(days, policy)}
    kept = [day for day in sorted(set(roller.uses)) if day not in too_soon]
    first = kept[0] if kept else max(roller.uses, default=roller.since)
    worn = first + timedelta(days=policy.roller_days)
    return min(worn, _used_up_on(approval, roller, kept, began, policy))


def _used_up_on(approval: Approval, roller: Roller, kept: Sequence[date], began: date, policy: Policy) -> date:
    """The day of its last use; without a diary the first one is on the day on which it came."""
    most = uses_of(approval, roller)
    if len(kept) >= most:
        return kept[most - 1]
    day, done = (max(roller.uses), len(kept)) if roller.uses else (roller.since, 1)
    for _ in range(most - done):
        day = max(day + timedelta(days=pace_of(approval, policy)), next_day(day, began, policy))
    return day


def next_roller_on(approval: Approval, rollers: Sequence[Roller], policy: Policy) -> date | None:
    """The day from which none of them serves any longer, all used up or worn out; None when there is none."""
    return max((replace_on(approval, each, rollers, policy) for each in rollers), default=None)


def may_roll(
    standing: Verdict, approval: Approval | None, rollers: Sequence[Roller], policy: Policy, today: date
) -> Verdict:
    """Whether the client may roll at home today. Refuses whatever the gate holds against the client (`standing`), while the skin
    rests after the last use, and when none of the rollers at home serves any longer."""
    found = list(standing.reasons)
    opens = may_roll_from(days_of(rollers), policy)
    if opens is not None and today < opens:
        text = f"Your skin rests after the last time; the next day is {day_in_words(opens)}."
        found.append(Reason("skin-rests", text, TIME, f"This opens by itself on {day_in_words(opens)}."))
    if approval is not None and not any(serves(approval, each, policy, today) for each in rollers):
        found.append(_no_roller(bool(rollers)))
    return Verdict(tuple(found))


def _no_roller(had_one: bool) -> Reason:
    if not had_one:
        step = "Order it in “Your care”; it is on its way to you, or waits for you, until then."
        return Reason("no-roller", "No roller of ours has reached you yet.", TIME, step)
    text = "None of your rollers serves any longer: each is used up, or too old."
    return Reason(
        "roller-worn", text, PRACTITIONER, "Put it into a sharps box, and order the next one from its day on."
    )
