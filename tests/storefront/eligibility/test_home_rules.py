"""Rolling at home: the table that a practitioner can read, and what holds of every diary."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from storefront.eligibility import home_rules as home
from storefront.eligibility.home_rules import Roller
from storefront.eligibility.models import Approval
from storefront.eligibility.product_rules import opens_on
from storefront.eligibility.rules import Purchase
from tests.examples import examples
from tests.storefront.eligibility import stories
from tests.storefront.eligibility.stories import POLICY

CASES = tomllib.loads((stories.CASES / "home_use.toml").read_text(encoding="utf-8"))["case"]
CAME = date(2028, 2, 1)
ROLLER = stories.product("roller")
OFFSETS = st.lists(st.integers(0, 100), max_size=14, unique=True)


def plan(**told: int) -> Approval:
    return Approval(uses_per_roller=told.get("uses", 10), reorder_days=told.get("days", 70))


def test_the_rules_answer_as_the_table_says() -> None:
    for case in CASES:
        assert answers(case) == {**expected(case)}, case["sentence"]
    assert len({case["sentence"] for case in CASES}) == len(CASES)


def expected(case: dict[str, Any]) -> dict[str, Any]:
    told = {"next": case.get("next"), "too_soon": case.get("too_soon", [])}
    return told | {name: case[name] for name in ("replaced", "worn_out")}


def answers(case: dict[str, Any]) -> dict[str, Any]:
    roller = Roller(case["came"], tuple(case.get("used", ())), case.get("most_uses"))
    rollers = [roller, Roller(case["came"], tuple(case["other"]))] if "other" in case else [roller]
    approval, days = plan(**{name: case[name] for name in ("uses", "days") if name in case}), home.days_of(rollers)
    return {
        "next": home.may_roll_from(days, POLICY),
        "too_soon": [each.day for each in home.overuses(days, POLICY)],
        "replaced": home.replace_on(approval, roller, rollers, POLICY),
        "worn_out": home.worn_out_on(roller, POLICY),
    }


def test_an_overuse_says_how_many_days_there_were_and_how_many_are_right() -> None:
    (found,) = home.overuses((date(2026, 1, 1), date(2026, 1, 5)), POLICY)
    assert (found.days, found.least, found.before) == (4, 7, date(2026, 1, 1))
    assert home.overuses((), POLICY) == []


def test_a_roller_serves_until_its_last_use_and_its_last_day() -> None:
    fresh, last = Roller(CAME), CAME + timedelta(days=POLICY.roller_days)
    full = Roller(CAME, tuple(CAME + timedelta(days=7 * nth) for nth in range(10)))
    assert home.serves(plan(), fresh, POLICY, last - timedelta(days=1))
    assert not home.serves(plan(), fresh, POLICY, last)
    assert not home.serves(plan(), full, POLICY, CAME)
    assert home.serves(plan(), Roller(CAME, full.uses[1:]), POLICY, CAME)
    assert home.next_roller_on(plan(), [], POLICY) is None


def test_midnight_at_the_clinic_parts_two_days_whatever_the_clocks_do() -> None:
    """A use a minute before midnight of the night in which the clocks go forward, and a minute after."""
    before, after = datetime(2026, 3, 28, 23, 59, tzinfo=UTC), datetime(2026, 3, 29, 0, 1, tzinfo=UTC)
    summer = datetime(2026, 6, 28, 23, 1, tzinfo=UTC)
    assert [stories.clinic_day(each).day for each in (before, after, summer)] == [28, 29, 29]


def diary(offsets: list[int]) -> tuple[date, ...]:
    return tuple(CAME + timedelta(days=offset) for offset in sorted(offsets))


@examples(60)
@given(mine=OFFSETS, other=OFFSETS, more=st.integers(0, 130), is_mine=st.booleans(), days=st.integers(1, 120))
def test_a_use_that_came_too_soon_never_brings_the_next_roller_nearer(
    mine: list[int], other: list[int], more: int, is_mine: bool, days: int
) -> None:
    added = CAME + timedelta(days=more)
    used, beside = diary(mine), diary(other)
    before = [Roller(CAME, used), Roller(CAME, beside)]
    after = (
        [Roller(CAME, diary([*{*mine, more}])), before[1]]
        if is_mine
        else [before[0], Roller(CAME, diary([*{*other, more}]))]
    )
    if added not in {each.day for each in home.overuses(home.days_of(after), POLICY)} - {*home.days_of(before)}:
        return
    then, now = (home.next_roller_on(plan(days=days), rollers, POLICY) for rollers in (before, after))
    assert then is not None
    assert now is not None
    assert now >= then


@examples(60)
@given(offsets=OFFSETS, days=st.integers(1, 120), uses=st.integers(1, 10))
def test_no_diary_opens_anything_before_the_plan(offsets: list[int], days: int, uses: int) -> None:
    approval = plan(days=days, uses=uses)
    bought = Purchase("roller", 1, 1, CAME, (Roller(CAME, diary(offsets)),))
    opened = opens_on(approval, ROLLER, (bought,), POLICY)
    assert opened is not None
    assert opened >= CAME + timedelta(days=days)


@examples(60)
@given(offsets=OFFSETS)
def test_nobody_waits_for_longer_than_a_roller_may_serve(offsets: list[int]) -> None:
    roller = Roller(CAME, diary(offsets))
    latest = max(roller.uses, default=CAME) + timedelta(days=POLICY.roller_days)
    assert home.replace_on(plan(), roller, [roller], POLICY) <= latest
