"""Courses at the desk: beginning one, settling gaps, seeing a skin again, signing it as complete, taking one over."""

from typing import Any

from flask import flash, redirect, render_template, url_for

from catalogue.verdicts import Refused, Verdict
from storefront import clock, errors
from storefront.db import transaction
from storefront.eligibility import actions
from storefront.eligibility.models import Client
from storefront.orders import stopping
from storefront.practitioner import bp
from storefront.practitioner.desk import client_id_of, desk, read_record, signer
from storefront.practitioner.forms import GapDecisionForm, SeenForm, WhyForm
from storefront.practitioner.pictures import age_on
from storefront.practitioner.treatment_forms import PapersForm
from storefront.practitioner.treatments import back_to, treatment_id_of
from storefront.roles import PRACTITIONER, open_to, signed_in


@bp.post("/clients/<number>/courses")
@open_to(PRACTITIONER)
def begin_course(number: str) -> Any:
    client_id, now = client_id_of(number), clock.now()
    with transaction():
        actions.open_course(client_id, signed_in(), clock.day_of(now), now)
    flash("A course is begun; record its first treatment.")
    return redirect(url_for("practitioner.treatments", number=number), 303)


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


def _papers_page(client: Client, form: PapersForm, verdict: Verdict | None = None) -> str:
    today = clock.today()
    told = {"age": age_on(client.born_on, today), "verdict": verdict, "signer": signer(today)}
    return render_template("practitioner/papers.html", client=client, form=form, **told)


@bp.post("/clients/<number>/papers")
@open_to(PRACTITIONER)
def take_over_course(number: str) -> Any:
    client_id, form = client_id_of(number), PapersForm()
    if not form.validate_on_submit():
        return _papers_page(read_record(number), form), 422
    now = clock.now()
    try:
        with transaction():
            told, attestation, paper = form.told(), form.attestation.data, form.paper()
            stopping.take_over_course(client_id, told, attestation, signed_in(), clock.day_of(now), now, paper)
    except Refused as refused:
        verdict = refused.verdict
        return errors.refused(refused, lambda: _papers_page(read_record(number), form, verdict))
    return back_to(number, "The course is taken over from the papers.")
