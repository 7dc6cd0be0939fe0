"""What a client agreed to, on the clinic's tablet: the client reads and signs it there, with the practitioner beside them, or takes
it back."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from storefront import clock
from storefront.db import transaction
from storefront.eligibility import actions
from storefront.eligibility.consent_records import consents_of
from storefront.eligibility.consent_rules import sheets
from storefront.eligibility.consent_texts import KINDS, load_texts
from storefront.eligibility.models import Client
from storefront.practitioner import bp
from storefront.practitioner.desk import client_id_of, read_record
from storefront.practitioner.forms import ConsentForm, distinct
from storefront.practitioner.pictures import age_on
from storefront.roles import PRACTITIONER, open_to, signed_in


def known(kind: str) -> str:
    return kind if kind in KINDS else abort(404)


@bp.get("/clients/<number>/consents")
@open_to(PRACTITIONER)
def consents(number: str) -> str:
    return _consents_page(read_record(number), None)


def _consents_page(client: Client, bound: ConsentForm | None, kind: str = "") -> str:
    today = clock.today()
    found = sheets(consents_of(client.id), today, load_texts())
    forms = {sheet.text.kind: distinct(ConsentForm(formdata=None), sheet.text.kind) for sheet in found}
    if bound is not None:
        forms[known(kind)] = distinct(bound, kind)  # type: ignore[index]
    told = {"client": client, "age": age_on(client.born_on, today), "sheets": found, "forms": forms}
    return render_template("practitioner/consents.html", bound=bound, **told)


@bp.post("/clients/<number>/consents/<kind>")
@open_to(PRACTITIONER)
def sign_consent(number: str, kind: str) -> Any:
    client_id, form, now = client_id_of(number), ConsentForm(), clock.now()
    if not form.validate_on_submit():
        return _consents_page(read_record(number), form, kind), 422
    typed, shown = form.typed.data, form.shown.data or ""
    with transaction():
        today = clock.day_of(now)
        actions.sign_consent(client_id, known(kind), typed, shown, signed_in(), today, now, on_tablet=True)
    return _back(number, "It is signed; a copy goes to the client by mail.")


@bp.post("/clients/<number>/consents/<kind>/withdrawal")
@open_to(PRACTITIONER)
def withdraw_consent(number: str, kind: str) -> Any:
    client_id, now = client_id_of(number), clock.now()
    with transaction():
        actions.withdraw_consent(client_id, known(kind), signed_in(), clock.day_of(now), now)
    return _back(number, "It is taken back, from now on.")


def _back(number: str, said: str) -> Response:
    flash(said)
    return redirect(url_for("practitioner.consents", number=number), 303)
