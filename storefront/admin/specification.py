"""The rules as they are in force, with where each comes from; and the market seen beside the shop's own products."""

from datetime import date
from functools import lru_cache

from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from catalogue import imports, specification
from catalogue.products import DossierRow, Product
from catalogue.reports import chapter_of
from catalogue.specification import Rule, Specification
from catalogue.vetting import Report, judge
from storefront import clock
from storefront.admin import bp
from storefront.admin.reading import judged
from storefront.db import db
from storefront.orders import gate
from storefront.roles import ADMIN, PRACTITIONER, open_to

MOST = 200


@bp.get("/specification")
@open_to(ADMIN, PRACTITIONER)
def rules() -> str:
    current = gate.rules_on(clock.today())
    kinds: dict[str, dict[str, list[Rule]]] = {kind: {} for kind in specification.KINDS}
    for rule in current.rules:
        kinds[rule.product].setdefault(chapter_of(rule.id), []).append(rule)
    return render_template("admin/specification.html", specification=current, kinds=kinds)


@bp.get("/market")
@open_to(ADMIN, PRACTITIONER)
def market() -> str:
    """The anonymous sample beside the shop's products, both judged by the same rules today."""
    today = clock.today()
    loading = joinedload(Product.dossier).selectinload(DossierRow.evidence)
    rows = db.session.scalars(
        select(Product).options(loading).order_by(Product.kind, Product.name).limit(MOST)
    ).unique()
    in_force = gate.rules_on(today)
    ours = [judged(product, in_force, today).report for product in rows]
    told = {"ours": ours, "market": market_reports(in_force, today), "specification": in_force}
    return render_template("admin/market.html", **told)


@lru_cache(maxsize=2)
def market_reports(in_force: Specification, today: date) -> tuple[Report, ...]:
    return tuple(judge(dossier, in_force, today) for dossier in imports.market_sample(in_force))
