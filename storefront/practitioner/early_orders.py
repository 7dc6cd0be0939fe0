"""Exceptions for orders that are too early, at the desk: granted within limits or not, signed."""

from typing import Any

from flask import abort

from storefront import clock
from storefront.db import transaction
from storefront.eligibility.early_orders import answer_wish
from storefront.eligibility.early_rules import Grant, wishes_of
from storefront.practitioner import bp
from storefront.practitioner.courses import back_to
from storefront.practitioner.desk import desk, record_of
from storefront.practitioner.forms import EarlyAnswerForm
from storefront.roles import PRACTITIONER, open_to, signed_in

GRANTED = "The exception is granted and signed; the client is told."
NOT_GRANTED = "Not granted, with your note; the client is told."


@bp.post("/clients/<number>/exceptions/<int:nth>/answer")
@open_to(PRACTITIONER)
def answer_exception(number: str, nth: int) -> Any:
    client = record_of(number)
    wishes = wishes_of(client)
    if not 1 <= nth <= len(wishes):
        abort(404)
    client_id, wish_id = client.id, wishes[nth - 1].id
    form, now = EarlyAnswerForm(), clock.now()
    if not form.validate_on_submit():
        return desk(number, form, f"exception-{nth}"), 422
    is_granted = form.granted.data == "yes"
    grant = Grant(form.quantity.data, form.until.data) if is_granted else None
    with transaction():
        answer_wish(client_id, wish_id, grant, form.note.data, signed_in(), clock.day_of(now), now)
    return back_to(number, GRANTED if is_granted else NOT_GRANTED)
