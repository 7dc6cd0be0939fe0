"""Asking for a free consultation: a form instead of a puzzle, kept from floods by rows that every worker sees; and picking,
moving or giving up its time by a private link, without an account."""

from datetime import datetime
from typing import Any

from flask import abort, current_app, flash, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from catalogue.verdicts import Stale
from storefront import clock
from storefront.db import transaction
from storefront.eligibility import consultation_times, consultations
from storefront.eligibility.calendar_file import calendar_file
from storefront.eligibility.records import clinic_policy
from storefront.front import bp
from storefront.front.forms import ConsultationForm, stamp
from storefront.plain_text import one_line
from storefront.roles import EVERYONE, open_to


@bp.get("/consultation")
@open_to(EVERYONE)
def consultation() -> str:
    return form_page(ConsultationForm(began=stamp(clock.now())))


def form_page(form: ConsultationForm) -> str:
    return render_template("front/consultation.html", form=form, policy=clinic_policy())


@bp.post("/consultation")
@open_to(EVERYONE)
def ask() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    form = ConsultationForm()
    if not form.validate_on_submit():
        return form_page(form), 422
    address, clinic = request.remote_addr or "", current_app.config["SETTINGS"].clinic_email
    try:
        with transaction():
            consultations.ask_for_consultation(form.wish(), address, clinic, clock.now())
    except TooManyRequests as flood:
        return too_many(form, flood)
    return redirect(url_for("front.asked"), 303)


def too_many(form: ConsultationForm, flood: TooManyRequests) -> tuple[str, int, dict[str, str]]:
    """Nothing typed is lost: the page comes back as it was sent, and says when to press again."""
    seconds = int(flood.retry_after) if isinstance(flood.retry_after, int) else 60
    minutes = -(-seconds // 60)
    form.form_errors = [f"Many requests came in just now. Press again in {minutes} minutes, or call us."]
    return form_page(form), 429, {"Retry-After": str(seconds)}


@bp.get("/consultation/thank-you")
@open_to(EVERYONE)
def asked() -> str:
    return render_template("front/consultation_asked.html")


@bp.get("/consultation/<token>")
@open_to(EVERYONE)
def consultation_time(token: str) -> Any:
    return time_page(token, clock.now())


def time_page(token: str, now: datetime, stale: Stale | None = None) -> Any:
    """What is picked and what is left; a spent link says where to go instead."""
    found = consultation_times.request_of(token, now)
    if found is None:
        return render_template("front/consultation_spent.html"), 410
    left = consultation_times.times_left(found, now)
    told = {"visitor": found, "left": left, "token": token, "stale": stale, "now": now}
    return render_template("front/consultation_time.html", **told), 409 if stale else 200


@bp.post("/consultation/<token>")
@open_to(EVERYONE)
def choose_time(token: str) -> Any:
    now = clock.now()
    try:
        with transaction():
            taken = consultation_times.choose_time(token, one_line(request.form.get("time"))[:20], now)
    except Stale as stale:
        return time_page(token, now, stale)
    flash(f"It is yours. {taken.practitioner_name} looks forward to seeing you.")
    return redirect(url_for("front.consultation_time", token=token), 303)


@bp.post("/consultation/<token>/cancellation")
@open_to(EVERYONE)
def cancel_consultation(token: str) -> Any:
    now = clock.now()
    try:
        with transaction():
            consultation_times.give_up_time(token, now)
    except Stale as stale:
        return time_page(token, now, stale)
    flash("Your consultation is cancelled, and the clinic knows.")
    return redirect(url_for("front.consultation_time", token=token), 303)


@bp.get("/consultation/<token>/calendar")
@open_to(EVERYONE)
def consultation_calendar(token: str) -> Response:
    """The file for one's calendar: the time that is picked, or that it is cancelled."""
    now = clock.now()
    found = consultation_times.request_of(token, now)
    if found is None or not found.sequence:
        abort(404)
    appointment = consultation_times.appointment_of(found)
    answer = make_response(calendar_file(appointment, now))
    answer.headers["Content-Type"] = f"text/calendar; charset=utf-8; method={appointment.method}"
    answer.headers["Content-Disposition"] = 'attachment; filename="consultation.ics"'
    return answer
