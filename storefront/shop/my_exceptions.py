"""Asking for an exception when an order is too early: for one product, with a reason. The practitioner answers it at the desk; the
answer stands in “Your care”, on the product's page and in the basket."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy import select

from catalogue import shelf
from catalogue.products import Product
from catalogue.verdicts import Refused
from storefront import clock
from storefront.db import db, transaction
from storefront.eligibility.early_orders import wish_early
from storefront.eligibility.early_rules import may_wish
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.rules import Wanted, approval_in_force
from storefront.orders.records import purchases_of
from storefront.roles import CLIENT, open_to, signed_in
from storefront.shop import bp
from storefront.shop.forms import EarlyWishForm
from storefront.shop.whose import my_client_id, my_record

TO_BE_WRITTEN = "to be written"


@bp.get("/care/exceptions/<sku>")
@open_to(CLIENT)
def exception(sku: str) -> Any:
    return exception_page(sku, EarlyWishForm(formdata=None, quantity=1))


def exception_page(sku: str, form: EarlyWishForm, status: int = 200) -> Any:
    """Refuses with every reason why nothing is to be asked for, so that nobody writes for nothing."""
    client, product, today = my_record(), product_of(sku), clock.today()
    wanted = Wanted(product, 1)
    verdict, day = may_wish(client, wanted, TO_BE_WRITTEN, purchases_of(client.id), clinic_policy(), today)
    if not verdict.is_yes:
        raise Refused(verdict)
    approval = approval_in_force(client, today)
    told = {"product": product, "day": day, "most": approval.quantity if approval else 1}
    return render_template("shop/exception.html", form=form, **told), status


def product_of(sku: str) -> Product:
    """A product that is listed; 404 for any other."""
    if "\0" in sku:
        abort(404)
    wanted = select(Product).where(Product.sku == sku, Product.listing.has()).options(*shelf.LOADING)
    return db.session.scalars(wanted).unique().one_or_none() or abort(404)


@bp.post("/care/exceptions/<sku>")
@open_to(CLIENT)
def ask_for_exception(sku: str) -> Any:
    form, now = EarlyWishForm(), clock.now()
    if not form.validate_on_submit():
        return exception_page(sku, form, 422)
    client_id, line = my_client_id(), Wanted(product_of(sku), form.quantity.data)
    with transaction():
        bought = purchases_of(client_id)
        wish_early(client_id, line, form.why.data, bought, signed_in(), clock.day_of(now), now)
    flash("Your practitioner has been asked. You get a mail as soon as it is answered.")
    return redirect(url_for("shop.care") + "#exceptions", 303)
