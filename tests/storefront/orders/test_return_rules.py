"""What may come back and what is paid for it: sealed within 14 days, opened never, what is faulty or harmed somebody always."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.orders.return_rules import (
    LineLeft,
    counted,
    last_day,
    may_ask,
    parts_of,
    restocked_kinds,
    return_reasons,
    unpaid,
)
from storefront.orders.rules import worth

DELIVERED = date(2026, 11, 1)
LEFT = [LineLeft(1, 2, 2, 6800, 2, 6800), LineLeft(2, 0, 1, 1999, 1, 0)]


@pytest.mark.parametrize(
    ("reason", "is_opened", "units", "days", "codes"),
    [
        ("changed-mind", False, {1: 1}, 14, ()),
        ("changed-mind", False, {1: 2}, 15, ("return-too-late",)),
        ("changed-mind", True, {1: 1}, 0, ("return-opened",)),
        ("changed-mind", True, {1: 3}, 15, ("return-opened", "return-too-late", "return-too-many")),
        ("faulty", True, {1: 2}, 900, ()),
        ("reaction", True, {1: 1}, 900, ()),
        ("faulty", False, {2: 1}, 1, ("return-too-many",)),
        ("faulty", False, {3: 1}, 1, ("return-too-many",)),
        ("faulty", False, {1: 0}, 1, ("return-nothing",)),
        ("faulty", False, {}, 1, ("return-nothing",)),
    ],
)
def test_every_reason_against_a_return_is_given(
    reason: str, is_opened: bool, units: dict[int, int], days: int, codes: tuple[str, ...]
) -> None:
    today = DELIVERED + timedelta(days=days)
    assert may_ask(return_reasons()[reason], is_opened, units, LEFT, DELIVERED, today).codes == codes


def test_time_runs_from_the_day_of_delivery_and_each_rule_has_its_source() -> None:
    mind, faulty = return_reasons()["changed-mind"], return_reasons()["faulty"]
    assert last_day(mind, DELIVERED) == date(2026, 11, 15)
    assert last_day(mind, None) is None
    assert last_day(faulty, DELIVERED) is None
    assert all(each.source and "reaction" not in each.desk for each in return_reasons().values())
    assert restocked_kinds() == {"serum"}


def test_delivery_goes_back_with_the_last_unit_and_nothing_beyond_what_is_left() -> None:
    assert parts_of({1: 1}, LEFT, 395, is_whole=False, most=9999) == {1: 3400}
    assert parts_of({1: 2}, LEFT, 395, is_whole=True, most=9999) == {1: 6800, None: 395}
    assert parts_of({1: 2}, LEFT, 395, is_whole=True, most=6900) == {1: 6800, None: 100}
    assert parts_of({1: 2}, LEFT, 395, is_whole=True, most=0) == {}


MONEY = st.integers(0, 5000)


@given(MONEY, st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_all_units_of_a_discounted_line_together_bring_back_what_was_paid(paid: int, returns: list[int]) -> None:
    """However uneven the discount made its price, and however many at once come back."""
    quantity, back, given_back = sum(returns), 0, 0
    for n in returns:
        back += n
        left = LineLeft(1, 0, quantity, paid, back, paid - given_back)
        part = parts_of({1: n}, [left], 0, is_whole=False, most=9999).get(1, 0)
        assert paid * n // quantity <= part <= -(-paid * n // quantity)
        given_back += part
    assert given_back == paid


@given(st.lists(st.tuples(MONEY, MONEY, st.integers(0, 3)), max_size=4), MONEY, st.booleans(), MONEY)
def test_no_return_pays_more_than_is_left(lines: list[tuple[int, int, int]], post: int, whole: bool, most: int) -> None:
    left = [LineLeft(n, units, 3, paid, units, most_of_it) for n, (paid, most_of_it, units) in enumerate(lines)]
    parts = parts_of({line.line_id: line.units for line in left}, left, post, whole, most)
    assert sum(parts.values()) <= most
    assert all(0 < parts[line.line_id] <= line.left_minor for line in left if line.line_id in parts)
    assert parts.get(None, 0) <= (post if whole else 0)


WAYS = st.sampled_from(["taken out", "returned", "recalled", "not for them", "a gesture", "lost"])
STEPS = st.lists(st.tuples(WAYS, st.integers(0, 2), st.integers(1, 4000)), max_size=12)


@given(st.lists(st.tuples(st.integers(1, 9999), st.integers(1, 4)), min_size=3, max_size=3), st.integers(0, 999), STEPS)
def test_however_the_ways_back_cross_no_unit_is_paid_twice_and_no_penny_too_many(
    lines: list[tuple[int, int]], post: int, steps: list[tuple[str, int, int]]
) -> None:
    """What a person gives beside, or the bank gives back in a dispute, belongs to no unit; it only leaves less."""
    total, owed, back, given_back, post_back = sum(paid for paid, _ in lines) + post, 0, [0] * 3, [0] * 3, 0
    for way, nth, n in steps:
        if way in ("a gesture", "lost"):
            owed += min(n, total - owed)
            continue
        left = [LineLeft(k, 0, many, paid, back[k], paid - given_back[k]) for k, (paid, many) in enumerate(lines)]
        units = unpaid({nth: lines[nth][1] if way == "not for them" else n % 5}, left)
        left = counted(left, units)
        is_whole = way == "returned" and all(line.back == line.quantity for line in left)
        parts = parts_of(units, left, post - post_back, is_whole, total - owed)
        owed, post_back = owed + sum(parts.values()), post_back + parts.get(None, 0)
        for line in left:
            back[line.line_id] = line.back
            given_back[line.line_id] += parts.get(line.line_id, 0)
    assert owed <= total
    assert post_back <= post
    for (paid, many), units_back, minor in zip(lines, back, given_back, strict=True):
        assert units_back <= many
        assert minor <= worth(paid, many, 0, units_back)
        if not any(way in ("a gesture", "lost") for way, _, _ in steps):
            assert minor == worth(paid, many, 0, units_back)
