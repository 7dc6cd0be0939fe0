"""The shelf as everybody may see it: products with the report that put them there, and what the reader may do now.
The rule is `may_buy`; these pages only show what it says."""

from typing import Any

from flask import abort, render_template
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from catalogue import shelf, specification
from catalogue.products import Listing, Product
from storefront import clock
from storefront.db import db
from storefront.eligibility import records, rules
from storefront.orders.records import purchases_of
from storefront.roles import CLIENT, EVERYONE, STAFF, open_to, person
from storefront.shop import bp
from storefront.shop.product_page import glance, shown

# What `shelf.LOADING` loads, in one query: there are few batches of one product.
ONE = (joinedload(Product.listing).joinedload(Listing.vetting), joinedload(Product.batches))


@bp.get("/products")
@open_to(EVERYONE)
def products() -> str:
    version, today = specification.load().version, clock.today()
    found = db.session.scalars(select(Product).options(*shelf.LOADING).order_by(Product.name)).unique()
    cards = [
        {
            "product": product,
            "verdict": "accepted" if shelf.is_vetted(product, today, version) else None,
            "stock": shelf.units_for_sale(product, today),
            "note": glance(product),
        }
        for product in found
    ]
    visible = [card for card in cards if card["verdict"] or is_staff()]
    return render_template("shop/browse_list.html", cards=visible, version=version)


@bp.get("/products/<slug>")
@open_to(EVERYONE)
def product(slug: str) -> str:
    wanted = select(Product).where(Product.slug == slug).options(*ONE)
    found = db.session.scalars(wanted).unique().one_or_none()
    if found is None or (found.listing is None and not is_staff()):
        abort(404)
    page = shown(found, specification.load(), clock.today())
    return render_template("shop/browse_product.html", shown=page, **open_to_reader(found))


def is_staff() -> bool:
    who = person()
    return who is not None and who.role in STAFF


def open_to_reader(product: Product) -> dict[str, Any]:
    """What the gate says to whoever reads; a visitor is told the way in, staff that it depends."""
    policy, who, today = records.clinic_policy(), person(), clock.today()
    told: dict[str, Any] = {"policy": policy, "verdict": None, "greatest": 0}
    if who is None or who.role != CLIENT:
        return told
    client = records.client_of(who.id) if who.id else None
    bought = purchases_of(client.id) if client else ()
    wanted = [rules.Wanted(product, 1)]
    told["verdict"] = rules.may_buy(client, wanted, policy, specification.load().version, today, bought)
    approval = rules.approval_in_force(client, today) if client else None
    told["greatest"] = approval.quantity if approval else 0
    return told
