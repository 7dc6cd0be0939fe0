"""How kits stand, for whoever composed them: which part cannot be had today, what a coming version would take out of one, and which
have ended. A kit whose part is gone is offered to nobody, and says so here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import selectinload

from catalogue import shelf
from catalogue.base import among
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.standings import standing_is
from catalogue.verdicts import Verdict
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.orders import gate
from storefront.orders.kit_models import Kit, KitPart
from storefront.orders.kits import OfferedKit, offered_to, standing_kits

SHOWN = 20


@dataclass(frozen=True, slots=True)
class LosingKit:
    """A kit that stands, and its parts that fall."""

    kit: Kit
    parts: tuple[Product, ...]


def kits_standing(client: Client | None, today: date) -> list[OfferedKit]:
    """The kits of one client, with all that speaks against each part for them, or those of everybody, with what speaks against
    selling it. A fixed number of queries."""
    kits = standing_kits(client.id if client else None)
    ids = {id for kit in kits for id in kit.product_ids}
    products = gate.products_with(Product.id.in_(ids))
    if client is not None:
        return offered_to(client, kits, products, today)
    rules = gate.rules_on(today)
    return [_on_the_shelf(kit, [products[part.product_id] for part in kit.parts], today, rules) for kit in kits]


def _on_the_shelf(kit: Kit, products: Sequence[Product], today: date, rules: Specification) -> OfferedKit:
    reasons = [reason for each in products for reason in shelf.verdict(each, 1, today, rules).reasons]
    stock = min(shelf.units_for_sale(product, today, rules) for product in products)
    return OfferedKit(kit, tuple(products), Verdict(tuple(reasons)), stock)


def ended_kits(client_id: int | None) -> Sequence[Kit]:
    """Those that are not offered any more, of one client or of everybody, the last one first."""
    ended = select(Kit).where(Kit.client_id == client_id, Kit.ended_at.is_not(None)).order_by(Kit.ended_at.desc())
    return db.session.scalars(ended.limit(SHOWN)).all()


def kits_lacking(client_id: int | None, today: date, rules: Specification) -> Sequence[Row[*tuple[Any, ...]]]:
    """Each part that cannot be sold today of a kit that stands, with the kit's name and code. One query."""
    lacks = ~standing_is(today, rules)["on-sale"]
    found = select(Kit.code, Kit.name.label("kit"), Product.name.label("part")).join(KitPart, KitPart.kit_id == Kit.id)
    found = found.join(Product, Product.id == KitPart.product_id).where(
        Kit.client_id == client_id, Kit.ended_at.is_(None)
    )
    return db.session.execute(found.where(lacks).order_by(Kit.id, KitPart.id).limit(SHOWN)).all()


def kits_losing(product_ids: Sequence[int]) -> tuple[LosingKit, ...]:
    """The kits that stand, of everybody and of clients, of which one of these products is a part."""
    losing = select(KitPart.kit_id).where(among(KitPart.product_id, product_ids))
    parts = selectinload(Kit.parts).selectinload(KitPart.product)
    kits = db.session.scalars(
        select(Kit).where(Kit.id.in_(losing), Kit.ended_at.is_(None)).options(parts).order_by(Kit.id)
    )
    gone = set(product_ids)
    return tuple(LosingKit(kit, tuple(part.product for part in kit.parts if part.product_id in gone)) for kit in kits)
