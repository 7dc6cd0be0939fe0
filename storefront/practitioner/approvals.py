"""The decision: approving with limits, and taking an approval back."""

from datetime import datetime
from typing import Any

from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice

from catalogue.verdicts import Stale
from storefront import clock
from storefront.accounts.confirming import is_password_of
from storefront.accounts.sessions import is_present
from storefront.db import transaction
from storefront.eligibility import actions
from storefront.eligibility.approvals import CHANGED
from storefront.eligibility.rules import Limits
from storefront.orders import stopping
from storefront.practitioner import bp
from storefront.practitioner.courses import back_to
from storefront.practitioner.desk import client_id_of, desk, done_with, products_on_sale, record_of, serums_for
from storefront.practitioner.forms import ApprovalForm, DeferralForm, WhyForm, micrometres
from storefront.roles import PRACTITIONER, open_to, signed_in


@bp.post("/clients/<number>/approvals")
@open_to(PRACTITIONER)
def approve(number: str) -> Any:
    client = record_of(number)
    client_id, now = client.id, clock.now()
    serums = {serum.sku: serum for serum in serums_for(client, products_on_sale(clock.day_of(now)))}
    form = ApprovalForm()
    form.serums.choices = [SelectChoice(sku, serum.name) for sku, serum in serums.items()]
    if not form.validate_on_submit() or not is_still_there(form, now):
        return desk(number, form, "approval"), 422
    limits = _limits(form, {sku: serum.id for sku, serum in serums.items()})
    try:
        with transaction():
            stopping.grant_approval(client_id, limits, signed_in(), clock.day_of(now), now, form.shown.data or "")
    except Stale as stale:
        if CHANGED not in stale.verdict.codes:
            raise
        return _what_changed(number, form), 409
    return back_to(number, "Approved and signed; the client is told.")


def is_still_there(form: FlaskForm, now: datetime) -> bool:
    """Who was away for a while types the password again before the signature counts."""
    if is_present(now):
        return True
    typed = form.password.data
    if typed and is_password_of(signed_in(), typed, now):
        return True
    told = "This is not your password." if typed else "You were away for a while: type your password to sign."
    form.password.errors = (told,)
    return False


def _what_changed(number: str, form: ApprovalForm) -> str:
    """The desk as it is now, with the decision as it was typed; to sign it again is to sign it for the record shown now."""
    last = next(iter(done_with(number)), None)
    told = f": {last.verb}, by {last.by_name}" if last else ""
    form.shown.errors = (f"While you looked, this record changed{told}. Read it again; nothing was signed.",)
    return desk(number, form, "approval")


@bp.post("/clients/<number>/deferral")
@open_to(PRACTITIONER)
def defer(number: str) -> Any:
    client_id, form, now = client_id_of(number), DeferralForm(), clock.now()
    if not form.validate_on_submit():
        return desk(number, form, "deferral"), 422
    why, until, today = form.why.data, form.until.data, clock.day_of(now)
    with transaction():
        actions.defer_approval(client_id, why, until, form.note.data, signed_in(), today, now)
    return back_to(number, "Put off; the client is told to look.")


def _limits(form: ApprovalForm, ids: dict[str, int]) -> Limits:
    return Limits(
        greatest_needle_um=micrometres(form.greatest_mm.data),
        serum_ids=frozenset(ids[sku] for sku in form.serums.data or ()),
        reorder_days=form.reorder_days.data,
        quantity=form.quantity.data,
        uses_per_roller=form.uses_per_roller.data,
        valid_until=form.valid_until.data,
        note=form.note.data,
        deep_note=form.deep_note.data,
        review_note=form.review_note.data,
    )


@bp.post("/clients/<number>/withdrawal")
@open_to(PRACTITIONER)
def withdraw(number: str) -> Any:
    client_id, form, now = client_id_of(number), WhyForm(), clock.now()
    if not form.validate_on_submit():
        return desk(number, form, "withdrawal"), 422
    with transaction():
        stopping.withdraw_approval(client_id, form.why.data, signed_in(), now)
    return back_to(number, "The approval is withdrawn; the client is told.")
