"""The same again: the last order, or another one of theirs, on one page with all that changed since, and one press that places it
and leads to the payment page. The basket stays as it is. Nothing is ordered that did not stand on the page."""

from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, session, url_for

from catalogue.verdicts import Refused, Verdict
from storefront import clock
from storefront.db import transaction
from storefront.eligibility.early_rules import last_wishes
from storefront.eligibility.models import Client
from storefront.errors import refused
from storefront.orders.actions import place_order
from storefront.orders.baskets import Chosen
from storefront.orders.models import Order
from storefront.orders.records import find_order, last_bought
from storefront.orders.repeating import Again, again
from storefront.orders.rules import delivery_kinds
from storefront.roles import CLIENT, open_to, signed_in
from storefront.shop import bp
from storefront.shop.checkout import TYPED, as_typed, last_address, show_totals, something_new, to_payment
from storefront.shop.forms import SameAgainForm
from storefront.shop.whose import my_record

CHANGED = Refused.because(
    "page-changed",
    "Something changed while you were on this page, so nothing was ordered and nothing was charged.",
    "you",
    "Below is how it is now; go on if that is right for you.",
).verdict


@bp.get("/care/same-again")
@open_to(CLIENT)
def same_again() -> Any:
    client, number = my_record(), request.args.get("order", "")
    before = order_before(client, number)
    form = SameAgainForm(formdata=None, **(session.get(TYPED) or where_to(client, before)))
    form.order.data, form.instead.data = number, " ".join(request.args.getlist("instead"))
    return again_page(form, client, before)


def order_before(client: Client, number: str) -> Order | None:
    """The order that is meant; the last one that was paid for when none is named. 404 when it is not theirs."""
    if not number:
        return last_bought(client.id)
    return (find_order(number, client.id) if "\0" not in number else None) or abort(404)


def where_to(client: Client, before: Order | None) -> dict[str, str]:
    """The same way, and to the same place, as it went the last time."""
    if before is None or before.delivery == "collection":
        return {**last_address(client), "delivery": before.delivery if before else "post"}
    return as_typed(before.recipient, before.address)


def found_again(form: SameAgainForm, client: Client, before: Order) -> Again:
    return again(client, before, (form.instead.data or "").split(), clock.today())


def again_page(
    form: SameAgainForm, client: Client, before: Order | None, status: int = 200, why_not: Verdict | None = None
) -> Any:
    """The page as it is now; `why_not` says why the press before it placed nothing."""
    found = found_again(form, client, before) if before else None
    totals = {code: found.costs(code) for code in delivery_kinds()} if found and found.open_lines else None
    if found and totals:
        form.shown_lines.data = found.told
        show_totals(form, {code: costs.total.minor for code, costs in totals.items()})
    told = {"form": form, "again": found, "before": before, "totals": totals, "why_not": why_not}
    return render_template("shop/same_again.html", wishes=last_wishes(client, clock.today()), **told), status


@bp.post("/care/same-again")
@open_to(CLIENT)
def order_again() -> Any:
    form, now, client = SameAgainForm(), clock.now(), my_record()
    before = order_before(client, form.order.data or "") or abort(404)
    if not form.validate_on_submit():
        return again_page(form, client, before, 422)
    if form.answered is not None and not form.answered.is_nothing_new:
        return something_new(form, client.id, form.answered, now)
    found = found_again(form, client, before)
    if found.told != form.shown_lines.data or not found.chosen:
        return not_placed(form, found.verdict if not found.verdict.is_yes else CHANGED)
    try:
        return placed_again(form, found.chosen, client.id, now)
    except Refused as error:
        return not_placed(form, error.verdict)


def not_placed(form: SameAgainForm, verdict: Verdict) -> Any:
    """Nothing was ordered; the page is read anew, because what it stood on may have moved."""

    def as_it_is_now() -> str:
        client = my_record()
        return str(again_page(form, client, order_before(client, form.order.data or ""), 409, verdict)[0])

    return refused(Refused(verdict), as_it_is_now)


def placed_again(form: SameAgainForm, chosen: list[Chosen], client_id: int, now: datetime) -> Any:
    """Places what stood on the page; a second press meets the same order, and another one that waits is paid or ended first."""
    told = (client_id, form.value(), form.answered, signed_in(), now, clock.day_of(now))
    with transaction():
        order = place_order(*told, shown_minor=form.shown_minor, chosen=chosen)
        lines = {(line.product_id, line.quantity) for line in order.lines}
    session.pop(TYPED, None)
    if order.placed_at != now and lines != {(one.product_id, one.quantity) for one in chosen}:
        flash("An earlier order still awaits its payment. Pay or cancel it first; then order the same again.", "soon")
        return redirect(url_for("shop.order", number=order.number), 303)
    return to_payment(order.number)
