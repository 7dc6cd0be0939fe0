"""The basket, kept for the client on the server, the same on every device. A line stays when the gate closes later; the basket's
page then says why. A line leaves in three ways alone, each told: taken out, ordered, or its client's record merged into another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import contains_eager, joinedload

from catalogue import shelf
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.verdicts import Refused, Stale, Verdict, require
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.eligibility.records import lock_client
from storefront.eligibility.rules import Wanted
from storefront.orders import gate
from storefront.orders.basket_models import BasketLine
from storefront.orders.basket_news import break_kits, forget_lines, forget_order, tell_basket
from storefront.orders.discount_uses import return_code
from storefront.orders.kit_marks import ONE_EACH, kits_of_order, mark_basket, unmark_basket
from storefront.orders.models import Order, OrderLine


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


def put_in_basket(
    client_id: int, sku: str, quantity: int, now: datetime, today: date, shown: int | None = None
) -> BasketLine:
    """Sets how many of a product are in the basket, so that a second tap does no harm.

    Refuses with every reason that the gate has against the client, or against this product beside the others; and when the
    number that was shown beside the press (`shown`) is not the one that is there, because another device was quicker.
    """
    client = lock_client(client_id)
    lines = {line.product_id: line for line in plain_lines(client_id)}
    products = gate.products_with(Product.id.in_(lines) | (Product.sku == sku))
    product = next((one for one in products.values() if one.sku == sku), None)
    if product is None:
        raise Refused.because("not-vetted", "There is no such product.", "nobody", "Choose one of our products.")
    had = lines.get(product.id)
    _require_shown(product, had, shown)
    others = [Wanted(products[id], line.quantity) for id, line in lines.items() if id != product.id]
    verdict = gate.ask(client, [*others, Wanted(product, quantity)], today)
    require(Verdict(tuple(reason for reason in verdict.reasons if reason.sku in (None, sku))))
    line = had or BasketLine(client_id=client_id, product_id=product.id, added_at=now)
    if had is not None and had.quantity != quantity:
        break_kits(client_id, [product.id], f"you changed the number of {product.name}", now)
    forget_lines(client_id, [product.id])
    line.quantity, line.unit_minor = quantity, product.price_minor
    db.session.add(line)
    return line


def quantity_of(client_id: int, sku: str) -> int | None:
    """How many of a product are in the basket."""
    mine = select(BasketLine.quantity).join(Product).where(BasketLine.client_id == client_id, Product.sku == sku)
    return db.session.scalar(mine)


def plain_lines(client_id: int) -> Sequence[BasketLine]:
    """The lines as they are now, without their products."""
    mine = select(BasketLine).where(BasketLine.client_id == client_id).order_by(BasketLine.id)
    return db.session.scalars(mine.execution_options(populate_existing=True)).all()


def _require_shown(product: Product, had: BasketLine | None, shown: int | None) -> None:
    there = had.quantity if had is not None else 0
    if shown is not None and shown != there:
        is_now = f"there are {there} in your basket now" if there else "it is not in your basket any more"
        text = f"You changed {product.name} on another device or in another window: {is_now}, not {shown}."
        raise Stale.because(
            "basket-changed", text, "you", "Nothing was changed by this press. Look at it, then press again."
        )


def remove_line(client_id: int, sku: str, now: datetime) -> None:
    """Takes a product out of the basket; what is not there is no matter. A kit that it was part of is none any more."""
    lock_client(client_id)
    mine = select(BasketLine.product_id, BasketLine.quantity, Product.name).join(Product)
    row = db.session.execute(mine.where(BasketLine.client_id == client_id, Product.sku == sku)).first()
    if row is None:
        return
    _leave(client_id, [row.product_id])
    break_kits(client_id, [row.product_id], f"you took out {row.name}", now)
    about = {"product_id": row.product_id, "quantity": row.quantity}
    tell_basket(client_id, "taken-out", f"You took out {row.quantity} × {row.name}.", now, **about)


def basket_to_order(order: Order, now: datetime) -> None:
    """The basket became an order."""
    unmark_basket(order.client_id)
    _leave(order.client_id, [line.product_id for line in order.lines])
    held = ", ".join(f"{line.quantity} × {line.name}" for line in order.lines)
    text = f"What was in your basket is in order {order.number}: {held}."
    tell_basket(order.client_id, "ordered", text, now, order_number=order.number)


def leave_basket(client_id: int, kept_id: int, now: datetime) -> None:
    """The basket of a record that was merged into another: what was in it is told there, and put in by nobody."""
    mine = select(BasketLine).where(BasketLine.client_id == client_id).options(joinedload(BasketLine.product))
    lines = db.session.scalars(mine.order_by(BasketLine.id)).all()
    unmark_basket(client_id)
    _leave(client_id, [line.product_id for line in lines])
    if lines:
        held = ", ".join(f"{line.quantity} × {line.product.name}" for line in lines)
        text = f"Your two records became one. The basket of the other one held {held}; it was not put into this one."
        tell_basket(kept_id, "merged", text, now)


def _leave(client_id: int, product_ids: Sequence[int]) -> None:
    """The only place where lines leave a basket; whoever calls it tells where they went."""
    gone = BasketLine.client_id == client_id, BasketLine.product_id.in_(product_ids)
    db.session.execute(delete(BasketLine).where(*gone))
    forget_lines(client_id, product_ids)


def return_to_basket(order: Order, why: str, now: datetime) -> None:
    """The lines of an order that was not paid are in the basket again, unless the client chose anew; each says where it comes from.
    `why`: what became of the order, as half a sentence."""
    forget_order(order)
    there = {line.product_id: line.quantity for line in plain_lines(order.client_id)}
    for line in order.lines:
        if line.product_id not in there:
            _come_back(line, order, why, now)
        elif there[line.product_id] != line.quantity:
            text = f"Order {order.number}, {why}, held {line.quantity} × {line.name}; you chose another number since, which stays."
            tell_basket(order.client_id, "not-back", text, now, product_id=line.product_id, order_number=order.number)
    db.session.flush()
    return_code(order)
    for kit in {kit.id: kit for kit in kits_of_order(order).values()}.values():
        if all(there.get(id, ONE_EACH) == ONE_EACH for id in kit.product_ids):
            mark_basket(order.client_id, kit)


def _come_back(line: OrderLine, order: Order, why: str, now: datetime) -> None:
    again = BasketLine(client_id=order.client_id, product_id=line.product_id, quantity=line.quantity)
    again.added_at, again.unit_minor = now, line.unit_minor
    db.session.add(again)
    text = f"{line.quantity} × {line.name} came back from order {order.number}, {why}."
    tell_basket(order.client_id, "came-back", text, now, product_id=line.product_id, order_number=order.number)
