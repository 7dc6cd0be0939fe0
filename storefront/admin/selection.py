"""One act for several products, asked twice: first what would happen to each, by name, then with one reason the act itself. Each
product is a transaction of its own, all or nothing; what is no longer as it was shown is told and left alone. Only the safe
side is open to several at once: nothing is ever signed, released or put on sale here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response

from catalogue.batches import Batch
from catalogue.products import Product
from catalogue.verdicts import Reason, Refused
from storefront import clock
from storefront.admin import bp
from storefront.admin.forms import ReasonForm
from storefront.admin.order_story import keep_the_no
from storefront.admin.product_filters import ProductFilters
from storefront.db import db, transaction
from storefront.orders import stopping
from storefront.orders.models import Order, OrderLine
from storefront.orders.rules import STOPPABLE, UNPAID
from storefront.roles import ADMIN, PRACTITIONER, open_to, signed_in

MOST = 100  # products at once
HOLDABLE = ("waiting", "released")
Answer = Response | str | tuple[str, int]


@dataclass(frozen=True)
class Planned:
    """A chosen product, the batches of it that could be held, and how many orders under way have it."""

    product: Product
    orders: int

    @property
    def batches(self) -> list[Batch]:
        return [batch for batch in self.product.batches if batch.status in HOLDABLE]


@dataclass(frozen=True)
class Outcome:
    """What became of one row that was ticked: nothing speaks against it, or why it was left as it is."""

    name: str
    reference: str
    reasons: tuple[Reason, ...] = ()


@bp.post("/selection/voiding-plan")
@open_to(ADMIN, PRACTITIONER)
def plan_voiding() -> Answer:
    return plan("void", ReasonForm(formdata=None))


@bp.post("/selection/hold-plan")
@open_to(ADMIN, PRACTITIONER)
def plan_hold() -> Answer:
    return plan("hold", ReasonForm(formdata=None))


@bp.post("/selection/voiding")
@open_to(ADMIN, PRACTITIONER)
def void_chosen() -> Answer:
    form, by = ReasonForm(), signed_in()
    if not form.validate_on_submit():
        return plan("void", form)
    why = form.why.data or ""
    return outcomes("void", [(one, lambda sku: stopping.void_vetting(sku, by, clock.now(), why)) for one in chosen()])


@bp.post("/selection/hold")
@open_to(ADMIN, PRACTITIONER)
def hold_chosen() -> Answer:
    """Holds the batches that were shown; one that moved meanwhile leaves its product's batches all as they are."""
    form, by = ReasonForm(), signed_in()
    if not form.validate_on_submit():
        return plan("hold", form)
    why, shown = form.why.data or "", set(request.form.getlist("batch"))
    codes = {one.product.sku: sorted(shown & {batch.code for batch in one.product.batches}) for one in chosen()}

    def hold(sku: str) -> None:
        for code in codes[sku]:
            stopping.hold_batch(code, by, clock.now(), why)

    return outcomes("hold", [(one, hold) for one in chosen() if codes[one.product.sku]])


def plan(act: str, form: ReasonForm) -> Answer:
    """What would happen, by name; without any product chosen the list again."""
    planned = chosen()
    if not planned:
        flash("Choose products first: tick them in the list.", "soon")
        return redirect(back(), 303)
    page = render_template("admin/selection.html", act=act, planned=planned, form=form, filters=filters(), back=back())
    return (page, 422) if form.errors else page


def outcomes(act: str, steps: Sequence[tuple[Planned, Callable[[str], object]]]) -> Answer:
    told = [carried_out(one.product.name, one.product.sku, step) for one, step in steps]
    return render_template("admin/selection_outcome.html", act=act, outcomes=told, back=back())


def filters() -> ProductFilters:
    """What the list was narrowed by when the products were chosen: it comes along from page to page."""
    return ProductFilters.read(request.form)


def back() -> str:
    arguments: dict[str, Any] = filters().arguments
    return url_for("admin.products", **arguments)


def carried_out(name: str, reference: str, step: Callable[[str], object]) -> Outcome:
    """One of several, in a transaction of its own: what is refused is told, and the others go on."""
    try:
        with transaction():
            step(reference)
    except Refused as refused:
        keep_the_no(refused)
        return Outcome(name, reference, refused.verdict.reasons)
    return Outcome(name, reference)


def chosen() -> list[Planned]:
    """The ticked products with what the plan says of them."""
    skus = request.form.getlist("sku")[:MOST]
    found = select(Product).where(Product.sku.in_(skus)).order_by(Product.name, Product.id)
    loaded = found.options(joinedload(Product.listing), selectinload(Product.batches))
    under_way = select(OrderLine.product_id, func.count()).join(OrderLine.order)
    under_way = under_way.join(Product, Product.id == OrderLine.product_id).where(Product.sku.in_(skus))
    under_way = under_way.where(Order.status.in_(UNPAID + STOPPABLE)).group_by(OrderLine.product_id)
    orders = {row[0]: row[1] for row in db.session.execute(under_way)}
    return [Planned(product, orders.get(product.id, 0)) for product in db.session.scalars(loaded).unique()]
