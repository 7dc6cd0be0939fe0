"""The client's orders: where each one stands, what is in it and from which batch, and the two things that can be done: pay while
the payment page lives, and cancel until it is packed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for

from catalogue.money import Money
from storefront import clock
from storefront.db import transaction
from storefront.eligibility.records import clinic_policy
from storefront.files import hand_out
from storefront.orders.actions import cancel_order
from storefront.orders.clinic_terms import clinic_terms
from storefront.orders.editing import edits_of
from storefront.orders.invoicing import invoices_of, sheet_of
from storefront.orders.kit_marks import kits_of_order
from storefront.orders.models import Order
from storefront.orders.recall_answers import Concerned, recalled_in
from storefront.orders.records import find_order, orders_of
from storefront.orders.return_records import returns_of
from storefront.orders.rules import CLIENT_MAY_CANCEL, LEFT
from storefront.roles import CLIENT, open_to, signed_in
from storefront.shop import bp
from storefront.shop.checkout import to_payment
from storefront.shop.whose import my_client_id

BATCHES_SHOWN = ("packed", *LEFT)
BY_CLIENT = "The client cancelled it."


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an order stands, in words: the page, the list and the mail say the same."""

    title: str
    text: str
    tone: str


def standing(order: Order, now: datetime, is_back: bool) -> Standing:
    """`is_back`: the client comes from the payment page, and the payment may not have been heard of yet."""
    if order.status == "awaiting_payment" and is_back:
        text = "You need not pay again. This page shows the result as soon as your bank has told us, mostly within a minute."
        return Standing("We are checking your payment", text, "soon")
    if order.status == "awaiting_payment" and now >= order.expires_at:
        return Standing("The time to pay is over", "Your basket will have everything again in a moment.", "soon")
    if order.status == "accepted" and order.captured_minor == 0:
        text = "Everything was checked once more and is right for you. Your card is being charged now; we pack it next."
        return Standing("Accepted", text, "ok")
    if order.is_given_up:
        return GIVEN_UP
    words = TOLD | COLLECTED if order.delivery == "collection" else TOLD
    return Standing(*words[order.status])


TOLD = {
    "awaiting_payment": ("Not paid yet", "Everything is reserved for you until the time below.", "soon"),
    "expired": ("The time to pay is over", "Nothing was charged. Your basket has everything again.", "soon"),
    "accepted": ("Paid", "Thank you. We pack it next, and write when it leaves.", "ok"),
    "packed": ("Packed", "It leaves the clinic next.", "ok"),
    "dispatched": ("On its way", "Read the pages on home care before the first use.", "ok"),
    "delivered": ("Delivered", "Read the pages on home care before the first use.", "ok"),
    "returned_in_part": ("Returned in part", "What you keep is yours as before; the rest is paid back.", "ok"),
    "returned": ("Returned", "All of it is paid back.", "ok"),
    "on_hold": ("Stopped for now", "It does not leave the clinic. Here is why, and what happens next.", "stop"),
    "cancelled": ("Cancelled", "It will not be sent.", "stop"),
    "refunded": ("Paid back", "What you paid goes back to the card you used; banks take up to ten days.", "stop"),
}
GIVEN_UP = Standing(
    "Cancelled", "It will not be sent. All you paid goes back to the card you used; banks take up to ten days.", "stop"
)
# Of what the client collects at the clinic.
COLLECTED = {
    "accepted": ("Paid", "Thank you. We pack it next, and write when you may collect it.", "ok"),
    "packed": ("Packed", "We write as soon as you may collect it.", "ok"),
    "dispatched": (
        "Ready to collect",
        "It waits for you at the clinic. Read the pages on home care before the first use.",
        "ok",
    ),
    "delivered": ("Collected", "Read the pages on home care before the first use.", "ok"),
    "on_hold": ("Stopped for now", "It is not handed out. Here is why, and what happens next.", "stop"),
    "cancelled": ("Cancelled", "It is not handed out.", "stop"),
}


@bp.get("/orders")
@open_to(CLIENT)
def orders() -> str:
    return render_template("shop/orders.html", orders=orders_of(my_client_id()))


@bp.get("/orders/<number>")
@open_to(CLIENT)
def order(number: str) -> str:
    found, now = my_order(number), clock.now()
    return render_template(
        "shop/order.html",
        order=found,
        standing=standing(found, now, "paid" in request.args),
        may_pay=found.status == "awaiting_payment" and now < found.expires_at and "paid" not in request.args,
        may_cancel=found.status in CLIENT_MAY_CANCEL,
        shows_batches=found.status in BATCHES_SHOWN,
        has_left=found.status in LEFT,
        recalled=concerned(found),
        policy=clinic_policy(),
        money=lambda minor: Money(minor, found.currency),
        papers=invoices_of(found),
        kits=kits_of_order(found),
        by_client=BY_CLIENT,
        edits=edits_of(found.id),
        returns=returns_of(found.id),
        tax=found.costs.tax,
        country=clinic_terms().countries.get(found.country),
    )


@bp.get("/orders/<number>/invoices/<invoice>")
@open_to(CLIENT)
def invoice(number: str, invoice: str) -> Response:
    """The kept sheet, for the client of the order alone."""
    content = sheet_of(my_order(number), invoice)
    return hand_out(content, "application/pdf", f"{invoice}.pdf") if content is not None else abort(404)


def concerned(order: Order) -> list[Concerned]:
    """The recalled batches that this page has to speak of: what was sent, or what stopped the order."""
    found = recalled_in(order, order.status in LEFT)
    ends = [*order.holds, *([order.cancellation] if order.cancellation else ())]
    is_stopped_by_it = any("batch-recalled" in each.codes.split(",") for each in ends)
    return found if order.status in LEFT or is_stopped_by_it else []


def my_order(number: str) -> Order:
    found = find_order(number, my_client_id()) if "\0" not in number else None
    if found is None:
        abort(404)
    return found


@bp.post("/orders/<number>/payment")
@open_to(CLIENT)
def pay(number: str) -> Any:
    my_order(number)
    return to_payment(number)


@bp.post("/orders/<number>/cancellation")
@open_to(CLIENT)
def cancel(number: str) -> Any:
    my_order(number)
    with transaction():
        cancel_order(number, BY_CLIENT, signed_in(), clock.now())
    flash("Your order is cancelled. Nothing will be sent.")
    return redirect(url_for("shop.order", number=number), 303)
