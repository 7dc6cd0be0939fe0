"""Signing in and out. A client asks for a link and presses a button on its page, so that a mail scanner which opens links uses
none up; staff type a password. The answer never tells whether an address is known."""

from datetime import datetime
from typing import Any

from flask import abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import DateField, PasswordField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from catalogue import journal
from catalogue.journal import Who
from catalogue.verdicts import Stale
from storefront import clock, roles
from storefront.accounts import actions, attempts, devices, sessions
from storefront.accounts.models import Account
from storefront.db import db, transaction
from storefront.eligibility.approval_rules import latest_approval
from storefront.eligibility.models import Client
from storefront.eligibility.records import client_of, clinic_policy
from storefront.front import bp
from storefront.front.way_back import after_sign_in, own_path
from storefront.messages.actions import queue_message
from storefront.roles import EVERYONE, open_to

STRANGER = Who(None, "a visitor", "visitor")
FIRST_STEP = "/care/first-step"


def is_address(_form: FlaskForm, field: StringField) -> None:
    if not actions.is_email(actions.normal_email(field.data or "")):
        raise ValidationError("Enter an e-mail address such as name@example.org.")


class LinkForm(FlaskForm):
    email = StringField(
        "Your e-mail address", [InputRequired("Enter your e-mail address."), is_address], id="link-email"
    )


class PasswordForm(FlaskForm):
    email = StringField(
        "Work e-mail address", [InputRequired("Enter your e-mail address."), is_address], id="staff-email"
    )
    password = PasswordField("Password", [InputRequired("Enter your password."), Length(max=1000)])


class BirthDateForm(FlaskForm):
    born_on = DateField("Your date of birth", [InputRequired("Enter your date of birth, as a check.")])


@bp.get("/sign-in")
@open_to(EVERYONE)
def sign_in() -> Any:
    who = roles.person()
    target = own_path(request.args.get("next"))
    return redirect(after_sign_in(who, target), 303) if who else sign_in_page(LinkForm(), PasswordForm(), target)


def sign_in_page(link_form: LinkForm, password_form: PasswordForm, target: str, status: int = 200) -> Any:
    told = {"link_form": link_form, "password_form": password_form, "target": target, "policy": clinic_policy()}
    return render_template("front/sign_in.html", **told), status


@bp.post("/sign-in")
@open_to(EVERYONE)
def ask_to_sign_in() -> Any:
    target = own_path(request.form.get("next"))
    return by_password(target) if "password" in request.form else ask_for_link(target)


def ask_for_link(target: str) -> Any:
    form = LinkForm()
    if not form.validate_on_submit():
        return sign_in_page(form, PasswordForm(formdata=None), target, 422)
    now, email = clock.now(), actions.normal_email(form.email.data)
    with transaction():
        send_counted_link(email, now, target)
    return redirect(url_for("front.link_sent"), 303)


def by_password(target: str) -> Any:
    form = PasswordForm()
    if not form.validate_on_submit():
        return sign_in_page(LinkForm(formdata=None), form, target, 422)
    now, email = clock.now(), actions.normal_email(form.email.data)
    with transaction():
        attempts.count_attempt(attempts.PASSWORD_OF_ACCOUNT, email, now)
        counted = attempts.count_attempt(attempts.PASSWORD_FROM_ADDRESS, from_address(), now)
    account = actions.check_password(email, form.password.data, now)
    if account is None:
        with transaction():
            journal.note(db.session(), "sign-in refused", "account", "", STRANGER, now)
        form.password.errors = ("The address or the password is not right.",)
        return sign_in_page(LinkForm(formdata=None), form, target, 422)
    with transaction():
        attempts.forget_attempts(attempts.PASSWORD_OF_ACCOUNT, email)
        attempts.take_back(counted)
        sessions.begin(account, now)
        journal.note(db.session(), "signed in by password", "account", account.id, account.who, now)
    return redirect(after_sign_in(account.who, target), 303)


@bp.get("/sign-in/sent")
@open_to(EVERYONE)
def link_sent() -> str:
    return render_template("front/sign_in_sent.html")


@bp.get("/sign-in/<token>")
@open_to(EVERYONE)
def link(token: str) -> Any:
    return link_page(token, BirthDateForm())


def link_page(token: str, form: BirthDateForm, status: int = 200) -> Any:
    """The page of a link: one button while it lives, afterwards a new link in one press."""
    found = actions.link_of(token)
    if found is None or not found.is_live(clock.now()):
        return render_template("front/sign_in_spent.html", token=token, found=found), 410
    if not found.account.is_active or has_to_talk_first(found.account):
        return render_template("front/sign_in_closed.html"), 410
    target, address = own_path(request.values.get("next")), masked(found.account.email)
    told = {"token": token, "form": form, "target": target, "address": address, "account": found.account}
    return render_template("front/sign_in_link.html", **told), status


def has_to_talk_first(account: Account) -> bool:
    """Whether the approval of somebody who was invited and has not come yet was taken back meanwhile."""
    client = client_of(account.id) if account.is_invited else None
    approval = latest_approval(client) if client else None
    return approval is not None and approval.withdrawal is not None


@bp.post("/sign-in/<token>")
@open_to(EVERYONE)
def redeem(token: str) -> Any:
    now, found, form = clock.now(), actions.link_of(token), BirthDateForm()
    if found is not None and found.is_live(now) and (not found.account.is_active or has_to_talk_first(found.account)):
        return link_page(token, form)
    is_asked = found is not None and found.is_live(now) and found.account.is_invited
    if found and is_asked and not (form.validate_on_submit() and is_born_on(found.account_id, form)):
        return link_page(token, form, 422)
    try:
        with transaction():
            account = actions.redeem_link(token, now)
            sessions.begin(account, now)
            device = devices.know(account, now)
    except Stale:
        return link_page(token, form)
    target = own_path(request.form.get("next"))
    return devices.keep(redirect(target or (FIRST_STEP if is_asked else after_sign_in(account.who, "")), 303), device)


def is_born_on(account_id: int, form: BirthDateForm) -> bool:
    """Compares the date of birth; each try counts before it, and after five the clinic has to invite anew."""
    with transaction():
        actions.count_birth_try(account_id)
    known = db.session.scalar(select(Client.born_on).where(Client.account_id == account_id))
    if known is not None and known == form.born_on.data:
        return True
    form.born_on.errors = ("This is not the date of birth that the clinic has for you.",)
    return False


@bp.post("/sign-in/<token>/wrong-person")
@open_to(EVERYONE)
def wrong_person(token: str) -> Any:
    """ "This is not me": the link is over, and the clinic is told."""
    now = clock.now()
    try:
        with transaction():
            account = actions.report_stranger(token, now)
            number = db.session.scalar(select(Client.number).where(Client.account_id == account.id)) or ""
            clinic = current_app.config["SETTINGS"].clinic_email
            queue_message("not_this_person", clinic, now, about=number, number=number)
    except Stale:
        return link_page(token, BirthDateForm(formdata=None))
    return redirect(url_for("front.stranger_thanked"), 303)


@bp.get("/sign-in/not-me")
@open_to(EVERYONE)
def stranger_thanked() -> str:
    return render_template("front/sign_in_not_me.html")


@bp.post("/sign-in/<token>/renewal")
@open_to(EVERYONE)
def renew_link(token: str) -> Any:
    """A new link to the same person, in one press; where it goes is not shown."""
    now, found = clock.now(), actions.link_of(token)
    if found is None:
        abort(404)
    email = found.account.email
    with transaction():
        send_counted_link(email, now)
    return redirect(url_for("front.link_sent"), 303)


def send_counted_link(email: str, now: datetime, way_back: str = "") -> None:
    attempts.count_attempt(attempts.LINK_TO_ACCOUNT, email, now)
    attempts.count_attempt(attempts.LINK_FROM_ADDRESS, from_address(), now)
    actions.send_link(email, now, way_back)


@bp.post("/sign-out")
@open_to(EVERYONE)
def sign_out() -> Response:
    now = clock.now()
    with transaction():
        sessions.end(now)
        devices.forget(now)
    flash("You are signed out.")
    answer = make_response(redirect(url_for("front.home"), 303))
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


def from_address() -> str:
    return request.remote_addr or "unknown"


def masked(email: str) -> str:
    """Enough to recognise one's own address, too little to learn another's."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}•••@{domain}"


@bp.app_context_processor
def demo_mail() -> dict[str, bool]:
    """In the demo the mail is read on a page of its own."""
    return {"mail_is_at_demo": current_app.config["SETTINGS"].demo}
