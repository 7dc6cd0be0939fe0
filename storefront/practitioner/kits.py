"""A kit for one client, made by the practitioner out of what this client may have; nothing else is offered as a part."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from catalogue.products import Product
from storefront import clock
from storefront.db import transaction
from storefront.eligibility.models import Client
from storefront.orders import kits as composing
from storefront.orders.kit_standing import ended_kits, kits_standing
from storefront.plain_text import one_line
from storefront.practitioner import bp
from storefront.practitioner.desk import client_id_of, read_record
from storefront.practitioner.forms import ChecksField
from storefront.practitioner.pictures import age_on
from storefront.roles import PRACTITIONER, open_to, signed_in


class KitForm(FlaskForm):
    name = StringField("Name", [DataRequired("What is it called?"), Length(max=80)], filters=[one_line])
    parts = ChecksField("Its parts, one of each", [InputRequired("Choose two at least.")], validate_choice=False)
    leaflet = TextAreaField(
        "Leaflet",
        [DataRequired("What does the leaflet say?"), Length(max=4000)],
        description="The client reads it before buying; it is printed on the slip in the parcel.",
    )

    def offer(self, products: list[Product]) -> "KitForm":
        self.parts.choices = [SelectChoice(each.sku, each.name) for each in products]
        return self

    @property
    def told(self) -> composing.KitTold:
        skus = tuple(dict.fromkeys(self.parts.data or ()))
        return composing.KitTold(self.name.data or "", skus, (self.leaflet.data or "").strip())


@bp.get("/clients/<number>/kits")
@open_to(PRACTITIONER)
def kits(number: str) -> str:
    return _page(read_record(number), KitForm(formdata=None))


def _page(client: Client, form: KitForm) -> str:
    today = clock.today()
    told = {"client": client, "age": age_on(client.born_on, today)}
    told |= {"kits": kits_standing(client, today), "ended": ended_kits(client.id)}
    form.offer(composing.parts_for(client, today))
    return render_template("practitioner/kits.html", form=form, **told)


@bp.post("/clients/<number>/kits")
@open_to(PRACTITIONER)
def make_kit(number: str) -> Any:
    client_id, form, now = client_id_of(number), KitForm(), clock.now()
    if not form.offer([]).validate_on_submit():
        return _page(read_record(number), form), 422
    with transaction():
        composing.make_kit(form.told, signed_in(), now, clock.day_of(now), client_id)
    flash("The kit stands in the client’s care.")
    return redirect(url_for("practitioner.kits", number=number), 303)


@bp.post("/clients/<number>/kits/<code>/ending")
@open_to(PRACTITIONER)
def end_kit(number: str, code: str) -> Response:
    client_id = client_id_of(number)
    try:
        with transaction():
            composing.end_kit(code, signed_in(), clock.now(), client_id)
    except LookupError:
        abort(404)
    flash("It is not offered any more.")
    return redirect(url_for("practitioner.kits", number=number), 303)
