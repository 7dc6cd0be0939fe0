"""The table that a practitioner can read, case by case, and what holds of every answer of the gate."""

from typing import Any

import pytest

from storefront.eligibility.reasons import REASONS
from tests.storefront.eligibility import stories

CASES = stories.FILE["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["sentence"] for case in CASES])
def test_the_gate_answers_as_the_table_says(case: dict[str, Any]) -> None:
    assert list(stories.verdict(case).codes) == case.get("refused", [])


def test_the_table_shows_every_reason_alone_and_never_twice_the_same_case() -> None:
    alone = {tuple(dict.fromkeys(case.get("refused", []))) for case in CASES}
    # A course is missing or begun only together with its approval: these are the two that never stand alone.
    assert {code for code in REASONS if (code,) not in alone} == {"no-course"}
    assert len({case["sentence"] for case in CASES}) == len(CASES)


def test_every_reason_says_what_who_and_what_next_in_the_fixed_order() -> None:
    for case in CASES:
        reasons = stories.verdict(case).reasons
        for reason in reasons:
            assert all(part.strip() for part in (reason.text, reason.lifted_by, reason.next_step)), reason
            assert "{" not in reason.text + reason.next_step + reason.lifted_by
        places = [list(REASONS).index(reason.code) for reason in reasons]
        assert places == sorted(places)
