"""What the client agreed to, on their own page: read, sign, take back; and the pictures that are kept under it."""

from typing import Any

from flask import Response, abort, flash, redirect, render_template, url_for

from catalogue.pictures import FORMATS
from storefront import clock
from storefront.db import db, transaction
from storefront.eligibility import actions
from storefront.eligibility.consent_records import consent_for, consents_of, open_file, photos_of
from storefront.eligibility.consent_rules import by_view, sheets
from storefront.eligibility.consent_texts import KINDS, load_texts
from storefront.eligibility.models import Client
from storefront.files import hand_out
from storefront.roles import CLIENT, open_to, signed_in
from storefront.shop import bp
from storefront.shop.forms import ConsentForm
from storefront.shop.whose import my_client_id


def known(kind: str) -> str:
    return kind if kind in KINDS else abort(404)


@bp.get("/care/consents")
@open_to(CLIENT)
def consents() -> str:
    return _consents_page(None)


def _consents_page(bound: ConsentForm | None, kind: str = "") -> str:
    me = db.session.get_one(Client, my_client_id())
    found = sheets(consents_of(me.id), clock.today(), load_texts())
    forms = {sheet.text.kind: ConsentForm(formdata=None) for sheet in found}
    if bound is not None:
        forms[known(kind)] = bound  # type: ignore[index]
    for of_kind, form in forms.items():
        form.typed.id = form.typed.label.field_id = f"{of_kind}-typed"
    return render_template("shop/consents.html", client=me, sheets=found, forms=forms, bound=bound)


@bp.post("/care/consents/<kind>")
@open_to(CLIENT)
def sign_consent(kind: str) -> Any:
    """After the consent to treatment, the last step of who comes for the first time, it goes on to their care."""
    client_id, form, now = my_client_id(), ConsentForm(), clock.now()
    if not form.validate_on_submit():
        return _consents_page(form, kind), 422
    with transaction():
        typed, shown = form.typed.data or "", form.shown.data or ""
        actions.sign_consent(client_id, known(kind), typed, shown, signed_in(), clock.day_of(now), now)
    flash("Thank you. It is signed, and a copy is on its way to you by mail.")
    return redirect(url_for("shop.care" if kind == "treatment" else "shop.consents"), 303)


@bp.post("/care/consents/<kind>/withdrawal")
@open_to(CLIENT)
def withdraw_consent(kind: str) -> Any:
    client_id, now = my_client_id(), clock.now()
    with transaction():
        actions.withdraw_consent(client_id, known(kind), signed_in(), clock.day_of(now), now)
    flash("It is taken back, from now on.")
    return redirect(url_for("shop.consents"), 303)


@bp.get("/care/photos")
@open_to(CLIENT)
def my_photos() -> str:
    client_id = my_client_id()
    agreed = consent_for(client_id, "photos", clock.today())
    return render_template("shop/photos.html", views=by_view(photos_of(client_id)), agreed=agreed)


@bp.get("/care/photos/<token>")
@open_to(CLIENT)
def my_photo(token: str) -> Response:
    media_type, content = open_file(my_client_id(), token) or abort(404)
    return hand_out(content, media_type, "file", is_saved=media_type not in FORMATS)
