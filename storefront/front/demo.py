"""The demo's own page: become any of its people with one press and read the mail that was sent. The application mounts this
blueprint in demo mode alone, and it answers only to this machine."""

import re
from datetime import date
from typing import NamedTuple

from flask import Blueprint, abort, current_app, redirect, render_template, request
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired

from config import LOOPBACK
from storefront import clock
from storefront.accounts import actions, sessions
from storefront.accounts.models import Account
from storefront.db import db, transaction
from storefront.eligibility.models import Client, Qualification
from storefront.eligibility.reasons import day_in_words
from storefront.eligibility.records import RECORD, clinic_policy
from storefront.eligibility.rules import client_verdict
from storefront.front.way_back import after_sign_in
from storefront.messages.models import Message
from storefront.roles import ADMIN, CLIENT, EVERYONE, PRACTITIONER, open_to

bp = Blueprint("demo", __name__)
ORDER = (ADMIN, PRACTITIONER, CLIENT)
LETTERS_SHOWN = 60
LINK = re.compile(r"(https?://\S+)")


class PersonForm(FlaskForm):
    email = StringField("E-mail address", [InputRequired()])


class Part(NamedTuple):
    """A piece of a letter; `path` where it is a link into the shop."""

    text: str
    path: str | None


@bp.before_request
def only_here() -> None:
    if request.remote_addr not in LOOPBACK:
        abort(404)


class Person(NamedTuple):
    """Somebody whom one can be, and the state they are in."""

    account: Account
    number: str
    state: tuple[str, ...]
    tone: str


@bp.get("/demo")
@open_to(EVERYONE)
def people() -> str:
    letters = db.session.scalars(select(Message).order_by(Message.id.desc()).limit(LETTERS_SHOWN)).all()
    told = [(one, parts(one.text)) for one in letters]
    password = current_app.config.get("DEMO_PASSWORD", "")
    return render_template("front/demo.html", everybody=everybody(clock.today()), letters=told, password=password)


def everybody(today: date) -> list[Person]:
    """Staff first, then clients by their number, each with what the gate or their certificate says today."""
    records = db.session.scalars(select(Client).options(*RECORD)).unique()
    clients = {client.account_id: client for client in records}
    lapsed = {each.account_id: each.expires_on for each in db.session.scalars(select(Qualification))}
    accounts = db.session.scalars(select(Account).where(Account.is_active)).all()
    found = [person(account, clients.get(account.id), lapsed.get(account.id), today) for account in accounts]
    return sorted(found, key=lambda one: (ORDER.index(one.account.role), one.number, one.account.name))


def person(account: Account, client: Client | None, certified_until: date | None, today: date) -> Person:
    if client is not None:
        reasons = client_verdict(client, clinic_policy(), today).reasons
        texts = tuple(reason.text for reason in reasons) or ("May buy.",)
        return Person(account, client.number, texts, "soon" if reasons else "ok")
    if certified_until is not None and certified_until < today:
        return Person(account, "", (f"Training certificate lapsed on {day_in_words(certified_until)}.",), "soon")
    return Person(account, "", ("Training certificate in force.",) if certified_until else (), "ok")


@bp.post("/demo/person")
@open_to(EVERYONE)
def become() -> Response:
    form = PersonForm()
    account = actions.account_of(form.email.data) if form.validate_on_submit() else None
    if account is None or not account.is_active:
        abort(404)
    with transaction():
        sessions.begin(account, clock.now())
    return redirect(after_sign_in(account.who, request.form.get("next")), 303)


def parts(text: str) -> list[Part]:
    """A letter's text with its links; only those into this shop can be pressed."""
    base = current_app.config["SETTINGS"].base_url
    pieces = [piece for piece in LINK.split(text) if piece]
    return [Part(piece, piece.removeprefix(base) if piece.startswith(f"{base}/") else None) for piece in pieces]
