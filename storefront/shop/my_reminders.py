"""The reminders that a client sets: for which days, at what hour; the mail's link begins and ends them, and so does this page."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for

from storefront import clock
from storefront.db import transaction
from storefront.eligibility.rules import approval_in_force, open_reactions
from storefront.orders import home_reminders as reminders
from storefront.roles import CLIENT, open_to
from storefront.shop import bp
from storefront.shop.reminder_form import RemindersForm
from storefront.shop.whose import my_client_id, my_record


@bp.get("/care/reminders")
@open_to(CLIENT)
def home_reminders() -> str:
    return reminders_page(None)


def reminders_page(bound: RemindersForm | None) -> str:
    client, today = my_record(), clock.today()
    found = reminders.reminder_of(client.id)
    form = bound or RemindersForm.showing(reminders.wishes_of(found) if found else None)
    paused = approval_in_force(client, today) is None or bool(open_reactions(client))
    return render_template("shop/reminders.html", form=form, bound=bound, found=found, paused=paused, client=client)


@bp.post("/care/reminders")
@open_to(CLIENT)
def set_reminders() -> Any:
    form, client_id = RemindersForm(), my_client_id()
    if not form.validate_on_submit():
        return reminders_page(form), 422
    with transaction():
        found = reminders.set_reminders(client_id, form.wishes(), clock.now())
        is_on = found.is_on
    flash("Your reminders are changed." if is_on else "Nearly done: press the link in the mail that we just sent you.")
    return redirect(url_for("shop.home_reminders"), 303)


@bp.post("/care/reminders/end")
@open_to(CLIENT)
def end_my_reminders() -> Any:
    found = reminders.reminder_of(my_client_id()) or abort(404)
    with transaction():
        reminders.stop_reminders(found.token, clock.now())
    flash("Your reminders are off. Nothing more comes.")
    return redirect(url_for("shop.home_reminders"), 303)
