"""The basket, kept for the client on the server. A line stays when the gate closes later; the basket's page then says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import contains_eager

from catalogue import shelf
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.verdicts import Refused, Verdict
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.eligibility.records import lock_client
from storefront.eligibility.rules import Wanted
from storefront.orders import gate
from storefront.orders.basket_models import BasketLine
from storefront.orders.discount_uses import return_code
from storefront.orders.kit_marks import kits_of_order, mark_basket, unmark_basket
from storefront.orders.models import Order
from storefront.orders.moving import require


@dataclass(frozen=True, slots=True)
class Chosen:
    """So many of a product, ordered beside the basket."""

    product_id: int
    quantity: int
    kit_id: int | None = None


def basket_of(client_id: int) -> list[BasketLine]:
    """The lines in the order in which they were put in, each product with all that the shelf asks for."""
    mine = select(BasketLine).where(BasketLine.client_id == client_id).order_by(BasketLine.id)
    whole = mine.join(BasketLine.product).options(contains_eager(BasketLine.product).options(*shelf.LOADING))
    return list(db.session.scalars(whole.execution_options(populate_existing=True)).unique())


def basket_verdict(
    client: Client, lines: Sequence[BasketLine], today: date, rules: Specification | None = None
) -> Verdict:
    """Every reason why this basket may not be ordered today; those of one line carry its SKU."""
    return gate.ask(client, [Wanted(line.product, line.quantity) for line in lines], today, rules=rules)


def put_in_basket(client_id: int, sku: str, quantity: int, now: datetime, today: date) -> BasketLine:
    """Sets how many of a product are in the basket, so that a second tap does no harm.

    Refuses with every reason that the gate has against the client, or against this product beside the others.
    """
    client = lock_client(client_id)
    lines = {line.product_id: line for line in plain_lines(client_id)}
    products = gate.products_with(Product.id.in_(lines) | (Product.sku == sku))
    product = next((one for one in products.values() if one.sku == sku), None)
    if product is None:
        raise Refused.because("not-vetted", "There is no such product.", "nobody", "Choose one of our products.")
    others = [Wanted(products[id], line.quantity) for id, line in lines.items() if id != product.id]
    verdict = gate.ask(client, [*others, Wanted(product, quantity)], today)
    require(Verdict(tuple(reason for reason in verdict.reasons if reason.sku in (None, sku))))
    line = lines.get(product.id) or BasketLine(client_id=client_id, product_id=product.id, added_at=now)
    line.quantity, line.unit_minor = quantity, product.price_minor
    db.session.add(line)
    return line


def plain_lines(client_id: int) -> Sequence[BasketLine]:
    """The lines as they are now, without their products."""
    mine = select(BasketLine).where(BasketLine.client_id == client_id).order_by(BasketLine.id)
    return db.session.scalars(mine.execution_options(populate_existing=True)).all()


def remove_line(client_id: int, sku: str) -> None:
    """Takes a product out of the basket; what is not there is no matter. A kit that it was part of is none any more."""
    ids = db.session.scalars(select(Product.id).where(Product.sku == sku)).all()
    db.session.execute(delete(BasketLine).where(BasketLine.client_id == client_id, BasketLine.product_id.in_(ids)))
    unmark_basket(client_id, ids)


def empty_basket(client_id: int) -> None:
    """The basket became an order."""
    unmark_basket(client_id)
    db.session.execute(delete(BasketLine).where(BasketLine.client_id == client_id))


def return_to_basket(order: Order, now: datetime) -> None:
    """The lines of an order that was not paid are in the basket again, and its code, unless the client chose anew."""
    there = set(db.session.scalars(select(BasketLine.product_id).where(BasketLine.client_id == order.client_id)))
    for line in order.lines:
        if line.product_id not in there:
            again = BasketLine(client_id=order.client_id, product_id=line.product_id, quantity=line.quantity)
            again.added_at, again.unit_minor = now, line.unit_minor
            db.session.add(again)
    db.session.flush()
    return_code(order)
    for kit in {kit.id: kit for kit in kits_of_order(order).values()}.values():
        mark_basket(order.client_id, kit)
