"""Kits for everybody, at the desk of the admin: composed of what is for sale, and ended. None is edited: orders keep its name."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from storefront import clock
from storefront.admin import bp
from storefront.db import transaction
from storefront.orders import kits as composing
from storefront.orders.kit_standing import ended_kits, kits_standing
from storefront.plain_text import one_line
from storefront.roles import ADMIN, open_to, signed_in


class KitForm(FlaskForm):
    name = StringField("Name", [DataRequired("What is it called?"), Length(max=80)], filters=[one_line])
    parts = StringField(
        "SKUs of its parts",
        [DataRequired("Which products are in it?"), Length(max=400)],
        filters=[one_line],
        description="One of each, separated by spaces: a roller and a serum, such as RL-020 SE-CALM.",
    )
    leaflet = TextAreaField(
        "Leaflet",
        [DataRequired("What does the leaflet say?"), Length(max=4000)],
        description="Printed on the slip in the parcel, and read before buying.",
    )

    @property
    def told(self) -> composing.KitTold:
        skus = tuple(dict.fromkeys((self.parts.data or "").upper().split()))
        return composing.KitTold(self.name.data or "", skus, (self.leaflet.data or "").strip())


@bp.get("/kits")
@open_to(ADMIN)
def kits() -> str:
    return _page(KitForm(formdata=None))


def _page(form: KitForm) -> str:
    told = {"kits": kits_standing(None, clock.today()), "ended": ended_kits(None)}
    return render_template("admin/kits.html", form=form, **told)


@bp.post("/kits")
@open_to(ADMIN)
def make_kit() -> Any:
    form, now = KitForm(), clock.now()
    if not form.validate_on_submit():
        return _page(form), 422
    with transaction():
        composing.make_kit(form.told, signed_in(), now, clock.day_of(now))
    flash("The kit is offered to every client who may have all of it.")
    return redirect(url_for("admin.kits"), 303)


@bp.post("/kits/<code>/ending")
@open_to(ADMIN)
def end_kit(code: str) -> Response:
    try:
        with transaction():
            composing.end_kit(code, signed_in(), clock.now())
    except LookupError:
        abort(404)
    flash("It is not offered any more.")
    return redirect(url_for("admin.kits"), 303)
