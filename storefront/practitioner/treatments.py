"""Sessions at the desk: recording one, reading the history of one, and correcting it by a new version with its reason."""

from datetime import date, timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from catalogue.verdicts import Refused, Stale, Verdict
from storefront import clock, errors
from storefront.db import transaction
from storefront.eligibility.consent_records import consent_for
from storefront.eligibility.course_rules import all_treatments, counted, open_course_of
from storefront.eligibility.models import Client, Treatment
from storefront.eligibility.policy import Policy
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.screening_rules import current_screening
from storefront.eligibility.treatment_changes import area_in_words, versions_of
from storefront.eligibility.treatments import load_parts, told_of
from storefront.orders import stopping
from storefront.practitioner import bp
from storefront.practitioner.desk import client_id_of, read_record, record_of, signer
from storefront.practitioner.pictures import age_on
from storefront.practitioner.treatment_forms import NUMERALS, CorrectionForm, TreatmentForm, as_typed, proposed
from storefront.roles import PRACTITIONER, open_to, signed_in


def back_to(number: str, said: str) -> Response:
    flash(said)
    return redirect(url_for("practitioner.client", number=number), 303)


@bp.get("/clients/<number>/treatments")
@open_to(PRACTITIONER)
def treatments(number: str) -> str:
    return _treatments_page(read_record(number), None)


def _treatments_page(client: Client, form: TreatmentForm | None, verdict: Verdict | None = None) -> str:
    """The form, filled in from the last session, over all sessions so far; `form` is one that came back, `verdict` why it was
    not taken."""
    policy, today = clinic_policy(), clock.today()
    everything = [version for course in client.courses for version in course.versions]
    load_parts(everything)
    done = all_treatments(client)[::-1]
    return render_template(
        "practitioner/treatments.html",
        client=client,
        age=age_on(client.born_on, today),
        course=open_course_of(client),
        policy=policy,
        form=form or TreatmentForm(formdata=None, **_proposed(client, policy, today)),
        consent=consent_for(client.id, "treatment", today),
        screening=current_screening(client),
        done=[(each, told_of(each)) for each in done],
        struck=[each for each in everything if each.is_struck],
        area_in_words=area_in_words,
        numerals=NUMERALS,
        verdict=verdict,
        signer=signer(today),
    )


def _proposed(client: Client, policy: Policy, today: date) -> dict[str, Any]:
    last, course = all_treatments(client)[-1:], open_course_of(client)
    is_last = course is not None and len(counted(course, policy)) + 1 >= policy.treatments_in_course
    next_on = None if is_last else today + timedelta(days=policy.usual_gap_from_days)
    return proposed(told_of(last[0]) if last else None, today, next_on)


@bp.post("/clients/<number>/treatments")
@open_to(PRACTITIONER)
def record_treatment(number: str) -> Any:
    client_id, form = client_id_of(number), TreatmentForm()
    if not form.validate_on_submit():
        return _treatments_page(read_record(number), form), 422
    now = clock.now()
    try:
        with transaction():
            stopping.record_treatment(client_id, form.told(), signed_in(), clock.day_of(now), now)
    except Refused as refused:
        verdict = refused.verdict
        return errors.refused(refused, lambda: _treatments_page(read_record(number), form, verdict))
    return back_to(number, "The treatment is recorded.")


def treatment_on(client: Client, day: str) -> Treatment:
    """The client's treatment of that day; 404 when there is none."""
    try:
        treated_on = date.fromisoformat(day)
    except ValueError:
        abort(404)
    that_day = [treatment for treatment in all_treatments(client) if treatment.treated_on == treated_on]
    return that_day[-1] if that_day else abort(404)


def treatment_id_of(number: str, day: str) -> tuple[int, int]:
    """The client's id and the treatment's; 404 when that day has none."""
    client = record_of(number)
    return client.id, treatment_on(client, day).id


@bp.get("/clients/<number>/treatments/<day>")
@open_to(PRACTITIONER)
def treatment(number: str, day: str) -> str:
    treatment_on(record_of(number), day)
    return _history_page(read_record(number), day, None)


def _history_page(client: Client, day: str, form: CorrectionForm | None, verdict: Verdict | None = None) -> str:
    """One session with all its versions, and the form that makes the next; `verdict` says why one was not taken."""
    found = treatment_on(client, day)
    load_parts(list(found.history))
    return render_template(
        "practitioner/treatment.html",
        client=client,
        age=age_on(client.born_on, clock.today()),
        treatment=found,
        day=day,
        versions=versions_of(found),
        form=form or CorrectionForm(formdata=None, **as_typed(told_of(found))),
        policy=clinic_policy(),
        verdict=verdict,
    )


@bp.post("/clients/<number>/treatments/<day>/correction")
@open_to(PRACTITIONER)
def correct_treatment(number: str, day: str) -> Any:
    before = treatment_on(record_of(number), day)
    form, now = CorrectionForm(), clock.now()
    if not form.validate_on_submit():
        return _history_page(read_record(number), day, form), 422
    if form.shown.data != str(len(list(before.history))):
        raise Stale.because("changed-meanwhile", "Somebody corrected this session meanwhile.", "", "Read it anew.")
    load_parts([before])
    told, why, is_struck = form.corrected(told_of(before)), form.why.data, form.is_struck.data
    by, client_id = signed_in(), client_id_of(number)
    try:
        with transaction():
            stopping.correct_treatment(client_id, before.id, told, why, by, clock.day_of(now), now, is_struck)
    except Refused as refused:
        verdict = refused.verdict
        return errors.refused(refused, lambda: _history_page(read_record(number), day, form, verdict))
    return back_to(number, "The correction is signed; what stood before can still be read.")
