"""The table that a practitioner can read, case by case; and that it leaves out no reason, no border and no two reasons at once."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import pytest

from storefront.eligibility.reasons import REASONS
from tests.storefront.eligibility import stories
from tests.storefront.eligibility.borders import border, is_measured, record

CASES = stories.FILE["case"]
# Reasons that begin on a day, with a unit or at a length, and those that begin with something said, signed or seen.
MEASURED = {
    "course-incomplete", "treatments-too-close", "approval-expired", "screening-due", "contraindication", "under-age",
    "not-vetted", "no-batch", "too-deep", "too-soon", "too-many",
}  # fmt: skip
SAID = {
    "no-course", "over-treated", "no-approval", "approval-withdrawn", "reaction-open", "serum-not-approved", "allergen",
    "reacted",
}  # fmt: skip
# Of these two at most one can be: the course is there or not, and so is an approval, within whose limits a product lies or not.
NEVER_BOTH = {
    ("no-course", "course-incomplete"), ("no-course", "treatments-too-close"), ("no-course", "over-treated"),
    ("no-approval", "approval-expired"), ("no-approval", "approval-withdrawn"),
    *((gone, limit) for gone in ("no-approval", "approval-expired", "approval-withdrawn")
      for limit in ("too-deep", "serum-not-approved", "too-many")),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case["sentence"] for case in CASES])
def test_the_gate_answers_as_the_table_says(case: dict[str, Any]) -> None:
    verdict = stories.verdict(case)
    assert list(verdict.codes) == case.get("refused", [])
    assert [code for code in REASONS for told in verdict.codes if told == code] == list(verdict.codes)
    for reason in verdict.reasons:
        assert all(part.strip() for part in (reason.text, reason.lifted_by, reason.next_step)), reason
        assert "{" not in reason.text + reason.next_step + reason.lifted_by
    if "told" in case:
        told = [f"{reason.text} ({reason.lifted_by}) {reason.next_step}" for reason in verdict.reasons]
        assert told == case["told"]


def codes(case: Mapping[str, Any]) -> tuple[str, ...]:
    """The reasons of a case, each once."""
    return tuple(dict.fromkeys(case.get("refused", [])))


def test_the_table_shows_every_reason_alone_with_another_and_in_words_and_never_twice_the_same_case() -> None:
    assert {code for code in REASONS if (code,) not in map(codes, CASES)} == set()
    assert set(REASONS) == {code for case in CASES if len(codes(case)) == 2 for code in codes(case)}
    assert set(REASONS) == {code for case in CASES if "told" in case for code in codes(case)}
    assert len({case["sentence"] for case in CASES}) == len(CASES)
    assert len(CASES) >= 150


def test_the_table_shows_both_sides_of_the_border_of_every_reason() -> None:
    """Two cases that differ in one thing, and in the least that it can differ by: one is told the reason, one is not."""
    shown = set()
    for one, other in combinations([(record(case), set(codes(case))) for case in CASES], 2):
        told = one[1] ^ other[1]
        if told and (between := border(one[0], other[0])):
            shown |= {(code, is_measured(*between)) for code in told}
    assert set(REASONS) == MEASURED | SAID
    assert {code for code in MEASURED if (code, True) not in shown} == set()
    assert {code for code in SAID if (code, False) not in shown} == set()


def test_any_two_reasons_are_told_together() -> None:
    """By a case of the table or by two cases of one reason each, put into one; unless the two can never be."""
    shown = {codes(case) for case in CASES}
    alone = {code: [case for case in CASES if codes(case) == (code,) and "moment" not in case] for code in REASONS}
    for first, second in set(combinations(REASONS, 2)) - shown:
        if any(codes_of(both) == (first, second) for both in put_together(alone[first], alone[second])):
            shown.add((first, second))
    assert set(combinations(REASONS, 2)) - shown == NEVER_BOTH


def put_together(some: list[dict[str, Any]], others: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each case of the one list in one with each of the other, where they do not say two things of the same."""
    for one in some:
        for other in others:
            wants, more = one.get("wants", {}), other.get("wants", {})
            both = {"wants": {**wants, **more}} if wants or more else {}
            if (
                not (one.keys() & other.keys()) - {"sentence", "refused", "told", "wants"}
                and not wants.keys() & more.keys()
            ):
                yield {**one, **other, **both}


def codes_of(case: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stories.verdict(case).codes))
