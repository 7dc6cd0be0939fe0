"""The discount code of a basket: used from the basket's page or the checkout, and taken out again. Tries are counted for each
client, so that nobody guesses codes; what is wrong with one is said beside the field."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.exceptions import TooManyRequests

from catalogue.verdicts import Refused, Verdict
from storefront import clock, errors
from storefront.accounts.attempts import Limit, count_attempt, take_back
from storefront.db import transaction
from storefront.orders import discounts
from storefront.roles import CLIENT, open_to
from storefront.shop import bp
from storefront.shop.basket import basket_page
from storefront.shop.checkout import checkout_page, empty_form, keep_typed, place
from storefront.shop.checkout_forms import CheckoutForm
from storefront.shop.forms import DiscountForm
from storefront.shop.whose import my_client_id, my_record

TRIES = Limit("discount", 10, timedelta(minutes=15))
AT_CHECKOUT = "checkout"


@bp.post("/basket/discount")
@open_to(CLIENT)
def use_code() -> Any:
    form = DiscountForm()
    if page_of(form) == AT_CHECKOUT and not form.code.data:
        return place()  # Enter in a field of the order presses its first button, which is this one
    if not form.validate_on_submit():
        return shown_again(form, 422)
    client_id, typed, now = my_client_id(), form.code.data or "", clock.now()
    try:
        with transaction():
            tried = count_attempt(TRIES, str(client_id), now)
        with transaction():
            used = discounts.put_code_in_basket(client_id, typed, clock.day_of(now))
            take_back(tried)
    except TooManyRequests as flood:
        form.code.errors = ["Too many codes were tried. Wait a quarter of an hour, or call us."]
        body, status = shown_again(form, 429)
        return body, status, {"Retry-After": str(flood.retry_after)}
    except Refused as refused:
        verdict = refused.verdict
        return errors.refused(refused, lambda: str(shown_again(form, 409, verdict)[0]))
    if "recipient" in request.form:
        keep_typed(CheckoutForm())
    flash(f"The code {used.code} is in your basket.")
    return redirect(url_for(f"shop.{page_of(form)}"), 303)


@bp.post("/basket/discount/removal")
@open_to(CLIENT)
def take_code_out() -> Any:
    client_id = my_client_id()
    with transaction():
        discounts.take_code_out(client_id)
    flash("The code is out of your basket.")
    return redirect(url_for(f"shop.{page_of(DiscountForm())}"), 303)


def page_of(form: DiscountForm) -> str:
    return AT_CHECKOUT if form.page.data == AT_CHECKOUT else "basket"


def shown_again(form: DiscountForm, status: int, against: Verdict | None = None) -> tuple[Any, int]:
    """The page that the code was typed on, with the code and what is wrong with it."""
    if page_of(form) != AT_CHECKOUT:
        return basket_page(form, against), status
    client = my_record()
    order = CheckoutForm() if "recipient" in request.form else empty_form(client)
    page = checkout_page(order, client, status, typed=form, against=against)
    return page if isinstance(page, tuple) else (page, 303)
