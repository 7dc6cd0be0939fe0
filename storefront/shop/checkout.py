"""The checkout: everything on one page, then one press that places the order and leads to the payment page. The rule is asked
again there; what changed since the page was shown is confirmed anew, never charged silently."""

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, session, url_for

from catalogue.verdicts import Refused, Verdict
from storefront import clock
from storefront.db import transaction
from storefront.eligibility.models import Client
from storefront.eligibility.recheck_rules import Answered, may_place
from storefront.errors import wants_json
from storefront.orders import baskets
from storefront.orders.actions import place_order
from storefront.orders.delivery_days import expected_days
from storefront.orders.discount_uses import code_in_basket
from storefront.orders.models import Order
from storefront.orders.pricing import totals_of
from storefront.orders.rechecking import tell_news
from storefront.orders.rules import Delivery
from storefront.payments.paying import start_payment
from storefront.payments.stripe_values import PaymentUnavailable
from storefront.roles import CLIENT, open_to, signed_in
from storefront.shop import bp
from storefront.shop.basket import told_code
from storefront.shop.checkout_forms import CheckoutForm
from storefront.shop.delivering import ADDRESS, TYPED, last_address
from storefront.shop.forms import DiscountForm
from storefront.shop.whose import my_client_id, my_record

# What the page itself shows when it is read anew.
CHANGED = frozenset({"price-changed", "discount-used-up", "total-too-small"})


@bp.get("/checkout")
@open_to(CLIENT)
def checkout() -> Any:
    client = my_record()
    return checkout_page(empty_form(client), client)


def empty_form(client: Client) -> CheckoutForm:
    """With the address of the last parcel, or what was typed before something new was told."""
    return CheckoutForm(formdata=None, **(session.get(TYPED) or last_address(client)))


def checkout_page(
    form: CheckoutForm,
    client: Client,
    status: int = 200,
    changed: Verdict | None = None,
    typed: DiscountForm | None = None,
    against: Verdict | None = None,
) -> Any:
    """Refuses when the gate says no, with every reason, so that nobody fills in a form for nothing. `changed`: why the press
    before it placed nothing; `typed` and `against`: a discount code, and what is wrong with it."""
    lines, today = baskets.basket_of(client.id), clock.today()
    if not lines:
        return redirect(url_for("shop.basket"), 303)
    verdict = baskets.basket_verdict(client, lines, today)
    if not verdict.is_yes:
        raise Refused(verdict)
    code = code_in_basket(client.id)
    totals = {offer: totals_of(lines, offer, form.terms, code, today) for offer in form.terms.offers()}
    form.show(totals)
    told = {"form": form, "lines": lines, "totals": totals, "changed": changed, "client": client}
    told["expected"] = expected_days(today)
    told |= {"code": told_code(code, lines, today), "typed": typed or DiscountForm(formdata=None), "against": against}
    return render_template("shop/checkout.html", **told), status


def to_payment(number: str) -> Any:
    """To the payment page; when it cannot be reached the order waits on its own page, and nothing is lost."""
    try:
        return redirect(start_payment(number), 303)
    except PaymentUnavailable:
        flash(
            "The payment page cannot be reached just now. Everything is reserved for you: try again in a minute.",
            "stop",
        )
        return redirect(url_for("shop.order", number=number), 303)


@bp.post("/checkout")
@open_to(CLIENT)
def place() -> Any:
    form, now = CheckoutForm(), clock.now()
    typed, is_well = DiscountForm(), form.validate_on_submit()
    if typed.code.data:
        typed.code.errors = ["Press “Use the code” first, or leave this empty: nothing was ordered."]
    if typed.code.data or not is_well:
        return checkout_page(form, my_record(), 422, typed=typed)
    client_id, answered, shown = my_client_id(), form.answered, form.shown_minor
    if answered is not None and not answered.is_nothing_new:
        return something_new(form, client_id, answered, now)
    told = (client_id, form.value(), answered, signed_in(), now, clock.day_of(now))
    try:
        with transaction():
            order = place_order(*told, shown_minor=shown)
    except Refused as refused:
        if not CHANGED.isdisjoint(refused.verdict.codes) and not wants_json():
            return checkout_page(form, my_record(), 409, changed=refused.verdict)
        raise
    session.pop(TYPED, None)
    if order.placed_at != now and baskets.plain_lines(client_id):
        flash(
            "An earlier order still awaits its payment. Pay or cancel it first; your basket keeps its contents.", "soon"
        )
        return redirect(url_for("shop.order", number=order.number), 303)
    if is_otherwise(order, form.value(), shown):
        flash(
            "This order awaits its payment as you placed it first. To have it otherwise, cancel it: what is in it will be "
            "in your basket again.",
            "soon",
        )
        return redirect(url_for("shop.order", number=order.number), 303)
    return to_payment(order.number)


def is_otherwise(order: Order, where: Delivery, shown_minor: int | None) -> bool:
    """Whether the order that awaits its payment goes elsewhere, or costs something else, than what was confirmed just now."""
    told = (where.kind, where.recipient or order.recipient, where.address)
    return told != (order.way, order.recipient, order.address) or shown_minor not in (None, order.total_minor)


def keep_typed(form: CheckoutForm) -> None:
    """What was typed is in the form again, once whatever comes first is done."""
    session[TYPED] = {name: form[name].data for name in ("delivery", *ADDRESS)}


def something_new(form: CheckoutForm, client_id: int, answered: Answered, now: datetime) -> Any:
    """Nothing is ordered: a reaction leads to help, anything else that is new to the safety questions. The basket stays as it
    is, and what was typed is in the form again afterwards."""
    with transaction():
        tell_news(client_id, answered, signed_in(), now)
    keep_typed(form)
    if wants_json():
        raise Refused(may_place(answered))
    flash("Nothing was ordered, and your basket stays as it is. First this, please.", "soon")
    return redirect(url_for("shop.reaction" if answered.reaction != "no" else "shop.screening"), 303)
