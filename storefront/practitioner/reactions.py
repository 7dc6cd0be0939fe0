"""Reactions at the desk. Any outcome but to go on takes the approval back in the same transaction."""

from io import BytesIO
from typing import Any

from flask import Response, abort, current_app, send_file

from storefront import clock
from storefront.db import transaction
from storefront.eligibility.signatures import registration_of
from storefront.orders import outcomes
from storefront.orders.reaction_report import Reporter, case_of, draw
from storefront.practitioner import bp
from storefront.practitioner.courses import back_to
from storefront.practitioner.desk import desk, read_record, record_of
from storefront.practitioner.forms import OutcomeForm
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
