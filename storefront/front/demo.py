"""The demo's own page: become any of its people with one press and read the mail that was sent. The application mounts this
blueprint in demo mode alone, and it answers only to this machine."""

import re
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
from storefront.eligibility.models import Client
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


@bp.get("/demo")
@open_to(EVERYONE)
def people() -> str:
    found = select(Account, Client.number).outerjoin(Client, Client.account_id == Account.id).where(Account.is_active)
    everybody = sorted(db.session.execute(found.order_by(Account.name)).all(), key=lambda row: ORDER.index(row[0].role))
    letters = db.session.scalars(select(Message).order_by(Message.id.desc()).limit(LETTERS_SHOWN)).all()
    return render_template("front/demo.html", everybody=everybody, letters=[(one, parts(one.text)) for one in letters])


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
