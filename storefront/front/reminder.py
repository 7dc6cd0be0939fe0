"""Asking to be told when one may buy: an address and the day of the first treatment, and one mail on the day."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from storefront import clock
from storefront.db import transaction
from storefront.eligibility.reminders import ask_for_reminder
from storefront.front import bp
from storefront.front.forms import ReminderForm, stamp
from storefront.front.wording import day
from storefront.roles import EVERYONE, open_to


@bp.get("/reminder")
@open_to(EVERYONE)
def reminder() -> str:
    return render_template("front/reminder.html", form=ReminderForm(began=stamp(clock.now())))


@bp.post("/reminder")
@open_to(EVERYONE)
def ask_reminder() -> Any:
    form = ReminderForm()
    if not form.validate_on_submit():
        return render_template("front/reminder.html", form=form), 422
    with transaction():
        when = ask_for_reminder(form.email.data, form.began_on.data, request.remote_addr or "", clock.now())
    flash(f"We write to you on {day(when)}, once.")
    return redirect(url_for("front.reminder"), 303)
