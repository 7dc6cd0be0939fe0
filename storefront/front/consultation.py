"""Asking for a free consultation: a form instead of a puzzle, kept from floods by rows that every worker sees."""

import hashlib

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from storefront import clock
from storefront.db import transaction
from storefront.eligibility import consultations
from storefront.front import bp
from storefront.front.forms import ConsultationForm
from storefront.roles import EVERYONE, open_to


@bp.get("/consultation")
@open_to(EVERYONE)
def consultation() -> str:
    return render_template("front/consultation.html", form=ConsultationForm())


@bp.post("/consultation")
@open_to(EVERYONE)
def ask() -> Response | tuple[str, int]:
    form = ConsultationForm()
    if not form.validate_on_submit():
        return render_template("front/consultation.html", form=form), 422
    if not form.is_trapped:
        send(form)
    return redirect(url_for("front.asked"), 303)


def send(form: ConsultationForm) -> None:
    clinic = current_app.config["SETTINGS"].clinic_email
    try:
        with transaction():
            consultations.ask_for_consultation(form.wish(), sender(), clinic, clock.now())
    except consultations.TooManyRequests as flood:
        raise TooManyRequests(retry_after=int(consultations.WINDOW.total_seconds())) from flood


def sender() -> str:
    """A keyed hash of the address that asked: enough to count by, nothing to find anybody with."""
    key = current_app.config["SECRET_KEY"].encode()
    return hashlib.blake2b((request.remote_addr or "").encode(), key=key[:64], digest_size=12).hexdigest()


@bp.get("/consultation/thank-you")
@open_to(EVERYONE)
def asked() -> str:
    return render_template("front/consultation_asked.html")
