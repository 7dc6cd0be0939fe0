"""Doing: courses of treatments. Only a currently qualified practitioner records or signs; every action locks the client
first and notes the journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from catalogue.journal import Who
from catalogue.verdicts import Refused
from storefront.db import db
from storefront.eligibility.course_rules import (
    all_treatments,
    gaps_of,
    may_complete,
    may_record_treatment,
    may_take_over,
    open_course_of,
)
from storefront.eligibility.models import Client, Completion, Course, GapDecision, SkinSeen, Treatment
from storefront.eligibility.records import clinic_policy, lock_client
from storefront.eligibility.signatures import found_in, insist, insist_qualified, note, signature

MEANING = "I treated this client and judge the course complete."


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentTold:
    """One session as it is told to the record; lengths in micrometres."""

    treated_on: date
    needle_um: int
    area: str = "face"
    device: str = ""
    device_lot: str = ""
    serum: str = ""
    serum_lot: str = ""
    numbing_cream: bool = False
    bleeding: str = "none"
    track_marks: bool = False
    minutes_to_settle: int | None = None
    notes: str = ""
    gap_reason: str = ""


def open_course(client_id: int, by: Who, today: date, now: datetime) -> Course:
    """Begins a course. Refuses when one is under way, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    if open_course_of(client):
        raise Refused.because("course-open", "A course is under way already.", "", "Record the treatment in it.")
    course = Course(opened_at=now, opened_by=by.name, treatments=[], completion=None)
    client.courses.append(course)
    db.session.flush()
    note("course begun", client, by, now, course=course.id)
    return course


def record_treatment(client_id: int, told: TreatmentTold, by: Who, today: date, now: datetime) -> Treatment:
    """Records a session of the course under way. Refuses when there is none, the day cannot be (to come, or too close to
    another), the needle is too long for any treatment, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    course = open_course_of(client)
    insist(may_record_treatment(client, told.treated_on, told.needle_um, clinic_policy(), today))
    if course is None:
        raise AssertionError("the rule refuses without a course")
    treatment = _treatment(told, by, now)
    course.treatments.append(treatment)
    db.session.flush()
    note("treatment recorded", client, by, now, treatment=treatment.id)
    return treatment


def _treatment(told: TreatmentTold, by: Who, now: datetime) -> Treatment:
    values = {name: getattr(told, name) for name in TreatmentTold.__slots__}
    values |= {"practitioner_id": by.id, "practitioner_name": by.name, "gap_decision": None, "skin_seen": None}
    return Treatment(**values, **signature(by, now))


def explain_gap(client_id: int, treatment_id: int, why: str, by: Who, today: date, now: datetime) -> Treatment:
    """Notes why the gap before a treatment is out of the usual window. Refuses when a reason is there already, none is
    given, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    treatment = found_in(all_treatments(client), treatment_id, "treatment")
    if treatment.gap_reason.strip() or not why.strip():
        raise Refused.because("gap-reason", "A reason is noted already, or none was given.", "", "Write the reason.")
    treatment.gap_reason = why.strip()
    note("gap explained", client, by, now, treatment=treatment.id)
    return treatment


def decide_gap(
    client_id: int, treatment_id: int, counts: bool, why: str, by: Who, today: date, now: datetime
) -> GapDecision:
    """Decides whether a course still counts after a gap above the longest. Refuses when nothing is to be decided there, no
    reason is given, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    policy = clinic_policy()
    open_gaps = [gap for course in client.courses for gap in gaps_of(course, policy) if gap.is_undecided]
    if not why.strip() or treatment_id not in {gap.treatment.id for gap in open_gaps}:
        raise Refused.because("no-gap", "There is no gap to decide, or no reason was given.", "", "Write the reason.")
    treatment = found_in(all_treatments(client), treatment_id, "treatment")
    treatment.gap_decision = GapDecision(counts=counts, why=why.strip(), **signature(by, now))
    note("gap decided", client, by, now, treatment=treatment.id)
    return treatment.gap_decision


def see_skin(client_id: int, treatment_id: int, seen: str, by: Who, today: date, now: datetime) -> SkinSeen:
    """Notes that the skin was seen again after an over-treatment. Refuses when there was none or it was seen already, no note
    is given, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    treatment = found_in(all_treatments(client), treatment_id, "treatment")
    if not treatment.is_over_treated or treatment.skin_seen is not None or not seen.strip():
        raise Refused.because("nothing-to-see", "Nothing is to be seen again, or no note was given.")
    treatment.skin_seen = SkinSeen(note=seen.strip(), **signature(by, now))
    note("client seen again", client, by, now, treatment=treatment.id)
    return treatment.skin_seen


def complete_course(client_id: int, by: Who, today: date, now: datetime, meaning: str = MEANING) -> Completion:
    """Signs the course under way as complete. Refuses when treatments are missing, too close without a reason or after an
    undecided gap, an over-treated skin was not seen again, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    course = open_course_of(client)
    insist(may_complete(client, course, clinic_policy()))
    if course is None:
        raise AssertionError("the rule refuses without a course")
    course.completion = Completion(meaning=meaning, **signature(by, now))
    note("course completed", client, by, now, course=course.id)
    return course.completion


def take_over_course(
    client_id: int, told: Sequence[TreatmentTold], attestation: str, by: Who, today: date, now: datetime
) -> Course:
    """Records a course that was completed before the shop existed, from the clinic's papers and marked so. A gap above the
    longest counts by the reason given with it. Refuses what `may_take_over` refuses, without an attestation, when a course
    is under way, or when `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    policy = clinic_policy()
    insist(may_take_over(client, told, policy, today))
    if not attestation.strip():
        raise Refused.because("attestation", "The attestation is missing.", "", "Say what you have seen.")
    treatments = [_treatment(one, by, now) for one in sorted(told, key=lambda one: one.treated_on)]
    completion = Completion(meaning=attestation.strip(), **signature(by, now))
    course = Course(
        origin="papers",
        attestation=attestation.strip(),
        opened_at=now,
        opened_by=by.name,
        treatments=treatments,
        completion=completion,
    )
    client.courses.append(course)
    for gap in gaps_of(course, policy):
        if gap.is_undecided:
            gap.treatment.gap_decision = GapDecision(counts=True, why=gap.treatment.gap_reason, **signature(by, now))
    _see_healed(client, course, by, now)
    db.session.flush()
    note("course taken over from papers", client, by, now, course=course.id)
    return course


def _see_healed(client: Client, course: Course, by: Who, now: datetime) -> None:
    """Of an over-treatment in the papers the notes say how the skin was when it was seen again. Refuses without them."""
    for treatment in course.treatments:
        if treatment.is_over_treated and not treatment.notes.strip():
            text = f"{client.number}: say how the skin healed after {treatment.treated_on}."
            raise Refused.because("over-treated", text, "the practitioner", "Write it in the notes.")
        if treatment.is_over_treated:
            treatment.skin_seen = SkinSeen(note=treatment.notes, **signature(by, now))
