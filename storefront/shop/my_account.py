"""The account of whoever is signed in: where they are signed in, and for a client what is kept and who read it."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import or_, select

from catalogue.journal import JournalEntry, note
from storefront import clock
from storefront.accounts import devices, sessions
from storefront.accounts.models import Account
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders.recall_answers import notices_of_client, set_safety_address
from storefront.roles import CLIENT, STAFF, open_to, signed_in
from storefront.shop import bp
from storefront.shop.forms import SafetyAddressForm
from storefront.shop.whose import my_client_id

ENTRIES_SHOWN = 50
# What the journal calls in short, as its subject reads it; every other verb reads well as it is.
IN_WORDS = {
    "record read": "Read your record",
    "seen in a list": "Saw you in a list of clients",
    "picture seen": "Looked at a picture of your skin",
    "read in a recall": "Read your answer to a recall",
    "record added to": "Put an allergy on your record",
    "record entry read": "Said what an allergy on your record is",
    "screening answered": "Answered the safety questions",
    "answer cleared": "Cleared one of your answers, with a note",
    "report received": "Reported that something was wrong with your skin",
    "report closed": "Answered your report",
}


@bp.get("/account")
@open_to(CLIENT, *STAFF)
def account() -> str:
    return account_page(None)


def account_page(form: SafetyAddressForm | None) -> str:
    """`form` is the one that was not filled in well."""
    who, now = signed_in(), clock.now()
    found = select(Account.email, Client).outerjoin(Client, Client.account_id == Account.id)
    email, client = db.session.execute(found.where(Account.id == who.id)).one()
    told: dict[str, Any] = {
        "email": email,
        "number": client.number if client else None,
        "browsers": sessions.count_live(who.id or 0, now),
        "log": looks_at(client) if client else None,
        "in_words": IN_WORDS,
        "recalls": notices_of_client(client.id) if client else [],
        "form": form or SafetyAddressForm(formdata=None, email=(client.safety_email or "") if client else ""),
    }
    return render_template("shop/account.html", name=who.name, role=who.role, me=who.id, **told)


def looks_at(client: Client) -> Pagination:
    """Every line about this record, the newest first, a page at a time; and of the records that were merged into it."""
    mine = select(Client.number).where(or_(Client.id == client.id, Client.kept_as_id == client.id))
    told = select(JournalEntry).where(JournalEntry.subject == "client", JournalEntry.reference.in_(mine))
    newest = told.order_by(JournalEntry.number.desc())
    return db.paginate(newest, per_page=ENTRIES_SHOWN, max_per_page=ENTRIES_SHOWN)


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
        devices.forget_everywhere(who.id or 0, now)
        note(db.session(), "signed out everywhere", "account", who.id, who, now)
    flash("You are signed out on every device.")
    return redirect(url_for("front.sign_in"), 303)
