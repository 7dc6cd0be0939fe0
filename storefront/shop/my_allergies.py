"""The client's own allergies: what is on record and what comes of it, and a part of a form in which more are named. Nothing that
is written here is lost: what no list holds waits for a practitioner, and nothing is sold meanwhile."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from wtforms import Field
from wtforms.validators import ValidationError

from storefront import clock
from storefront.db import transaction
from storefront.orders import stopping
from storefront.picking import AllergyPicker
from storefront.roles import CLIENT, open_to, signed_in
from storefront.shop import bp
from storefront.shop.whose import my_client_id, my_record


class AllergiesForm(AllergyPicker):
    def validate_name(self, field: Field) -> None:
        if not self.told:
            raise ValidationError("Write what you are allergic to, or pick a name.")


@bp.get("/care/allergies")
@open_to(CLIENT)
def allergies() -> str:
    return allergies_page(AllergiesForm(formdata=None))


def allergies_page(form: AllergiesForm) -> str:
    return render_template("shop/allergies.html", form=form, client=my_record())


@bp.post("/care/allergies")
@open_to(CLIENT)
def tell_allergies() -> Any:
    form, client_id, now = AllergiesForm(), my_client_id(), clock.now()
    if form.look_up():
        return allergies_page(form)
    if not form.validate_on_submit():
        return allergies_page(form), 422
    with transaction():
        told = stopping.add_allergies(client_id, form.told, signed_in(), now)
        is_unread = any(allergy.is_unread for allergy in told)
    if is_unread:
        flash(
            "Thank you. Your practitioner reads what no list of ours holds; until then nothing is sold to you.", "soon"
        )
    else:
        flash("Thank you. Every product is looked through for it from now on.")
    return redirect(url_for("shop.allergies"), 303)
