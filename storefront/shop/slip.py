"""The code on the slip in a parcel: whoever typed or scanned it is helped first, and may report a reaction without signing in.
Nothing of the order is shown, and a wrong code is told only to who sent a report; tries are counted by the network's address."""

from datetime import datetime, timedelta
from typing import Any

from flask import current_app, redirect, render_template, request, session, url_for
from werkzeug.exceptions import TooManyRequests

from catalogue.journal import Who
from storefront import clock
from storefront.accounts.attempts import Limit, count_attempt, take_back
from storefront.db import transaction
from storefront.orders import slips
from storefront.roles import EVERYONE, open_to
from storefront.shop import bp
from storefront.shop.forms import SlipForm
from storefront.shop.my_reaction import answered_within, keep_report

FROM_ADDRESS = Limit("slip-from", 20, timedelta(minutes=15))
OF_SLIP = Limit("slip", 5, timedelta(hours=1))
HOLDER = Who(None, "whoever had the parcel’s slip", "visitor")
PROMISED = "report_promised"


@bp.get("/skin")
@open_to(EVERYONE)
def slip() -> Any:
    return slip_page(SlipForm())


@bp.get("/skin/<code>")
@open_to(EVERYONE)
def slip_scanned(code: str) -> Any:
    """The same for every code, known or not."""
    return slip_page(SlipForm(formdata=None, code=slips.printed(slips.plain(code)[: slips.LENGTH])))


def slip_page(form: SlipForm, status: int = 200, headers: dict[str, str] | None = None) -> Any:
    return render_template("shop/slip.html", form=form, answered=answered_within()), status, headers or {}


@bp.post("/skin")
@open_to(EVERYONE)
def report_by_slip() -> Any:
    form = SlipForm()
    if not form.validate_on_submit():
        return slip_page(form, 422)
    try:
        found = _known(form.code.data or "")
    except TooManyRequests as flood:
        form.form_errors = [
            f"Too many codes were tried. Please call us: {current_app.config['SETTINGS'].clinic_phone}."
        ]
        return slip_page(form, 429, {"Retry-After": str(flood.retry_after)})
    if found is None:
        form.code.errors = ["We have no slip with this code. Look at it again, or call us."]
        return slip_page(form, 422)
    keep_for(*found, form)
    return redirect(url_for("shop.slip_told"), 303)


def _known(code: str) -> tuple[int, str] | None:
    """Whose slip it is; each try counts against the network's address, and each report against its slip."""
    now = clock.now()
    with transaction():
        tried = count_attempt(FROM_ADDRESS, request.remote_addr or "", now)
        found = slips.parcel_of(code)
        if found is not None:
            take_back(tried)
            count_attempt(OF_SLIP, found[1], now)
    return found


def keep_for(client_id: int, number: str, form: SlipForm) -> None:
    """Keeps the report bound to its order; the client is told that there is news."""
    now = clock.now()
    about = slips.only_one_of(form.product.data or "", slips.packed_in(number))
    session[PROMISED] = keep_report(client_id, form, about, number, HOLDER, now).isoformat()


@bp.get("/skin/received")
@open_to(EVERYONE)
def slip_told() -> str:
    promised = session.get(PROMISED)
    return render_template("shop/slip_received.html", answer_by=datetime.fromisoformat(promised) if promised else None)
