"""The basket: what is in it, what it costs today and, asked anew each time, whether it may be bought."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy import select

from catalogue import shelf
from catalogue.specification import Specification
from catalogue.verdicts import Stale, Verdict
from storefront import clock
from storefront.db import db, transaction
from storefront.eligibility.early_rules import last_wishes
from storefront.eligibility.rules import approval_in_force
from storefront.errors import refused
from storefront.orders import baskets, gate
from storefront.orders import kits as composing
from storefront.orders.basket_models import BasketLine
from storefront.orders.basket_news import news_of, read_news
from storefront.orders.clinic_terms import clinic_terms
from storefront.orders.discount_uses import InBasket, code_in_basket
from storefront.orders.kit_marks import kits_by_product, kits_in_basket
from storefront.orders.models import Order
from storefront.orders.pricing import goods_of, totals_of
from storefront.roles import CLIENT, open_to
from storefront.shop import bp
from storefront.shop.basket_kits import kits_told
from storefront.shop.delivering import usual_offer
from storefront.shop.forms import DiscountForm, KitForm, LineForm, NewsForm
from storefront.shop.whose import my_client_id, my_record


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the basket as its page shows it."""

    line: BasketLine
    stock: int
    verdict: Verdict

    @property
    def is_off_sale(self) -> bool:
        return shelf.NOT_VETTED.code in self.verdict.codes


@dataclass(frozen=True, slots=True)
class ToldCode:
    """The code in a basket, and why it takes nothing off what is in it today."""

    name: str
    verdict: Verdict


def told_of(lines: list[BasketLine], verdict: Verdict, rules: Specification, today: date) -> list[Told]:
    """Each line with its own reasons; those about the client stand above all lines."""
    found = []
    for line in lines:
        mine = Verdict(tuple(reason for reason in verdict.reasons if reason.sku == line.product.sku))
        found.append(Told(line, shelf.units_for_sale(line.product, today, rules), mine))
    return found


def told_code(code: InBasket | None, lines: list[BasketLine], today: date) -> ToldCode | None:
    return ToldCode(code.discount.code, code.verdict(goods_of(lines), today)) if code else None


def waiting_order(client_id: int) -> str | None:
    """The number of the order that still awaits its payment."""
    mine = select(Order.number).where(Order.client_id == client_id, Order.status == "awaiting_payment")
    return db.session.scalar(mine)


@bp.get("/basket")
@open_to(CLIENT)
def basket() -> str:
    return basket_page(DiscountForm(formdata=None))


def basket_page(form: DiscountForm, against: Verdict | None = None, why_not: Verdict | None = None) -> str:
    """The basket as it is now. `form` is the code as it was typed, `against` what is wrong with it; `why_not` says why a press
    changed nothing."""
    client, today = my_record(), clock.today()
    lines = baskets.basket_of(client.id)
    rules = gate.rules_on(today)
    verdict = baskets.basket_verdict(client, lines, today, rules) if lines else Verdict()
    approval, waiting = approval_in_force(client, today), waiting_order(client.id)
    told = told_of(lines, verdict, rules, today)
    counted = [item.line for item in told if not item.is_off_sale]
    code = code_in_basket(client.id)
    kits = kits_told(kits_in_basket(client.id), [(item.line, item.verdict) for item in told])
    offer, terms = usual_offer(client.id), clinic_terms()
    return render_template(
        "shop/basket.html",
        told=told,
        verdict=verdict,
        above=Verdict(tuple(reason for reason in verdict.reasons if reason.sku is None)),
        totals=totals_of(counted, offer, terms, code, today) if counted else None,
        way=terms.ways[offer[0]],
        country=terms.countries[offer[1]],
        code=told_code(code, counted, today),
        form=form,
        against=against,
        most=approval.quantity if approval else 1,
        waiting=waiting,
        wishes=last_wishes(client, today),
        kits_told=kits,
        kits=kits_by_product([each.kit for each in kits], [line.product_id for line in lines]),
        news=[each for each in news_of(client.id) if (each.code, each.order_number) != ("ordered", waiting)],
        why_not=why_not,
    )


@bp.post("/basket/lines")
@open_to(CLIENT)
def put_in() -> Any:
    form = LineForm()
    if not form.validate_on_submit():
        return render_template("shop/line_wrong.html", form=form), 422
    client_id, now = my_client_id(), clock.now()
    told = (client_id, form.sku.data, form.quantity.data, now, clock.day_of(now))
    try:
        with transaction():
            had = baskets.quantity_of(client_id, form.sku.data)
            line = baskets.put_in_basket(*told, shown=form.shown.data)
            quantity = line.quantity
    except Stale as error:
        return refused(error, partial(basket_page, DiscountForm(formdata=None), why_not=error.verdict))
    flash("It is in your basket.")
    if form.shown.data is None and had not in (None, quantity):
        flash(f"You had {had} of it in the basket before; now there are {quantity}.", "soon")
    return redirect(url_for("shop.basket"), 303)


@bp.post("/basket/kits")
@open_to(CLIENT)
def put_kit_in() -> Any:
    form = KitForm()
    if not form.validate_on_submit():
        return render_template("shop/line_wrong.html", form=form), 422
    client_id, now = my_client_id(), clock.now()
    with transaction():
        there = composing.put_kit_in_basket(client_id, form.kit.data, now, clock.day_of(now))
    flash("The kit is in your basket.")
    if there:
        flash(f"{', '.join(there)} was in your basket before and stays there as you had it.", "soon")
    return redirect(url_for("shop.basket"), 303)


@bp.post("/basket/lines/<sku>/removal")
@open_to(CLIENT)
def take_out(sku: str) -> Any:
    if "\0" in sku:
        abort(404)
    client_id = my_client_id()
    with transaction():
        baskets.remove_line(client_id, sku, clock.now())
    flash("It is out of your basket.")
    return redirect(url_for("shop.basket"), 303)


@bp.post("/basket/news/reading")
@open_to(CLIENT)
def read_basket_news() -> Any:
    """The client has read what stood on the page; what came after it stays."""
    form, client_id = NewsForm(), my_client_id()
    if form.validate_on_submit():
        with transaction():
            read_news(client_id, form.until.data)
    return redirect(url_for("shop.basket"), 303)
