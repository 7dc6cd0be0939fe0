"""The account of whoever is signed in: where they are signed in, and for a client what is kept and who read it."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from sqlalchemy import select

from catalogue.journal import entries_of, note
from storefront import clock
from storefront.accounts import sessions
from storefront.accounts.models import Account
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders.recall_answers import notices_of_client, set_safety_address
from storefront.roles import CLIENT, STAFF, open_to, signed_in
from storefront.shop import bp
from storefront.shop.forms import SafetyAddressForm
from storefront.shop.whose import my_client_id

ENTRIES_SHOWN = 50


@bp.get("/account")
@open_to(CLIENT, *STAFF)
def account() -> str:
    return account_page(None)


def account_page(form: SafetyAddressForm | None) -> str:
    """`form` is the one that was not filled in well."""
    who, now = signed_in(), clock.now()
    found = select(Account.email, Client).outerjoin(Client, Client.account_id == Account.id)
    email, client = db.session.execute(found.where(Account.id == who.id)).one()
    log = entries_of(db.session(), "client", client.number)[-ENTRIES_SHOWN:] if client else []
    told: dict[str, Any] = {
        "email": email,
        "number": client.number if client else None,
        "browsers": sessions.count_live(who.id or 0, now),
        "log": log[::-1],
        "recalls": notices_of_client(client.id) if client else [],
        "form": form or SafetyAddressForm(formdata=None, email=(client.safety_email or "") if client else ""),
    }
    return render_template("shop/account.html", name=who.name, role=who.role, me=who.id, **told)


@bp.post("/account/safety-address")
@open_to(CLIENT)
def change_safety_address() -> Any:
    form, client_id = SafetyAddressForm(), my_client_id()
    if not form.validate_on_submit():
        return account_page(form), 422
    with transaction():
        set_safety_address(client_id, form.email.data or "", signed_in(), clock.now())
    flash("Recalls go to this address from now on.")
    return redirect(url_for("shop.account"), 303)


@bp.post("/account/sessions/end")
@open_to(CLIENT, *STAFF)
def sign_out_everywhere() -> Any:
    who, now = signed_in(), clock.now()
    with transaction():
        sessions.end_everywhere(who.id or 0, now)
        note(db.session(), "signed out everywhere", "account", who.id, who, now)
    flash("You are signed out on every device.")
    return redirect(url_for("front.sign_in"), 303)
