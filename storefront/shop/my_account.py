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
from storefront.roles import CLIENT, STAFF, open_to, signed_in
from storefront.shop import bp

ENTRIES_SHOWN = 50


@bp.get("/account")
@open_to(CLIENT, *STAFF)
def account() -> str:
    who, now = signed_in(), clock.now()
    found = select(Account.email, Client.number).outerjoin(Client, Client.account_id == Account.id)
    email, number = db.session.execute(found.where(Account.id == who.id)).one()
    log = entries_of(db.session(), "client", number)[-ENTRIES_SHOWN:] if number else []
    browsers = sessions.count_live(who.id or 0, now)
    told = {"email": email, "number": number, "browsers": browsers, "log": log[::-1]}
    return render_template("shop/account.html", name=who.name, role=who.role, me=who.id, **told)


@bp.post("/account/sessions/end")
@open_to(CLIENT, *STAFF)
def sign_out_everywhere() -> Any:
    who, now = signed_in(), clock.now()
    with transaction():
        sessions.end_everywhere(who.id or 0, now)
        note(db.session(), "signed out everywhere", "account", who.id, who, now)
    flash("You are signed out on every device.")
    return redirect(url_for("front.sign_in"), 303)
