"""The day of delivery: working days alone count, and behind what is known of holidays no day is promised."""

from datetime import date

from storefront.orders.delivery_days import Expected, calendar, expected_days
from storefront.orders.delivery_terms import load_terms


def test_only_working_days_count() -> None:
    plain = expected_days(date(2026, 11, 24))
    assert plain["post"] == Expected(date(2026, 11, 25), date(2026, 11, 30)), (
        "Tuesday: Wednesday, then Thursday to Monday"
    )
    assert plain["collection"] == Expected(date(2026, 11, 25), date(2026, 11, 25))
    for ordered, leaves, there in (
        (date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 3)),  # Friday
        (date(2026, 11, 28), date(2026, 11, 30), date(2026, 12, 3)),  # Saturday
        (date(2026, 12, 23), date(2026, 12, 24), date(2026, 12, 31)),  # Christmas, and Boxing Day on the Monday
        (date(2027, 3, 24), date(2027, 3, 25), date(2027, 4, 1)),  # Good Friday and Easter Monday
    ):
        assert expected_days(ordered)["post"] == Expected(leaves, there), ordered


def test_no_day_is_promised_behind_the_list_of_holidays() -> None:
    known = calendar()
    assert expected_days(date(2028, 12, 27))["collection"].there_on == date(2028, 12, 28)
    assert "post" not in expected_days(date(2028, 12, 27))
    assert expected_days(date(2031, 5, 5)) == {}
    assert set(known.ways) == set(load_terms().ways)
    assert all(way.source and way.leaves_within > 0 for way in known.ways.values())
    assert max(known.holidays) <= known.until
    assert {day.weekday() for day in known.holidays} <= {0, 1, 2, 3, 4}, "a substitute day stands for each at a weekend"
