"""Courses at the desk: beginning one, recording treatments, settling gaps, signing it as complete, taking one over."""

from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from storefront import clock
from storefront.db import transaction
from storefront.eligibility import actions
from storefront.eligibility.course_rules import all_treatments, open_course_of
from storefront.eligibility.models import Client
from storefront.eligibility.records import clinic_policy
from storefront.orders import stopping
from storefront.practitioner import bp
from storefront.practitioner.desk import client_id_of, desk, read_record, record_of
from storefront.practitioner.forms import GapDecisionForm, PapersForm, SeenForm, TreatmentForm, WhyForm, millimetres
from storefront.practitioner.pictures import age_on
from storefront.roles import PRACTITIONER, open_to, signed_in

LIKE_LAST_TIME = ("area", "device", "device_lot", "serum", "serum_lot", "numbing_cream")


def back_to(number: str, said: str) -> Response:
    flash(said)
    return redirect(url_for("practitioner.client", number=number), 303)


@bp.post("/clients/<number>/courses")
@open_to(PRACTITIONER)
def begin_course(number: str) -> Any:
    client_id, now = client_id_of(number), clock.now()
    with transaction():
        actions.open_course(client_id, signed_in(), clock.day_of(now), now)
    flash("A course is begun; record its first treatment.")
    return redirect(url_for("practitioner.treatments", number=number), 303)


@bp.get("/clients/<number>/treatments")
@open_to(PRACTITIONER)
def treatments(number: str) -> str:
    client = read_record(number)
    return _treatments_page(client, TreatmentForm(formdata=None, **_last_values(client)))


def _last_values(client: Client) -> dict[str, Any]:
    """What the form proposes: the last session's values, today."""
    last = all_treatments(client)[-1:]
    proposed: dict[str, Any] = {"treated_on": clock.today(), "area": "face"}
    for treatment in last:
        proposed |= {name: getattr(treatment, name) for name in LIKE_LAST_TIME}
        proposed["needle_mm"] = millimetres(treatment.needle_um)
    return proposed


def _treatments_page(client: Client, form: TreatmentForm) -> str:
    told = {"client": client, "form": form, "course": open_course_of(client), "policy": clinic_policy()}
    age = age_on(client.born_on, clock.today())
    return render_template("practitioner/treatments.html", done=all_treatments(client)[::-1], age=age, **told)


@bp.post("/clients/<number>/treatments")
@open_to(PRACTITIONER)
def record_treatment(number: str) -> Any:
    client_id, form = client_id_of(number), TreatmentForm()
    if not form.validate_on_submit():
        return _treatments_page(read_record(number), form), 422
    now = clock.now()
    with transaction():
        stopping.record_treatment(client_id, form.told(), signed_in(), clock.day_of(now), now)
    return back_to(number, "The treatment is recorded.")


def treatment_id_of(number: str, day: str) -> tuple[int, int]:
    """The client's id and the treatment's; 404 when that day has none."""
    client = record_of(number)
    try:
        treated_on = date.fromisoformat(day)
    except ValueError:
        abort(404)
    that_day = [treatment.id for treatment in all_treatments(client) if treatment.treated_on == treated_on]
    return (client.id, that_day[-1]) if that_day else abort(404)


@bp.post("/clients/<number>/treatments/<day>/gap-reason")
@open_to(PRACTITIONER)
def explain_gap(number: str, day: str) -> Any:
    client_id, treatment_id = treatment_id_of(number, day)
    form, now = WhyForm(), clock.now()
    if not form.validate_on_submit():
        return desk(number, form, f"gap-{day}"), 422
    with transaction():
        actions.explain_gap(client_id, treatment_id, form.why.data, signed_in(), clock.day_of(now), now)
    return back_to(number, "The reason is noted.")


@bp.post("/clients/<number>/treatments/<day>/gap-decision")
@open_to(PRACTITIONER)
def decide_gap(number: str, day: str) -> Any:
    client_id, treatment_id = treatment_id_of(number, day)
    form, now = GapDecisionForm(), clock.now()
    if not form.validate_on_submit():
        return desk(number, form, f"decision-{day}"), 422
    counts, why = form.counts.data == "yes", form.why.data
    with transaction():
        stopping.decide_gap(client_id, treatment_id, counts, why, signed_in(), clock.day_of(now), now)
    return back_to(number, "The decision is signed.")


@bp.post("/clients/<number>/treatments/<day>/skin-seen")
@open_to(PRACTITIONER)
def see_skin(number: str, day: str) -> Any:
    client_id, treatment_id = treatment_id_of(number, day)
    form, now = SeenForm(), clock.now()
    if not form.validate_on_submit():
        return desk(number, form, f"seen-{day}"), 422
    with transaction():
        actions.see_skin(client_id, treatment_id, form.note.data, signed_in(), clock.day_of(now), now)
    return back_to(number, "It is noted that you saw the skin again.")


@bp.post("/clients/<number>/completion")
@open_to(PRACTITIONER)
def complete_course(number: str) -> Any:
    client_id, now = client_id_of(number), clock.now()
    with transaction():
        actions.complete_course(client_id, signed_in(), clock.day_of(now), now)
    return back_to(number, "You signed the course as complete.")


@bp.get("/clients/<number>/papers")
@open_to(PRACTITIONER)
def papers(number: str) -> str:
    return _papers_page(read_record(number), PapersForm())


def _papers_page(client: Client, form: PapersForm) -> str:
    age = age_on(client.born_on, clock.today())
    return render_template("practitioner/papers.html", client=client, form=form, age=age)


@bp.post("/clients/<number>/papers")
@open_to(PRACTITIONER)
def take_over_course(number: str) -> Any:
    client_id, form = client_id_of(number), PapersForm()
    if not form.validate_on_submit():
        return _papers_page(read_record(number), form), 422
    now = clock.now()
    with transaction():
        told, attestation = form.told(), form.attestation.data
        stopping.take_over_course(client_id, told, attestation, signed_in(), clock.day_of(now), now)
    return back_to(number, "The course is taken over from the papers.")
