"""Corrections of sessions: new versions beside what stood, decisions asked again where they were about what changed, and a database
that lets nothing be rewritten."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from catalogue.verdicts import Refused
from storefront.eligibility import actions
from storefront.eligibility.course_rules import may_complete
from storefront.eligibility.models import Client, Course, Treatment
from storefront.eligibility.treatment_changes import versions_of
from storefront.eligibility.treatments import TreatmentTold, load_parts, told_of
from tests.storefront.agreed import agree
from tests.storefront.eligibility import people
from tests.storefront.eligibility.people import FACE, NOW, POLICY, TODAY, codes

LATER = NOW + timedelta(minutes=5)


def course_of(client: Client) -> Course:
    return people.reloaded(client.id).courses[0]


def told(row: Treatment) -> TreatmentTold:
    load_parts([row])
    return told_of(row)


def correct(
    client: Client, row: Treatment, by: Any, why: str = "misread", is_struck: bool = False, **others: Any
) -> Any:
    anew = replace(told(row), **others)
    return actions.correct_treatment(client.id, row.id, anew, why, by, TODAY, LATER, is_struck)


def test_a_correction_is_a_new_version_with_who_when_and_why(session: Session) -> None:
    by, other = people.practitioner(), people.practitioner("Olga Other")
    client = people.client(by)
    people.treat(client.id, by, *people.usual_days())
    before = course_of(client).treatments[1]
    area = replace(FACE[0], device_lot="N-7")
    correct(client, before, other, "The lot was that of the box below.", areas=(area, replace(area, area="neck")))
    course = course_of(client)
    assert (len(course.treatments), len(course.versions)) == (3, 4)
    now = course.treatments[1]
    load_parts(list(now.history))
    newest, first = versions_of(now)
    assert (newest.number, newest.row.by_name, newest.row.at) == (2, "Olga Other", LATER)
    assert newest.row.practitioner_name == first.row.by_name == by.name
    assert newest.row.correction == "The lot was that of the box below."
    assert [(change.name, change.was, change.is_now) for change in newest.changes] == [
        ("areas", "face 0.50 mm", "face 0.50 mm, lot N-7; neck 0.50 mm, lot N-7")
    ]
    assert now.consent_id == before.consent_id is not None
    with pytest.raises(Refused) as refusal:
        correct(client, before, by, bleeding="more")
    assert codes(refusal) == ("not-on-record",)


def test_what_cannot_be_is_no_correction_either(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    people.treat(client.id, by, *people.usual_days())
    first, second, _ = course_of(client).treatments
    for others, why, code in (
        ({}, "misread", "nothing-changed"),
        ({"notes": "x"}, " ", "correction-reason"),
        ({"treated_on": TODAY + timedelta(days=1)}, "misread", "in-the-future"),
        ({"treated_on": first.treated_on + timedelta(days=27)}, "misread", "treatments-too-close"),
        ({"areas": ()}, "misread", "no-area"),
        ({"treated_on": date(2019, 12, 31)}, "misread", "consent-due"),
    ):
        with pytest.raises(Refused) as refusal:
            correct(client, second, by, why, **others)
        assert codes(refusal) == (code,)
    correct(client, second, by, treated_on=first.treated_on + timedelta(days=28))


def test_an_over_treatment_that_is_told_anew_is_seen_anew(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    people.treat(client.id, by, *people.usual_days())
    correct(client, course_of(client).treatments[-1], by, bleeding="more")
    assert may_complete(people.reloaded(client.id), course_of(client), POLICY).codes == ("over-treated",)
    actions.see_skin(client.id, course_of(client).treatments[-1].id, "calm", by, TODAY, LATER)
    actions.complete_course(client.id, by, TODAY, LATER)
    correct(client, course_of(client).treatments[-1], by, notes="a word that stops nothing")
    assert "over-treated" not in people.standing(client.id)
    correct(client, course_of(client).treatments[-1], by, track_marks=True)
    assert "over-treated" in people.standing(client.id)
    actions.see_skin(client.id, course_of(client).treatments[-1].id, "calm again", by, TODAY, LATER)
    assert "over-treated" not in people.standing(client.id)


def test_a_gap_of_other_days_is_decided_anew(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    people.treat(client.id, by, *(TODAY - timedelta(days=days) for days in (200, 100, 50)))
    actions.decide_gap(client.id, course_of(client).treatments[1].id, True, "was ill", by, TODAY, NOW)
    actions.complete_course(client.id, by, TODAY, NOW)
    correct(client, course_of(client).treatments[1], by, notes="the same days")
    assert "course-incomplete" not in people.standing(client.id)
    correct(client, course_of(client).treatments[0], by, treated_on=TODAY - timedelta(days=201))
    assert "course-incomplete" in people.standing(client.id)
    actions.decide_gap(client.id, course_of(client).treatments[1].id, True, "a day more", by, TODAY, LATER)
    assert "course-incomplete" not in people.standing(client.id)


def test_a_reason_for_another_gap_is_asked_for_again(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    people.treat(client.id, by, *(TODAY - timedelta(days=days) for days in (140, 80, 35)), gap_reason="a holiday")
    assert may_complete(people.reloaded(client.id), course_of(client), POLICY).is_yes
    correct(client, course_of(client).treatments[1], by, notes="a word about nothing")
    assert may_complete(people.reloaded(client.id), course_of(client), POLICY).is_yes
    correct(client, course_of(client).treatments[1], by, treated_on=TODAY - timedelta(days=70))
    assert may_complete(people.reloaded(client.id), course_of(client), POLICY).codes == ("treatments-too-close",)
    last = course_of(client).treatments[-1]
    actions.explain_gap(client.id, last.id, "before a journey", by, TODAY, LATER)
    assert may_complete(people.reloaded(client.id), course_of(client), POLICY).is_yes
    with pytest.raises(Refused) as refusal:
        actions.explain_gap(client.id, course_of(client).treatments[-1].id, "again", by, TODAY, LATER)
    assert codes(refusal) == ("gap-reason",)


def test_a_session_that_did_not_take_place_opens_the_course_again(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    people.treat(client.id, by, *people.usual_days())
    actions.complete_course(client.id, by, TODAY, NOW)
    correct(client, course_of(client).treatments[-1], by, "another client's", is_struck=True)
    course = course_of(client)
    assert (course.completion, len(course.treatments), len(course.completions)) == (None, 2, 1)
    assert "course-incomplete" in people.standing(client.id)
    actions.record_treatment(client.id, people.told(people.usual_days()[-1]), by, TODAY, LATER)
    actions.complete_course(client.id, by, TODAY, LATER + timedelta(minutes=1))
    assert course_of(client).completion is not None


def test_the_database_lets_nothing_signed_be_rewritten(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    people.treat(client.id, by, *(TODAY - timedelta(days=days) for days in (200, 100, 50)), bleeding="more")
    actions.decide_gap(client.id, course_of(client).treatments[1].id, True, "was ill", by, TODAY, NOW)
    for treatment in course_of(client).treatments:
        actions.see_skin(client.id, treatment.id, "calm", by, TODAY, NOW)
    actions.complete_course(client.id, by, TODAY, NOW)
    session.flush()
    for table, change in (
        ("treatment", "bleeding = 'none'"), ("treated_area", "needle_um = 1"), ("gap_decision", "counts = (1 = 0)"),
        ("skin_seen", "note = ''"), ("completion", "meaning = ''"), ("consent", "text = ''"),
    ):  # fmt: skip
        for statement in (f"UPDATE {table} SET {change}", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="kept as they were written"), session.begin_nested():
                session.execute(text(statement))


def test_without_a_consent_of_that_day_nothing_is_recorded_but_papers(session: Session) -> None:
    by = people.practitioner()
    client = actions.register_client(people.account("New Person", "client"), date(1990, 1, 1), by, NOW)
    actions.open_course(client.id, by, TODAY, NOW)
    agree(client.id, on=TODAY)
    with pytest.raises(Refused) as refusal:
        actions.record_treatment(client.id, people.told(TODAY - timedelta(days=1), areas=()), by, TODAY, NOW)
    assert codes(refusal) == ("consent-due", "no-area")
    recorded = actions.record_treatment(client.id, people.told(TODAY), by, TODAY, NOW)
    assert recorded.consent_id is not None
    actions.withdraw_consent(client.id, "treatment", by, TODAY, NOW)
    other = actions.register_client(people.account("Paper Person", "client"), date(1990, 1, 1), by, NOW)
    days = [TODAY - timedelta(days=days) for days in (300, 250, 200)]
    actions.take_over_course(other.id, [people.told(day) for day in days], "I have seen the card.", by, TODAY, NOW)
    assert {each.consent_id for each in course_of(other).treatments} == {None}


def test_no_signed_act_is_done_by_who_is_not_qualified(session: Session) -> None:
    """Everything that is ready to be done, tried by somebody whose certificate ended yesterday and by one who never had any."""
    by = people.practitioner()
    client = people.client(by)
    agree(client.id, "photos")
    people.treat(client.id, by, *(TODAY - timedelta(days=days) for days in (190, 90, 60)), bleeding="more")
    answers = people.screen(client.id, by, C_CON_06="not_sure")
    reaction = actions.report_reaction(client.id, "red", by, NOW)
    wide, close = course_of(client).treatments[1:]
    anew = replace(told(wide), notes="x")
    lapsed, never = (
        people.practitioner("Lara Lapsed", TODAY - timedelta(days=1)),
        people.practitioner("Nora Never", None),
    )
    acts: tuple[Callable[..., object], ...] = (
        lambda *when: actions.open_course(client.id, *when),
        lambda *when: actions.record_treatment(client.id, people.told(TODAY), *when),
        lambda *when: actions.correct_treatment(client.id, wide.id, anew, "misread", *when),
        lambda *when: actions.explain_gap(client.id, close.id, "a journey", *when),
        lambda *when: actions.decide_gap(client.id, wide.id, True, "was ill", *when),
        lambda *when: actions.see_skin(client.id, close.id, "calm", *when),
        lambda *when: actions.complete_course(client.id, *when),
        lambda *when: actions.take_over_course(client.id, [], "seen", *when),
        lambda *when: actions.add_photo(client.id, b"", "before", "face", TODAY, *when),
        lambda *when: actions.grant_approval(client.id, people.limits(), *when),
        lambda *when: actions.clear_answer(client.id, answers["C-CON-06"].id, "clear", TODAY, *when),
        lambda *when: actions.close_reaction(client.id, reaction.id, "continue", "seen", *when),
    )
    for who in (lapsed, never):
        for act in acts:
            with pytest.raises(Refused) as refusal:
                act(who, TODAY, NOW)
            assert codes(refusal) == ("not-qualified",)
