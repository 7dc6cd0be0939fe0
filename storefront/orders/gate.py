"""How orders ask the gate: with rows read afresh under their locks, so that what a rule reads cannot change before the commit.
The rule itself is `eligibility.rules.may_buy`; here only what it reads is brought together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, select

from catalogue import shelf, versions
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.verdicts import Verdict
from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.rules import Wanted, may_buy
from storefront.orders.models import Order
from storefront.orders.records import purchases_of

STOCK = "no-batch"


def rules_on(day: date) -> Specification:
    """The specification in force on a day. Asked for after the locks: a version that takes force at once holds them first."""
    return versions.in_force(db.session(), day)


def products_with(condition: ColumnElement[bool], locked: bool = False) -> dict[int, Product]:
    """Products as they are now, with all that the shelf asks for, in the order of their ids. The locks come first and alone:
    of a row that had to be waited for, PostgreSQL reads anew only the row itself, not what is joined to it."""
    if locked:
        db.session.scalars(select(Product.id).where(condition).order_by(Product.id).with_for_update()).all()
    wanted = select(Product).where(condition).order_by(Product.id).options(*shelf.LOADING)
    fresh = wanted.execution_options(populate_existing=True)
    return {product.id: product for product in db.session.scalars(fresh).unique()}


def lock_products(ids: Iterable[int]) -> dict[int, Product]:
    """These products, locked, so that none of them can be taken off sale, nor its last unit go, between the answer of the gate
    and the commit."""
    return products_with(Product.id.in_(set(ids)), locked=True)


def ask(
    client: Client | None,
    wanted: Sequence[Wanted],
    today: date,
    but: Order | None = None,
    rules: Specification | None = None,
) -> Verdict:
    """Every reason why this client may not have these products today; `but` is the order being judged."""
    purchases = purchases_of(client.id, but) if client else ()
    ordered_on = day_of(but.accepted_at) if but is not None and but.accepted_at is not None else None
    return may_buy(client, wanted, clinic_policy(), rules or rules_on(today), today, purchases, ordered_on)


def ask_for_order(
    client: Client, order: Order, products: Mapping[int, Product], today: date, rules: Specification | None = None
) -> Verdict:
    """The gate for units that the order holds already: what is free on the shelf is no matter."""
    wanted = [Wanted(products[line.product_id], line.units) for line in order.kept_lines]
    verdict = ask(client, wanted, today, order, rules)
    return Verdict(tuple(reason for reason in verdict.reasons if reason.code != STOCK))
