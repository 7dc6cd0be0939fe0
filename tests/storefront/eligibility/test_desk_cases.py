"""What a practitioner may write into a record: the table of tests/cases/desk.toml, and what the desk says of a record besides."""

import tomllib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from catalogue.verdicts import Verdict
from storefront.eligibility import approval_rules, course_rules, screening_rules
from storefront.eligibility.models import Client, Qualification
from storefront.eligibility.treatments import AreaTold, TreatmentTold
from tests.storefront.eligibility import stories
from tests.storefront.eligibility.stories import POLICY, Story

CASES = tomllib.loads((stories.CASES / "desk.toml").read_text(encoding="utf-8"))["case"]
TODAY: date = stories.FILE["standard"]["day"]


def client_of(story: Story) -> Client:
    course = story.get("course", "open")
    record = {**stories.FILE["standard"], "approved": False, **story, "completed": course == "complete"}
    found = stories.person(record | ({"treated": False} if course == "none" else {}))
    assert found is not None
    return found


def treatment_told(told: Any) -> TreatmentTold:
    told = told if isinstance(told, dict) else {"on": told}
    areas = tuple(AreaTold(needle_um=needle) for needle in told.get("needles", [500]))
    gap_reason = told.get("gap_reason", "")
    return TreatmentTold(treated_on=told["on"], areas=areas, next_on=told.get("next_on"), gap_reason=gap_reason)


def record(story: Story) -> Verdict:
    return course_rules.may_record_treatment(client_of(story), treatment_told(story["told"]), POLICY, TODAY)


def correct(story: Story) -> Verdict:
    client, told = client_of(story), treatment_told(story["told"])
    last, is_changed = client.courses[0].treatments[-1], story.get("changed", True)
    return course_rules.may_correct_treatment(client, last, told, is_changed, story["why"], POLICY, TODAY)


def take_over(story: Story) -> Verdict:
    papers = [treatment_told(told) for told in story["papers"]]
    return course_rules.may_take_over(client_of(story), papers, POLICY, TODAY)


def complete(story: Story) -> Verdict:
    client = client_of(story)
    return course_rules.may_complete(client, course_rules.current_course(client), POLICY)


def answer(story: Story) -> Verdict:
    asked = {condition.code for condition in POLICY.conditions}
    return screening_rules.may_answer(
        asked - {*story.get("left_out", [])} | {*story.get("besides", [])}, POLICY.conditions, POLICY
    )


def clear(story: Story) -> Verdict:
    standing = screening_rules.standing_answers(client_of(story), POLICY, TODAY)
    last = standing[-1] if standing else None
    return screening_rules.may_clear(last, story.get("note", "seen"), story["from_on"], story.get("letter", False))


def put_off(story: Story) -> Verdict:
    return approval_rules.may_defer(client_of(story), story["why"], story.get("until"), TODAY)


def sign(story: Story) -> Verdict:
    return approval_rules.may_sign([Qualification(expires_on=day) for day in story["certificates"]], TODAY)


VERBS: dict[str, Callable[[Story], Verdict]] = {
    "record": record, "correct": correct, "take over": take_over, "complete": complete, "answer": answer, "clear": clear,
    "put off": put_off, "sign": sign,
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{case['verb']}: {case['sentence']}" for case in CASES])
def test_a_practitioner_may_write_what_the_table_says(case: dict[str, Any]) -> None:
    found = VERBS[case["verb"]](case)
    assert list(found.codes) == case.get("refused", [])
    if "reads" in case:
        assert [f"{each.text} ({each.lifted_by}) {each.next_step}" for each in found.reasons] == case["reads"]
