"""Doing: courses of treatments. Only a currently qualified practitioner records or signs; every action locks the client
first and notes the journal."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from catalogue.journal import Who
from catalogue.verdicts import Reason, Refused, Verdict, require
from storefront.db import db
from storefront.eligibility.consent_models import Consent
from storefront.eligibility.consent_records import consent_for, consents_of
from storefront.eligibility.consent_rules import consent_missing
from storefront.eligibility.consent_texts import load_texts
from storefront.eligibility.course_rules import (
    all_treatments,
    gaps_of,
    may_complete,
    may_correct_treatment,
    may_record_treatment,
    may_take_over,
    open_course_of,
)
from storefront.eligibility.models import Client, Completion, Course, GapDecision, SkinSeen, Treatment
from storefront.eligibility.photos import seal_file
from storefront.eligibility.records import clinic_policy, lock_client
from storefront.eligibility.screening_rules import current_screening
from storefront.eligibility.signatures import found_in, insist_qualified, note, signature
from storefront.eligibility.treatments import TreatmentTold, corrected, load_parts, told_of, written

MEANING = "I treated this client and judge the course complete."
FROM_PAPER = "I have seen the paper that is kept with this course, and judge the course complete."


def open_course(client_id: int, by: Who, today: date, now: datetime) -> Course:
    """Begins a course. Refuses when one is under way, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    if open_course_of(client):
        raise Refused.because("course-open", "A course is under way already.", "", "Record the treatment in it.")
    course = Course(opened_at=now, opened_by=by.name, versions=[], completions=[])
    client.courses.append(course)
    db.session.flush()
    note("course begun", client, by, now, course=course.id)
    return course


def record_treatment(client_id: int, told: TreatmentTold, by: Who, today: date, now: datetime) -> Treatment:
    """Records a session of the course under way. Refuses when there is none, the client had not agreed to it by that day, the
    day cannot be (to come, or too close to another), the needle is too long for any treatment, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    course = open_course_of(client)
    consent = consent_for(client.id, "treatment", told.treated_on)
    _insist_agreed(client, told.treated_on, consent, may_record_treatment(client, told, clinic_policy(), today))
    if course is None:
        raise AssertionError("the rule refuses without a course")
    treatment = written(told, by, now)
    treatment.consent_id = consent.id if consent else None
    treatment.screening_id = getattr(current_screening(client), "id", None)
    course.versions.append(treatment)
    db.session.flush()
    note("treatment recorded", client, by, now, treatment=treatment.id)
    return treatment


def _insist_agreed(client: Client, treated_on: date, consent: Consent | None, verdict: Verdict) -> None:
    """Every reason at once: what the rule says, and a consent that is missing."""
    missing: tuple[Reason, ...] = ()
    if consent is None:
        missing = (consent_missing(consents_of(client.id), treated_on, load_texts()),)
    require(Verdict((*missing, *verdict.reasons)))


def correct_treatment(
    client_id: int,
    treatment_id: int,
    told: TreatmentTold,
    why: str,
    by: Who,
    today: date,
    now: datetime,
    is_struck: bool = False,
) -> Treatment:
    """Writes the next version of a session, with the reason; `is_struck`: it did not take place. What was decided about what is
    corrected is asked again. Refuses what the rule refuses, a day to which no consent reaches, or when `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    treatment = found_in(all_treatments(client), treatment_id, "treatment")
    load_parts([treatment])
    is_changed = is_struck or told != told_of(treatment)
    verdict = may_correct_treatment(client, treatment, told, is_changed, why, clinic_policy(), today)
    course = next(each for each in client.courses if treatment in each.versions)
    if course.origin == "clinic" and told.treated_on != treatment.treated_on:
        _insist_agreed(client, told.treated_on, consent_for(client.id, "treatment", told.treated_on), verdict)
    require(verdict)
    version = corrected(treatment, told, why.strip(), by, now, is_struck)
    course.versions.append(version)
    db.session.flush()
    note("treatment corrected", client, by, now, treatment=version.id, was=treatment.id)
    return version


def explain_gap(client_id: int, treatment_id: int, why: str, by: Who, today: date, now: datetime) -> Treatment:
    """Notes why the gap before a treatment is out of the usual window. Refuses when a reason is there already, none is
    given, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    treatment = found_in(all_treatments(client), treatment_id, "treatment")
    gaps = [gap for course in client.courses for gap in gaps_of(course, clinic_policy())]
    gap = next((gap for gap in gaps if gap.treatment is treatment), None)
    is_explained = gap.has_reason if gap else treatment.gap_reason.strip() != ""
    if is_explained or not why.strip():
        raise Refused.because("gap-reason", "A reason is noted already, or none was given.", "", "Write the reason.")
    load_parts([treatment])
    told = replace(told_of(treatment), gap_reason=why.strip())
    return correct_treatment(client_id, treatment_id, told, "The reason for the gap was missing.", by, today, now)


def decide_gap(
    client_id: int, treatment_id: int, counts: bool, why: str, by: Who, today: date, now: datetime
) -> GapDecision:
    """Decides whether a course still counts after a gap above the longest. Refuses when nothing is to be decided there, no
    reason is given, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    policy = clinic_policy()
    gaps = [gap for course in client.courses for gap in gaps_of(course, policy) if gap.is_undecided]
    gap = next((gap for gap in gaps if gap.treatment.id == treatment_id), None)
    if not why.strip() or gap is None:
        raise Refused.because("no-gap", "There is no gap to decide, or no reason was given.", "", "Write the reason.")
    decision = GapDecision(days=gap.days, counts=counts, why=why.strip(), **signature(by, now))
    gap.treatment.gap_decisions.append(decision)
    note("gap decided", client, by, now, treatment=treatment_id)
    return decision


def see_skin(client_id: int, treatment_id: int, seen: str, by: Who, today: date, now: datetime) -> SkinSeen:
    """Notes that the skin was seen again after an over-treatment. Refuses when there was none or it was seen already, no note
    is given, on the day of the treatment itself, because nothing has shown by then, or when `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    treatment = found_in(all_treatments(client), treatment_id, "treatment")
    if not treatment.is_over_treated or treatment.is_seen_again or not seen.strip():
        raise Refused.because("nothing-to-see", "Nothing is to be seen again, or no note was given.")
    if today <= treatment.treated_on:
        told = "This is the day of the treatment itself: what it did shows later."
        raise Refused.because("not-again", told, "the practitioner", "See the skin again on a later day.")
    treatment.skin_seen = SkinSeen(note=seen.strip(), **signature(by, now))
    note("client seen again", client, by, now, treatment=treatment.id)
    return treatment.skin_seen


def complete_course(client_id: int, by: Who, today: date, now: datetime, meaning: str = MEANING) -> Completion:
    """Signs the course under way as complete. Refuses when treatments are missing, too close without a reason or after an
    undecided gap, an over-treated skin was not seen again, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    course = open_course_of(client)
    require(may_complete(client, course, clinic_policy()))
    if course is None:
        raise AssertionError("the rule refuses without a course")
    completion = Completion(meaning=meaning, **signature(by, now))
    course.completions.append(completion)
    note("course completed", client, by, now, course=course.id)
    return completion


def take_over_course(
    client_id: int,
    told: Sequence[TreatmentTold],
    attestation: str,
    by: Who,
    today: date,
    now: datetime,
    paper: bytes = b"",
) -> Course:
    """Records a course that was completed before the shop existed, from the clinic's papers and marked so; `paper` is a copy of
    them, kept under seal. A gap above the longest counts by the reason given with it. Refuses what `may_take_over` refuses, with
    neither attestation nor paper, when a course is under way, or when `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    policy = clinic_policy()
    require(may_take_over(client, told, policy, today))
    if not attestation.strip() and not paper:
        text = "Neither attestation nor document is there."
        raise Refused.because("attestation", text, "", "Say what you have seen, or add a copy of it.")
    treatments = [written(one, by, now) for one in sorted(told, key=lambda one: one.treated_on)]
    completion = Completion(meaning=attestation.strip() or FROM_PAPER, **signature(by, now))
    course = Course(origin="papers", attestation=attestation.strip(), opened_at=now, opened_by=by.name)
    course.versions, course.completions = treatments, [completion]
    if paper:
        course.paper_id = seal_file(client, "The document", paper, now).id
    client.courses.append(course)
    db.session.flush()
    for gap in list(gaps_of(course, policy)):
        if gap.is_undecided:
            decision = GapDecision(days=gap.days, counts=True, why=gap.treatment.gap_reason, **signature(by, now))
            gap.treatment.gap_decisions.append(decision)
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
