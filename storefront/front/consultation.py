"""Asking for a free consultation: a form instead of a puzzle, kept from floods by rows that every worker sees."""

from flask import current_app, redirect, render_template, request, url_for
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
        address, clinic = request.remote_addr or "", current_app.config["SETTINGS"].clinic_email
        with transaction():
            consultations.ask_for_consultation(form.wish(), address, clinic, clock.now())
    return redirect(url_for("front.asked"), 303)


@bp.get("/consultation/thank-you")
@open_to(EVERYONE)
def asked() -> str:
    return render_template("front/consultation_asked.html")
