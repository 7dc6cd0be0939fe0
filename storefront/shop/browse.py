"""The shelf as everybody may see it: products with the report that put them there, and what the reader may do now.
The rule is `may_buy`; these pages only show what it says."""

from typing import Any

from flask import Response, abort, current_app, jsonify, make_response, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from catalogue import shelf
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.standings import vetted
from storefront import clock
from storefront.db import db
from storefront.eligibility import records, rules
from storefront.eligibility.early_rules import last_wishes
from storefront.errors import wants_json
from storefront.orders import gate
from storefront.orders.records import purchases_of
from storefront.roles import CLIENT, EVERYONE, STAFF, open_to, person
from storefront.shop import bp
from storefront.shop.product_json import as_json, linked
from storefront.shop.product_page import Shown, glance, shown

PER_PAGE = 60
# What `shelf.LOADING` loads, in one query: there are few batches of one product.
ONE = (shelf.LISTED, joinedload(Product.batches))


@bp.get("/products")
@open_to(EVERYONE)
def products() -> str:
    """What is on the shelf, some at a time; staff see what is not, too."""
    today = clock.today()
    in_force = gate.rules_on(today)
    found = select(Product).options(*shelf.LOADING).order_by(Product.kind, Product.name, Product.id)
    found = found if is_staff() else found.where(vetted(today, in_force))
    page = db.paginate(found, per_page=PER_PAGE, max_per_page=PER_PAGE)
    cards = [
        {
            "product": product,
            "verdict": "accepted" if shelf.is_vetted(product, today, in_force) else None,
            "stock": shelf.units_for_sale(product, today, in_force),
            "note": glance(product),
        }
        for product in page.items
    ]
    visible = [card for card in cards if card["verdict"] or is_staff()]
    return render_template("shop/browse_list.html", cards=visible, page=page, version=in_force.version)


@bp.get("/products/<slug>")
@open_to(EVERYONE)
def product(slug: str) -> Response:
    """The page, or to `Accept: application/json` the same facts as `product_json.as_json` tells them."""
    wanted = select(Product).where(Product.slug == slug).options(*ONE)
    found = db.session.scalars(wanted).unique().one_or_none()
    if found is None or (found.listing is None and not is_staff()):
        abort(404)
    in_force = gate.rules_on(clock.today())
    page = shown(found, in_force, clock.today())
    answer = jsonify(as_json(page)) if wants_json() else make_response(html(page, in_force))
    answer.vary.add("Accept")
    return answer


def html(page: Shown, in_force: Specification) -> str:
    settings = current_app.config["SETTINGS"]
    address = settings.base_url + url_for("shop.product", slug=page.product.slug)
    told = linked(page, address, settings.clinic_name)
    opened = open_to_reader(page.product, in_force)
    return render_template("shop/browse_product.html", shown=page, linked=told, **opened)


def is_staff() -> bool:
    who = person()
    return who is not None and who.role in STAFF


def open_to_reader(product: Product, in_force: Specification) -> dict[str, Any]:
    """What the gate says to whoever reads; a visitor is told the way in, staff that it depends."""
    policy, who, today = records.clinic_policy(), person(), clock.today()
    told: dict[str, Any] = {"policy": policy, "verdict": None, "greatest": 0, "wish": None}
    if who is None or who.role != CLIENT:
        return told
    client = records.client_of(who.id) if who.id else None
    bought = purchases_of(client.id) if client else ()
    wanted = [rules.Wanted(product, 1)]
    told["verdict"] = rules.may_buy(client, wanted, policy, in_force, today, bought)
    approval = rules.approval_in_force(client, today) if client else None
    told["greatest"] = approval.quantity if approval else 0
    told["wish"] = last_wishes(client, today).get(product.id)
    return told
