"""Composing kits, offering them and putting them in the basket. A kit holds what is for sale, and for one client only what they may
have; to nobody is a kit offered that holds anything they may not have. Every limit is asked of the parts, as of any product."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from catalogue import shelf
from catalogue.journal import Who, note
from catalogue.money import Money
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.verdicts import Reason, Refused, Stale, Verdict, require
from storefront.db import db
from storefront.eligibility.approval_rules import approval_reasons
from storefront.eligibility.models import Client
from storefront.eligibility.records import clinic_policy, lock_client
from storefront.eligibility.rules import Wanted, approval_in_force, client_verdict
from storefront.orders import baskets, gate
from storefront.orders.kit_marks import ONE_EACH, mark_basket
from storefront.orders.kit_models import Kit, KitPart, LineKit
from storefront.orders.models import Order, OrderLine
from storefront.orders.records import purchases_of, records_of
from storefront.orders.repeating import FOR_GOOD, Day
from storefront.orders.rules import BOUGHT

# What no time and no delivery lifts: a kit with such a part is not for this client.
NOT_FOR_THEM = (FOR_GOOD - {"no-batch"}) | {"too-many"}


@dataclass(frozen=True, slots=True)
class KitTold:
    """A kit as somebody composes it."""

    name: str
    skus: tuple[str, ...]
    leaflet: str


@dataclass(frozen=True, slots=True)
class OfferedKit:
    """A kit with its parts as they are today; its price and its stock come from them."""

    kit: Kit
    products: tuple[Product, ...]
    verdict: Verdict
    stock: int

    @property
    def price(self) -> Money:
        return sum((product.price for product in self.products[1:]), self.products[0].price)


def make_kit(told: KitTold, by: Who, now: datetime, today: date, client_id: int | None = None) -> Kit:
    """A kit for everybody, or for one client. Refuses, with every reason, without a name or a leaflet, with fewer than two parts,
    with what is not for sale and, for a client, with what they may not have."""
    client = lock_client(client_id) if client_id is not None else None
    found = gate.products_with(Product.sku.in_(told.skus))
    by_sku = {product.sku: product for product in found.values()}
    rules = gate.rules_on(today)
    reasons = [*_shape(told), *(_unknown(sku) for sku in told.skus if sku not in by_sku)]
    products = [by_sku[sku] for sku in dict.fromkeys(told.skus) if sku in by_sku]
    unsold = (each for each in products if not shelf.is_vetted(each, today, rules))
    reasons += [replace(shelf.not_vetted(each, rules), text=f"{each.name} is not for sale.") for each in unsold]
    if client is not None:
        reasons += approval_reasons(client, today) or _against(products, _day(client, rules, today))
    require(Verdict(tuple(reasons)))
    kit = Kit(code=f"K-{secrets.token_hex(4).upper()}", name=told.name, leaflet=told.leaflet, client_id=client_id)
    kit.made_at, kit.made_by_id, kit.made_by = now, by.id, by.name
    kit.parts = [KitPart(product_id=product.id) for product in products]
    db.session.add(kit)
    db.session.flush()
    note(db.session(), "kit made", "kit", kit.code, by, now, client=client.number if client else "")
    return kit


def _shape(told: KitTold) -> list[Reason]:
    found = []
    if not told.name or not told.leaflet:
        found.append(Reason("unnamed", "A kit has a name, and a leaflet that says how to begin.", "you", "Write both."))
    if len(set(told.skus)) < 2:
        found.append(Reason("too-few", "A kit holds two products at least, such as a roller and a serum.", "you", ""))
    return found


def _unknown(sku: str) -> Reason:
    return Reason("not-vetted", f"There is no product {sku}.", "you", "Look at the SKU again.", sku)


def _against(products: Sequence[Product], day: Day) -> list[Reason]:
    """What this client may not have, each part beside the others."""
    wanted = [Wanted(product, 1) for product in products]
    said = (day.verdict(each, [one for one in wanted if one is not each]) for each in wanted)
    return [reason for verdict in said for reason in verdict.reasons if reason.code in NOT_FOR_THEM - {"not-vetted"}]


def _day(client: Client, rules: Specification, today: date) -> Day:
    return Day(client, approval_in_force(client, today), clinic_policy(), rules, today, purchases_of(client.id))


def end_kit(code: str, by: Who, now: datetime, client_id: int | None = None) -> None:
    """It is offered no longer; orders keep its name. LookupError when there is none of that code; Stale when it ended already."""
    mine = select(Kit).where(Kit.code == code, Kit.client_id == client_id).with_for_update()
    kit = db.session.scalar(mine.execution_options(populate_existing=True))
    if kit is None:
        raise LookupError(code)
    if kit.ended_at is not None:
        raise Stale.because("wrong-state", "This kit is not offered any more.")
    kit.ended_at, kit.ended_by = now, by.name
    note(db.session(), "kit ended", "kit", kit.code, by, now)


def standing_kits(client_id: int | None) -> Sequence[Kit]:
    """The kits of one client, or those of everybody, with their products, the newest first."""
    mine = select(Kit).where(Kit.client_id == client_id, Kit.ended_at.is_(None)).order_by(Kit.id.desc())
    return db.session.scalars(mine.options(selectinload(Kit.parts).selectinload(KitPart.product))).all()


def kit_of_client(client_id: int, code: str) -> Kit | None:
    """A kit that was made for this client, or that they bought, with its products; it may have ended since."""
    came_in = select(LineKit.kit_id).join(OrderLine, OrderLine.id == LineKit.line_id).join(Order)
    bought = came_in.where(Order.client_id.in_(records_of(client_id)), Order.status.in_(BOUGHT))
    theirs = or_(Kit.client_id.in_(records_of(client_id)), Kit.client_id.is_(None) & Kit.id.in_(bought))
    parts = selectinload(Kit.parts).selectinload(KitPart.product)
    return db.session.scalar(select(Kit).where(Kit.code == code, theirs).options(parts))


def kits_offered(client: Client, today: date) -> list[OfferedKit]:
    """What this client may be offered, their own first. Nothing without an approval in force. A fixed number of queries."""
    if approval_in_force(client, today) is None:
        return []
    standing = select(Kit).where(
        Kit.ended_at.is_(None), or_(Kit.client_id.is_(None), Kit.client_id.in_(records_of(client.id)))
    )
    kits = db.session.scalars(standing.options(selectinload(Kit.parts)).order_by(Kit.client_id.is_(None), Kit.id)).all()
    if not kits:
        return []
    ids = {id for kit in kits for id in kit.product_ids}
    found = offered_to(client, kits, gate.products_with(Product.id.in_(ids)), today)
    return [each for each in found if NOT_FOR_THEM.isdisjoint(each.verdict.codes)]


def offered_to(client: Client, kits: Sequence[Kit], products: Mapping[int, Product], today: date) -> list[OfferedKit]:
    """Each kit with all that speaks against a part of it for this client."""
    day = _day(client, gate.rules_on(today), today)
    return [_offered(kit, [products[part.product_id] for part in kit.parts], day) for kit in kits]


def parts_for(client: Client, today: date) -> list[Product]:
    """What a kit for this client may hold: for sale, within the approval, free of their allergies, and not closed to them."""
    if approval_in_force(client, today) is None:
        return []
    listed = select(Product).join(Product.listing).options(*shelf.LOADING).order_by(Product.kind, Product.name)
    day = _day(client, gate.rules_on(today), today)
    found = db.session.scalars(listed).unique()
    return [each for each in found if NOT_FOR_THEM.isdisjoint(day.verdict(Wanted(each, 1), ()).codes)]


def _offered(kit: Kit, products: Sequence[Product], day: Day) -> OfferedKit:
    wanted = [Wanted(product, 1) for product in products]
    said = [day.verdict(each, [one for one in wanted if one is not each]) for each in wanted]
    stock = min(shelf.units_for_sale(product, day.today, day.rules) for product in products)
    reasons = tuple(reason for verdict in said for reason in verdict.reasons)
    return OfferedKit(kit, tuple(products), Verdict(reasons), stock)


def put_kit_in_basket(client_id: int, code: str, now: datetime, today: date) -> list[str]:
    """Puts each part in; what is there already stays as it is, and is given back by name so that it can be told. Refuses as each
    part by itself, and when the kit is not this client's, ended, or holds what they may not have."""
    client = lock_client(client_id)
    require(client_verdict(client, clinic_policy(), today))
    offered = next((each for each in kits_offered(client, today) if each.kit.code == code), None)
    if offered is None:
        text = "This kit is not offered to you."
        raise Refused.because("no-kit", text, "your practitioner", "Choose from your kit, or ask the clinic.")
    there = {line.product_id: line.quantity for line in baskets.plain_lines(client_id)}
    for product in offered.products:
        if product.id not in there:
            baskets.put_in_basket(client_id, product.sku, 1, now, today)
            db.session.flush()
    if all(there.get(product.id, ONE_EACH) == ONE_EACH for product in offered.products):
        mark_basket(client_id, offered.kit)
    return [product.name for product in offered.products if product.id in there]
