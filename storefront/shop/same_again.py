"""The same again: the last order, another one of theirs, or a kit, on one page with all that changed since, and one press that
places it and leads to the payment page. The basket stays as it is. Nothing is ordered that did not stand on the page."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from storefront.orders.delivery_days import expected_days
from storefront.orders.kit_models import Kit
from storefront.orders.kits import kit_of_client, standing_kits
from storefront.orders.models import Order
from storefront.orders.records import find_order, last_bought
from storefront.orders.repeating import Again, again, kit_again
from storefront.payments.cards import kept_card
from storefront.roles import CLIENT, open_to, signed_in
from storefront.shop import bp
from storefront.shop.checkout import is_otherwise, something_new, to_payment
from storefront.shop.checkout_forms import SameAgainForm
from storefront.shop.delivering import TYPED, as_typed, last_address
from storefront.shop.whose import my_record

CHANGED = Refused.because(
    "page-changed",
    "Something changed while you were on this page, so nothing was ordered and nothing was charged.",
    "you",
    "Below is how it is now; go on if that is right for you.",
).verdict


@dataclass(frozen=True, slots=True)
class Start:
    """What is ordered again: an order of before, or a kit. `kits`: those that were made for the client, to begin with instead."""

    order: Order | None
    kit: Kit | None
    kits: Sequence[Kit] = ()


@bp.get("/care/same-again")
@open_to(CLIENT)
def same_again() -> Any:
    client, number, kit = my_record(), request.args.get("order", ""), request.args.get("kit", "")
    start = start_with(client, number, kit)
    form = SameAgainForm(formdata=None, **(session.get(TYPED) or where_to(client, start.order)))
    form.order.data, form.kit.data, form.instead.data = number, kit, " ".join(request.args.getlist("instead"))
    return again_page(form, client, start)


def start_with(client: Client, number: str, code: str) -> Start:
    """The kit or the order that is meant. None named: the last order that was paid for, else the kit that was made for them last.
    404 when it is not theirs."""
    if "\0" in number + code:
        abort(404)
    kits = standing_kits(client.id)
    if code:
        return Start(None, kit_of_client(client.id, code) or abort(404), kits)
    if number:
        return Start(find_order(number, client.id) or abort(404), None, kits)
    last = last_bought(client.id)
    return Start(last, kits[0] if kits and last is None else None, kits)


def where_to(client: Client, before: Order | None) -> dict[str, str]:
    """The same way, and to the same place, as it went the last time."""
    if before is None or before.delivery == "collection":
        return {**last_address(client), "delivery": before.way if before else "post"}
    return as_typed(before.recipient, before.address, before.country, before.way)


def found_again(form: SameAgainForm, client: Client, start: Start) -> Again | None:
    instead, today = (form.instead.data or "").split(), clock.today()
    if start.kit is not None:
        return kit_again(client, start.kit, instead, today)
    return again(client, start.order, instead, today) if start.order is not None else None


def again_page(
    form: SameAgainForm, client: Client, start: Start, status: int = 200, why_not: Verdict | None = None
) -> Any:
    """The page as it is now; `why_not` says why the press before it placed nothing."""
    found, today = found_again(form, client, start), clock.today()
    totals = {offer: found.costs(*offer) for offer in form.terms.offers()} if found and found.open_lines else None
    if found and totals:
        form.shown_lines.data = found.told
        form.show(totals)
    told = {"form": form, "again": found, "start": start, "totals": totals, "why_not": why_not}
    beside = {
        "expected": expected_days(today),
        "card": kept_card(client.id, today),
        "wishes": last_wishes(client, today),
    }
    return render_template("shop/same_again.html", **told, **beside), status


@bp.post("/care/same-again")
@open_to(CLIENT)
def order_again() -> Any:
    form, now, client = SameAgainForm(), clock.now(), my_record()
    start = start_with(client, form.order.data or "", form.kit.data or "")
    if not form.validate_on_submit():
        return again_page(form, client, start, 422)
    if form.answered is not None and not form.answered.is_nothing_new:
        return something_new(form, client.id, form.answered, now)
    found = found_again(form, client, start) or abort(404)
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
        start = start_with(client, form.order.data or "", form.kit.data or "")
        return str(again_page(form, client, start, 409, verdict)[0])

    return refused(Refused(verdict), as_it_is_now)


def placed_again(form: SameAgainForm, chosen: list[Chosen], client_id: int, now: datetime) -> Any:
    """Places what stood on the page; a second press meets the same order, and another one that waits is paid or ended first."""
    told = (client_id, form.value(), form.answered, signed_in(), now, clock.day_of(now))
    with transaction():
        order = place_order(*told, shown_minor=form.shown_minor, chosen=chosen)
        lines = {(line.product_id, line.quantity) for line in order.lines}
    session.pop(TYPED, None)
    is_same = lines == {(one.product_id, one.quantity) for one in chosen}
    if not is_same or is_otherwise(order, form.value(), form.shown_minor):
        flash("An earlier order still awaits its payment. Pay or cancel it first; then order the same again.", "soon")
        return redirect(url_for("shop.order", number=order.number), 303)
    return to_payment(order.number)
