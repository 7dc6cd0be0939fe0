"""Something is wrong with my skin: help first, then five short questions. What is told stops every sale to the client at once
and goes to the top of the practitioner's queue."""

from typing import Any, NamedTuple

from flask import redirect, render_template, url_for
from sqlalchemy import select
from wtforms.fields.choices import SelectChoice

from catalogue.batches import Batch
from storefront import clock
from storefront.db import db, transaction
from storefront.orders import stopping
from storefront.orders.models import Allocation, Order, OrderLine
from storefront.orders.records import records_of
from storefront.roles import CLIENT, open_to, signed_in
from storefront.shop import bp
from storefront.shop.forms import ReactionForm
from storefront.shop.whose import my_client_id

ELSE = "else"


class Bought(NamedTuple):
    """A product that reached the client, from which batch and order."""

    product_id: int
    batch_id: int
    name: str
    sku: str
    number: str
    batch: str

    @property
    def choice(self) -> str:
        return f"{self.number}/{self.sku}/{self.batch}"


def bought_by(client_id: int) -> list[Bought]:
    """What was packed for the client, the newest first."""
    found = select(OrderLine.product_id, Batch.id, OrderLine.name, OrderLine.sku, Order.number, Batch.code)
    found = found.join(Order, OrderLine.order_id == Order.id).join(Allocation, Allocation.line_id == OrderLine.id)
    found = found.join(Batch, Allocation.batch_id == Batch.id)
    found = found.where(Order.client_id.in_(records_of(client_id)), Allocation.state == "packed")
    return [Bought(*row) for row in db.session.execute(found.order_by(Order.id.desc(), OrderLine.id))]


def form_for(bought: list[Bought]) -> ReactionForm:
    form = ReactionForm()
    mine = [SelectChoice(one.choice, f"{one.name} (order {one.number}, batch {one.batch})") for one in bought]
    form.product.choices = [*mine, SelectChoice(ELSE, "Something else, or a treatment at the clinic")]
    if not form.is_submitted():
        form.product.data = form.product.choices[0].value
    return form


@bp.get("/care/reaction")
@open_to(CLIENT)
def reaction() -> Any:
    return reaction_page(form_for(bought_by(my_client_id())))


def reaction_page(form: ReactionForm, status: int = 200) -> Any:
    return render_template("shop/reaction.html", form=form), status


@bp.post("/care/reaction")
@open_to(CLIENT)
def report() -> Any:
    client_id, now = my_client_id(), clock.now()
    bought = bought_by(client_id)
    form = form_for(bought)
    if not form.validate_on_submit():
        return reaction_page(form, 422)
    about = next((one for one in bought if one.choice == form.product.data), None)
    ids = {"product_id": about.product_id, "batch_id": about.batch_id} if about else {}
    with transaction():
        stopping.report_reaction(client_id, form.words(), signed_in(), now, began_on=form.began_on.data, **ids)
    return redirect(url_for("shop.reaction_told"), 303)


@bp.get("/care/reaction/received")
@open_to(CLIENT)
def reaction_told() -> str:
    return render_template("shop/reaction_received.html")
