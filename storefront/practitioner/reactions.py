"""Reactions and allergies at the desk. Any outcome but to go on takes the approval back in the same transaction."""

from io import BytesIO
from typing import Any

from flask import Response, abort, current_app, flash, send_file

from catalogue.allergens import is_recognised
from storefront import clock
from storefront.db import transaction
from storefront.eligibility.signatures import registration_of
from storefront.orders import outcomes, stopping
from storefront.orders.reaction_report import Reporter, case_of, draw
from storefront.practitioner import bp
from storefront.practitioner.courses import back_to
from storefront.practitioner.desk import client_id_of, desk, read_record, record_of
from storefront.practitioner.forms import AllergyForm, OutcomeForm
from storefront.practitioner.pictures import age_on
from storefront.roles import PRACTITIONER, open_to, signed_in


@bp.post("/clients/<number>/reactions/<int:nth>/outcome")
@open_to(PRACTITIONER)
def close_reaction(number: str, nth: int) -> Any:
    client = record_of(number)
    if not 1 <= nth <= len(client.reactions):
        abort(404)
    client_id, reaction_id = client.id, client.reactions[nth - 1].id
    form, now = OutcomeForm(), clock.now()
    today, by = clock.day_of(now), signed_in()
    if not form.validate_on_submit():
        return desk(number, form, f"reaction-{nth}"), 422
    outcome, told = form.outcome.data, form.note.data
    with transaction():
        outcomes.close_reaction(client_id, reaction_id, outcome, told, by, today, now)
    return back_to(number, "The report is closed; the client is told.")


@bp.get("/clients/<number>/reactions/<int:nth>/report")
@open_to(PRACTITIONER)
def reaction_report(number: str, nth: int) -> Response:
    """The document for the authority or the maker; drawn, never sent from here."""
    client = read_record(number)
    if not 1 <= nth <= len(client.reactions):
        abort(404)
    now = clock.now()
    case = case_of(client, client.reactions[nth - 1])
    drawn = draw(case, _reporter(), age_on(client.born_on, clock.day_of(now)), now)
    name = f"reaction-{client.number}-{nth}.pdf"
    return send_file(BytesIO(drawn), mimetype="application/pdf", as_attachment=True, download_name=name)


def _reporter() -> Reporter:
    settings, by = current_app.config["SETTINGS"], signed_in()
    registration = registration_of(by, clock.today())
    at = (settings.clinic_name, settings.clinic_address, settings.clinic_phone, settings.clinic_email)
    return Reporter(by, registration, *at)


@bp.post("/clients/<number>/allergies")
@open_to(PRACTITIONER)
def add_allergy(number: str) -> Any:
    client_id, form, now = client_id_of(number), AllergyForm(), clock.now()
    if not form.validate_on_submit():
        return desk(number, form, "allergy"), 422
    with transaction():
        stopping.add_allergy(client_id, form.name.data, signed_in(), now)
    if not is_recognised(form.name.data):
        flash(f"“{form.name.data}” is no name the shop knows: only a label that says just this is refused.", "soon")
    return back_to(number, "The allergy is on record.")
