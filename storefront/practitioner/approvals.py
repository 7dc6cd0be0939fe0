"""The decision: approving with limits, and taking an approval back."""

from typing import Any

from wtforms.fields.choices import SelectChoice

from storefront import clock
from storefront.db import transaction
from storefront.eligibility.rules import Limits
from storefront.orders import stopping
from storefront.practitioner import bp
from storefront.practitioner.courses import back_to
from storefront.practitioner.desk import client_id_of, desk, products_on_sale, record_of, serums_for
from storefront.practitioner.forms import ApprovalForm, WhyForm, micrometres
from storefront.roles import PRACTITIONER, open_to, signed_in


@bp.post("/clients/<number>/approvals")
@open_to(PRACTITIONER)
def approve(number: str) -> Any:
    client = record_of(number)
    client_id, now = client.id, clock.now()
    serums = {serum.sku: serum for serum in serums_for(client, products_on_sale(clock.day_of(now)))}
    form = ApprovalForm()
    form.serums.choices = [SelectChoice(sku, serum.name) for sku, serum in serums.items()]
    if not form.validate_on_submit():
        return desk(number, form, "approval"), 422
    limits = _limits(form, {sku: serum.id for sku, serum in serums.items()})
    with transaction():
        stopping.grant_approval(client_id, limits, signed_in(), clock.day_of(now), now)
    return back_to(number, "Approved and signed; the client is told.")


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
