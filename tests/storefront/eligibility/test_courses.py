"""Recording and completing courses: who may, what is refused, and that a refusal leaves no trace."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.journal import JournalEntry
from catalogue.verdicts import Refused
from storefront.eligibility import actions
from storefront.eligibility.models import Completion, Course, Treatment
from storefront.eligibility.rules import current_course
from tests.storefront.eligibility import people
from tests.storefront.eligibility.people import NOW, TODAY


def codes(refusal: pytest.ExceptionInfo[Refused]) -> tuple[str, ...]:
    return refusal.value.verdict.codes


def test_a_course_is_recorded_and_signed_as_complete(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    people.treat(client.id, by, *people.usual_days())
    actions.complete_course(client.id, by, TODAY, NOW)
    course = current_course(people.reloaded(client.id))
    assert course is not None
    assert course.completion is not None
    assert (course.completion.by_name, course.completion.at) == (by.name, NOW)
    assert [treatment.practitioner_id for treatment in course.treatments] == [by.id] * 3


def test_each_act_leaves_its_line_in_the_journal_with_the_number_alone(session: Session) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    entries = session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    assert [entry.verb for entry in entries] == [
        "client registered", "course begun", *["treatment recorded"] * 3, "course completed", "screening answered",
        "approval granted",
    ]  # fmt: skip
    assert {(entry.subject, entry.reference) for entry in entries} == {("client", client.number)}


@pytest.mark.parametrize("until", [None, TODAY - timedelta(days=1)])
def test_who_has_no_valid_certificate_records_and_signs_nothing(session: Session, until: date | None) -> None:
    by, lapsed = people.practitioner(), people.practitioner("Lara Lapsed", until)
    client = people.client(by)
    people.treat(client.id, by, *people.usual_days())
    for act in (
        lambda: actions.record_treatment(client.id, people.told(TODAY), lapsed, TODAY, NOW),
        lambda: actions.complete_course(client.id, lapsed, TODAY, NOW),
        lambda: actions.open_course(client.id, lapsed, TODAY, NOW),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert codes(refusal) == ("not-qualified",)
    assert session.scalar(select(func.count(Completion.id))) == 0


def test_the_last_day_of_a_certificate_is_a_day_of_work(session: Session) -> None:
    by = people.practitioner(until=TODAY)
    client = people.client(by)
    people.treat(client.id, by, TODAY)
    assert len(people.reloaded(client.id).courses[0].treatments) == 1


@pytest.mark.parametrize(("days", "refused"), [(27, ("treatments-too-close",)), (28, ()), (41, ()), (42, ()), (85, ())])
def test_a_treatment_closer_than_28_days_cannot_be_recorded(
    session: Session, days: int, refused: tuple[str, ...]
) -> None:
    by = people.practitioner()
    client = people.client(by)
    people.treat(client.id, by, TODAY - timedelta(days=days))
    if not refused:
        actions.record_treatment(client.id, people.told(TODAY), by, TODAY, NOW)
        return
    with pytest.raises(Refused) as refusal:
        actions.record_treatment(client.id, people.told(TODAY), by, TODAY, NOW)
    assert codes(refusal) == refused


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"day": TODAY + timedelta(days=1)}, "in-the-future"),
        ({"areas": (actions.AreaTold(needle_um=500), actions.AreaTold(needle_um=3001))}, "needle-length"),
        ({"areas": (actions.AreaTold(needle_um=0),)}, "needle-length"),
        ({"areas": ()}, "no-area"),
        ({"next_on": TODAY + timedelta(days=27)}, "next-too-soon"),
    ],
)
def test_what_cannot_have_happened_is_not_recorded(session: Session, told: dict[str, object], code: str) -> None:
    by = people.practitioner()
    client = people.client(by)
    actions.open_course(client.id, by, TODAY, NOW)
    with pytest.raises(Refused) as refusal:
        actions.record_treatment(client.id, people.told(**{"day": TODAY, **told}), by, TODAY, NOW)  # type: ignore[arg-type]
    assert codes(refusal) == (code,)
    assert session.scalar(select(func.count(Treatment.id))) == 0


def test_a_treatment_needs_a_course_under_way_and_two_never_run(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    with pytest.raises(Refused) as refusal:
        actions.record_treatment(client.id, people.told(TODAY), by, TODAY, NOW)
    assert codes(refusal) == ("no-course",)
    actions.open_course(client.id, by, TODAY, NOW)
    with pytest.raises(Refused) as refusal:
        actions.open_course(client.id, by, TODAY, NOW)
    assert codes(refusal) == ("course-open",)


def test_a_close_gap_blocks_the_completion_until_it_is_explained(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    people.treat(client.id, by, *(TODAY - timedelta(days=days) for days in (130, 80, 50)))
    with pytest.raises(Refused) as refusal:
        actions.complete_course(client.id, by, TODAY, NOW)
    assert codes(refusal) == ("treatments-too-close",)
    last = people.reloaded(client.id).courses[0].treatments[-1]
    actions.explain_gap(client.id, last.id, "before a journey", by, TODAY, NOW)
    actions.complete_course(client.id, by, TODAY, NOW)


@pytest.mark.parametrize("counts", [True, False])
def test_a_gap_above_84_days_waits_for_a_decision(session: Session, counts: bool) -> None:
    by = people.practitioner()
    client = people.client(by)
    people.treat(client.id, by, *(TODAY - timedelta(days=days) for days in (200, 100, 50)))
    with pytest.raises(Refused) as refusal:
        actions.complete_course(client.id, by, TODAY, NOW)
    assert codes(refusal) == ("course-incomplete",)
    second = people.reloaded(client.id).courses[0].treatments[1]
    actions.decide_gap(client.id, second.id, counts, "was ill", by, TODAY, NOW)
    with pytest.raises(Refused) as refusal:
        actions.decide_gap(client.id, second.id, not counts, "on second thought", by, TODAY, NOW)
    assert codes(refusal) == ("no-gap",)
    if counts:
        actions.complete_course(client.id, by, TODAY, NOW)
    else:
        with pytest.raises(Refused):
            actions.complete_course(client.id, by, TODAY, NOW)


def test_an_over_treated_skin_is_seen_again_before_the_course_is_complete(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    people.treat(client.id, by, *people.usual_days(), bleeding="more")
    with pytest.raises(Refused) as refusal:
        actions.complete_course(client.id, by, TODAY, NOW)
    assert codes(refusal) == ("over-treated",) * 3
    for treatment in people.reloaded(client.id).courses[0].treatments:
        with pytest.raises(Refused) as refusal:
            actions.see_skin(client.id, treatment.id, "calm", by, treatment.treated_on, NOW)
        assert codes(refusal) == ("not-again",)
        actions.see_skin(client.id, treatment.id, "calm, no marks", by, TODAY, NOW)
    actions.complete_course(client.id, by, TODAY, NOW)
    with pytest.raises(Refused):
        actions.see_skin(client.id, treatment.id, "again", by, TODAY, NOW)


def test_a_course_is_taken_over_from_papers_with_its_attestation(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    days = [TODAY - timedelta(days=days) for days in (300, 210, 160)]
    told = [people.told(days[0]), people.told(days[1], gap_reason="was ill"), people.told(days[2])]
    actions.take_over_course(client.id, told, "I have seen the card of 2026.", by, TODAY, NOW)
    course = people.reloaded(client.id).courses[0]
    assert (course.origin, course.attestation) == ("papers", "I have seen the card of 2026.")
    assert course.completion is not None
    assert [decision.counts for decision in course.treatments[1].gap_decisions] == [True]


@pytest.mark.parametrize(
    ("back", "reason", "attestation", "code"),
    [
        ((300, 210), "", "seen", "course-incomplete"),
        ((300, 210, 160), "", "seen", "course-incomplete"),
        ((300, 280, 230), "because", "seen", "treatments-too-close"),
        ((300, 265, 210), "", "seen", "treatments-too-close"),
        ((300, 250, 200), "", " ", "attestation"),
        ((100, 50, -1), "", "seen", "in-the-future"),
    ],
)
def test_papers_that_show_no_whole_course_are_refused(
    session: Session, back: tuple[int, ...], reason: str, attestation: str, code: str
) -> None:
    by = people.practitioner()
    client = people.client(by)
    told = [people.told(TODAY - timedelta(days=days), gap_reason=reason) for days in back]
    with pytest.raises(Refused) as refusal:
        actions.take_over_course(client.id, told, attestation, by, TODAY, NOW)
    assert code in codes(refusal)
    assert session.scalar(select(func.count(Course.id))) == 0


def test_papers_that_show_an_over_treatment_say_how_the_skin_healed(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    days = [TODAY - timedelta(days=days) for days in (300, 250, 200)]
    told = [people.told(days[0]), people.told(days[1], track_marks=True), people.told(days[2])]
    with pytest.raises(Refused) as refusal:
        actions.take_over_course(client.id, told, "seen", by, TODAY, NOW)
    assert codes(refusal) == ("over-treated",)
    session.rollback()
    by = people.practitioner()
    client = people.client(by)
    told[1] = people.told(days[1], track_marks=True, notes="gone after ten days")
    actions.take_over_course(client.id, told, "seen", by, TODAY, NOW)
    seen = people.reloaded(client.id).courses[0].treatments[1].skin_seen
    assert seen is not None
    assert seen.note == "gone after ten days"


def test_no_treatment_is_close_to_one_of_another_course(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    people.treat(client.id, by, *people.usual_days())
    actions.complete_course(client.id, by, TODAY, NOW)
    actions.open_course(client.id, by, TODAY, NOW)
    last = people.usual_days()[-1]
    with pytest.raises(Refused) as refusal:
        actions.record_treatment(client.id, people.told(last + timedelta(days=27)), by, TODAY, NOW)
    assert codes(refusal) == ("treatments-too-close",)
    actions.record_treatment(client.id, people.told(last + timedelta(days=28)), by, TODAY, NOW)
