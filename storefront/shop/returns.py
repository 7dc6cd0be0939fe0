"""Sending something back: what may come back and until when, the sheet to print, and what became of each return."""

from typing import Any

from flask import Response, abort, flash, redirect, render_template, url_for

from catalogue.money import Money
from catalogue.verdicts import require
from storefront import clock
from storefront.db import transaction
from storefront.files import hand_out
from storefront.orders.models import Order
from storefront.orders.return_ending import ask_return
from storefront.orders.return_label import label
from storefront.orders.return_models import GoodsReturn
from storefront.orders.return_records import lines_left, returns_of
from storefront.orders.return_rules import last_day, return_reasons
from storefront.orders.rules import has_left
from storefront.roles import CLIENT, open_to, signed_in
from storefront.shop import bp
from storefront.shop.orders import my_order
from storefront.shop.return_form import AskReturnForm, ask_return_form


@bp.get("/orders/<number>/returns")
@open_to(CLIENT)
def returns(number: str) -> Any:
    """Refuses when nothing of this order is with the client yet."""
    order = my_order(number)
    require(has_left(order.status))
    return returns_page(order, ask_return_form(order.lines, lines_left(order.id)))


def returns_page(order: Order, form: AskReturnForm, status: int = 200) -> Any:
    at = order.parcel.delivered_at if order.parcel else None
    told: dict[str, Any] = {
        "until": last_day(return_reasons()["changed-mind"], clock.day_of(at) if at else None),
        "returns": returns_of(order.id),
        "money": lambda minor: Money(minor, order.currency),
    }
    return render_template("shop/returns.html", order=order, form=form, **told), status


@bp.post("/orders/<number>/returns")
@open_to(CLIENT)
def ask_for_return(number: str) -> Any:
    order = my_order(number)
    form, now = ask_return_form(order.lines, lines_left(order.id)), clock.now()
    if not form.validate_on_submit():
        return returns_page(order, form, 422)
    asked = form.value()
    with transaction():
        mine = ask_return(number, asked, signed_in(), now, clock.day_of(now))
        comes_back = mine.why.comes_back
    flash(
        "Noted. Print the sheet below and send it with the goods."
        if comes_back
        else "Noted. We look at it and write to you."
    )
    return redirect(url_for("shop.returns", number=number) + "#returns", 303)


@bp.get("/orders/<number>/returns/<name>/label")
@open_to(CLIENT)
def return_label(number: str, name: str) -> Response:
    mine = my_return(my_order(number), name)
    return hand_out(label(mine, mine.asked_at), "application/pdf", f"{mine.number}.pdf")


def my_return(order: Order, name: str) -> GoodsReturn:
    """A return of this order; 404 for any other."""
    return next((each for each in returns_of(order.id) if each.number == name), None) or abort(404)
