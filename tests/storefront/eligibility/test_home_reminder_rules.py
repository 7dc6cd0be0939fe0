"""Which reminders are due: by the diary, by the weekday, once each."""

from dataclasses import replace
from datetime import date, timedelta

from catalogue.verdicts import YES, Verdict
from storefront.eligibility.home_reminder_rules import Standing, Wishes, kinds_due, last_told
from storefront.eligibility.home_rules import Roller, may_roll
from storefront.eligibility.models import Approval
from storefront.eligibility.reasons import reason
from tests.storefront.eligibility.stories import POLICY

TODAY = date(2026, 11, 23)  # a Monday
DAY = timedelta(days=1)
ALL = Wishes(frozenset(("use", "after", "replacing")), 18)
READY = Standing(True, None, 7, (), None)
APPROVAL = Approval(uses_per_roller=10, reorder_days=70)


def due(standing: Standing, wishes: Wishes = ALL, **told: date) -> list[str]:
    return kinds_due(wishes, standing, told, TODAY)


def test_the_day_of_use_is_told_once_after_each_use_and_in_the_plans_rhythm_without_a_diary() -> None:
    opened = replace(READY, opens_on=TODAY, days=(TODAY - 7 * DAY,))
    assert due(READY) == due(opened) == due(opened, use=TODAY - 7 * DAY) == ["use"]
    assert due(replace(opened, opens_on=TODAY - 3 * DAY), use=TODAY - 3 * DAY) == []
    assert due(READY, use=TODAY - 6 * DAY) == []
    assert due(READY, use=TODAY - 7 * DAY) == ["use"]
    assert due(READY, use=TODAY) == due(replace(READY, may_roll=False)) == due(READY, Wishes(frozenset(), 18)) == []


def test_a_weekday_holds_when_the_skin_has_rested_by_then() -> None:
    monday, tuesday = (replace(ALL, weekday=nth) for nth in (0, 1))
    assert due(READY, monday) == due(READY, monday, use=TODAY - DAY) == ["use"]
    assert due(READY, tuesday) == due(replace(READY, may_roll=False), monday) == due(READY, monday, use=TODAY) == []


def test_the_day_after_and_the_next_roller_are_told_once_each() -> None:
    rests = replace(READY, may_roll=False, days=(TODAY - DAY,), next_roller_on=TODAY)
    assert due(rests) == ["after", "replacing"]
    assert due(rests, after=TODAY, replacing=TODAY) == []
    assert due(rests, after=TODAY - DAY, replacing=TODAY - DAY) == ["after", "replacing"]
    assert due(replace(rests, days=(TODAY - 2 * DAY, TODAY), next_roller_on=TODAY + DAY)) == []
    assert due(replace(rests, days=()), replacing=TODAY - DAY, after=TODAY) == ["replacing"]
    assert last_told([("use", TODAY), ("after", TODAY), ("use", TODAY - DAY)]) == {"use": TODAY, "after": TODAY}


def may(*rollers: Roller, standing: Verdict = YES, approval: Approval | None = APPROVAL) -> tuple[str, ...]:
    return may_roll(standing, approval, rollers, POLICY, TODAY).codes


def test_who_may_roll_today() -> None:
    fresh, came = Roller(TODAY), TODAY - 20 * DAY
    assert may(fresh) == may(Roller(came, (TODAY - 7 * DAY,))) == ()
    assert may() == ("no-roller",)
    assert may(Roller(came, (TODAY - 6 * DAY,))) == may(fresh, Roller(came, (TODAY,))) == ("skin-rests",)
    assert may(Roller(TODAY - 90 * DAY)) == ("roller-worn",)
    assert may(Roller(TODAY - 89 * DAY)) == may(Roller(TODAY - 90 * DAY), fresh) == ()
    assert may(Roller(came, (TODAY - 7 * DAY,), most_uses=1)) == ("roller-worn",)
    held = Verdict((reason("no-approval", text="none", next_step="ask"),))
    assert may(standing=held, approval=None) == ("no-approval",)
    assert may(Roller(came, (TODAY,)), standing=held) == ("no-approval", "skin-rests")
