"""What follows from the last approval: when it is renewed, what is proposed, and how long a decision not to approve stands."""

from datetime import date, timedelta
from typing import Any

import pytest

from storefront.eligibility.approval_rules import is_renewal_due, proposal, standing_deferral
from storefront.eligibility.models import Client
from storefront.eligibility.rules import Limits
from tests.storefront.eligibility import stories
from tests.storefront.eligibility.stories import POLICY

STANDARD = stories.FILE["standard"]
TODAY: date = STANDARD["day"]
APPROVED = STANDARD["approved"]
UNTIL: date = APPROVED["until"]
NOTICE = timedelta(days=30)
DAY = timedelta(days=1)


def client(**others: Any) -> Client:
    found = stories.person({**STANDARD, **others})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("day", "is_due"),
    [(UNTIL - NOTICE - DAY, False), (UNTIL - NOTICE, True), (UNTIL + NOTICE, True), (UNTIL + NOTICE + DAY, False)],
)
def test_an_approval_is_to_be_renewed_from_a_month_before_its_end_to_a_month_after(day: date, is_due: bool) -> None:
    assert is_renewal_due(client(), POLICY, day) is is_due
    assert not is_renewal_due(client(approved=False), POLICY, day)
    assert not is_renewal_due(client(approved={**APPROVED, "withdrawn_on": TODAY}), POLICY, day)


def test_who_has_no_approval_is_proposed_what_the_policy_says() -> None:
    serums = frozenset((7, 8))
    usual = Limits(
        greatest_needle_um=200, reorder_days=70, quantity=1, uses_per_roller=10, valid_until=date(2027, 8, 3)
    )
    assert proposal(client(approved=False), POLICY, TODAY) == usual
    assert proposal(client(approved=False), POLICY, TODAY, [7, 8, 7]).serum_ids == serums


def test_the_last_approval_is_proposed_again_with_its_notes_and_the_policys_year() -> None:
    found = client(approved={**APPROVED, "days": 63, "uses": 8, "deep_note": "scars", "review_note": "patch tested"})
    assert proposal(found, POLICY, TODAY, [9]) == Limits(
        greatest_needle_um=200,
        serum_ids=frozenset((stories.product("calm").id,)),
        reorder_days=63,
        quantity=2,
        uses_per_roller=8,
        valid_until=date(2027, 8, 3),
        deep_note="scars",
        review_note="patch tested",
    )


def test_what_the_policy_allows_no_more_is_not_proposed_again() -> None:
    found = proposal(client(approved={**APPROVED, "depth": 300, "quantity": 9, "uses": 99}), POLICY, TODAY)
    assert (found.greatest_needle_um, found.quantity, found.uses_per_roller) == (250, 4, 10)


PUT_OFF = [{"on": date(2026, 7, 1), "why": "skin"}, {"on": date(2026, 7, 8), "why": "later", "until": TODAY + DAY}]
BEFORE = {"approved": False, "answered_on": date(2026, 5, 11), "put_off": PUT_OFF}


@pytest.mark.parametrize(
    ("newer", "why"),
    [
        ({}, "later"),
        ({"day": TODAY + DAY}, None),
        ({"put_off": []}, None),
        ({"put_off": PUT_OFF[:1], "day": TODAY + DAY}, "skin"),
        ({"put_off": PUT_OFF[::-1]}, "later"),
        ({"answered_on": date(2026, 7, 8)}, "later"),
        ({"answered_on": date(2026, 7, 9)}, None),
        ({"approved": {**APPROVED, "on": date(2026, 7, 9)}}, None),
        ({"treated": [*STANDARD["treated"], date(2026, 7, 9)], "completed": False}, None),
    ],
)
def test_a_decision_not_to_approve_stands_until_its_day_or_until_something_is_newer(
    newer: dict[str, Any], why: str | None
) -> None:
    told = {**BEFORE, **newer}
    standing = standing_deferral(client(**told), told.get("day", TODAY))
    assert (standing.why if standing else None) == why


def test_a_course_signed_since_asks_for_another_look() -> None:
    found = client(**BEFORE)
    found.courses[0].completions[0].at = stories.at(date(2026, 7, 9))
    assert standing_deferral(found, TODAY) is None
