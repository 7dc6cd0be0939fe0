"""The link in the mails of reminders: begin them, end them. Whoever has the mail may press; nobody has to sign in to be left in
peace, and the page does not say what they are about."""

from collections.abc import Callable
from datetime import datetime

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from storefront import clock
from storefront.db import transaction
from storefront.front import bp
from storefront.orders import home_reminders
from storefront.roles import EVERYONE, open_to


@bp.get("/reminders/<token>")
@open_to(EVERYONE)
def reminders(token: str) -> str:
    found = home_reminders.reminder_by_token(token) or abort(404)
    return render_template("front/home_reminders.html", found=found)


@bp.post("/reminders/<token>")
@open_to(EVERYONE)
def confirm_reminders(token: str) -> Response:
    return _changed(
        token, home_reminders.confirm_reminders, "Your reminders are on. Each mail has the link that ends them."
    )


@bp.post("/reminders/<token>/end")
@open_to(EVERYONE)
def end_reminders(token: str) -> Response:
    return _changed(token, home_reminders.stop_reminders, "Your reminders are off. Nothing more comes.")


def _changed(token: str, change: Callable[[str, datetime], object], said: str) -> Response:
    try:
        with transaction():
            change(token, clock.now())
    except LookupError:
        abort(404)
    flash(said)
    return redirect(url_for("front.reminders", token=token), 303)
