"""The decision: approving with limits, putting it off, withdrawing it; and taking back what was pressed by mistake."""

from typing import Any

from flask import redirect, request, session, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from catalogue.verdicts import Stale
from storefront import clock
from storefront.db import transaction
from storefront.eligibility import actions
from storefront.eligibility.approval_rules import LATER
from storefront.eligibility.approvals import CHANGED
from storefront.eligibility.records import clinic_policy, lock_client
from storefront.eligibility.rules import Limits
from storefront.orders import stopping
from storefront.orders.withdrawing import effects_of_withdrawal
from storefront.practitioner import bp
from storefront.practitioner.courses import back_to
from storefront.practitioner.desk import (
    client_id_of,
    desk,
    done_with,
    following_in_the_queue,
    record_of,
)
from storefront.practitioner.desk_forms import class_choices
from storefront.practitioner.forms import ApprovalForm, DeferralForm, WhyForm, micrometres
from storefront.practitioner.judging import all_products, serums_for, vetted
from storefront.roles import PRACTITIONER, open_to, signed_in

DECIDED = "decided"


@bp.post("/clients/<number>/approvals")
@open_to(PRACTITIONER)
def approve(number: str) -> Any:
    client = record_of(number)
    client_id, now = client.id, clock.now()
    serums = {serum.sku: serum for serum in serums_for(client, vetted(all_products(), clock.day_of(now)))}
    form = ApprovalForm()
    form.serums.choices = [SelectChoice(sku, serum.name) for sku, serum in serums.items()]
    form.classes.choices = class_choices(serums.values())
    if not form.validate_on_submit():
        return desk(number, form, "approval"), 422
    limits = _limits(form, {sku: serum.id for sku, serum in serums.items()})
    following = following_in_the_queue(number)
    try:
        with transaction():
            stopping.grant_approval(client_id, limits, signed_in(), clock.day_of(now), now, form.shown.data or "")
    except Stale as stale:
        if CHANGED not in stale.verdict.codes:
            raise
        return _what_changed(number, form), 409
    return on_to(following, number, "approved and signed")


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
        return desk(number, form, "later" if form.why.data == LATER else "deferral"), 422
    following = following_in_the_queue(number)
    why, until, today = form.why.data, form.until.data, clock.day_of(now)
    with transaction():
        actions.defer_approval(client_id, why, until, form.note.data, signed_in(), today, now)
    return on_to(following, number, "put off")


def _limits(form: ApprovalForm, ids: dict[str, int]) -> Limits:
    return Limits(
        greatest_needle_um=micrometres(form.greatest_mm.data),
        serum_ids=frozenset(ids[sku] for sku in form.serums.data or ()),
        serum_classes=frozenset(form.classes.data or ()),
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
        lock_client(client_id)
        done = effects_of_withdrawal(client_id)
        stopping.withdraw_approval(client_id, form.why.data, signed_in(), now)
    session.pop(DECIDED, None)
    return back_to(number, f"The approval is withdrawn, the client is told; {done.words}.")


@bp.post("/clients/<number>/decision-taken-back")
@open_to(PRACTITIONER)
def take_back(number: str) -> Any:
    client_id, now = client_id_of(number), clock.now()
    with transaction():
        stopping.take_back_decision(client_id, signed_in(), now)
    session.pop(DECIDED, None)
    return back_to(number, "Taken back before anybody was told: nothing is decided, and no approval is in force.")


def on_to(following: str | None, number: str, done: str) -> Response:
    """To the next who waits, else to the record when nobody was in the queue; for some seconds it may be taken back from there."""
    session[DECIDED] = (number, done, int(clock.now().timestamp()))
    return redirect(following or url_for("practitioner.client", number=number), 303)


@bp.context_processor
def just_decided() -> dict[str, Any]:
    """What was decided a moment ago, with the seconds in which it may still be taken back; told once those are over as well."""
    if request.method != "GET" or DECIDED not in session:
        return {"decided": None}
    number, done, at = session[DECIDED]
    left = at + clinic_policy().undo_seconds - int(clock.now().timestamp())
    if left <= 0:
        session.pop(DECIDED)
    return {"decided": {"number": number, "done": done, "left": left}}
