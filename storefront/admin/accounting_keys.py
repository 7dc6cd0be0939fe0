"""The keys with which the accountant's programs read the books: made with the password once more and shown once, listed, ended."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from storefront import clock
from storefront.accounts import keys
from storefront.accounts.confirming import is_password_of
from storefront.admin import bp
from storefront.db import transaction
from storefront.plain_text import one_line
from storefront.roles import ADMIN, open_to, signed_in


class KeyForm(FlaskForm):
    name = StringField("What is it for?", [InputRequired("Say what it is for."), Length(max=80)], filters=[one_line])
    password = PasswordField("Your password", [InputRequired("Type your password."), Length(max=1000)])


@bp.get("/accounting-keys")
@open_to(ADMIN)
def accounting_keys() -> str:
    return keys_page(KeyForm(formdata=None))


def keys_page(form: KeyForm, key: str = "") -> str:
    """`key` is the new one, on the one page that ever shows it."""
    told = {"keys": keys.keys(), "last_uses": keys.last_uses(), "key": key}
    return render_template("admin/accounting_keys.html", form=form, **told)


@bp.post("/accounting-keys")
@open_to(ADMIN)
def make_accounting_key() -> Any:
    form, by, now = KeyForm(), signed_in(), clock.now()
    is_well = form.validate_on_submit()
    if is_well and not is_password_of(by, form.password.data or "", now):
        form.password.errors = ["This is not your password."]
        is_well = False
    if not is_well:
        return keys_page(form), 422
    with transaction():
        key = keys.make_key(form.name.data or "", by, now)
    return keys_page(KeyForm(formdata=None), key), 201


@bp.post("/accounting-keys/<name>/end")
@open_to(ADMIN)
def end_accounting_key(name: str) -> Any:
    with transaction():
        keys.end_key(name, signed_in(), clock.now())
    flash(f"The key {name} opens nothing any more.")
    return redirect(url_for("admin.accounting_keys"), 303)
