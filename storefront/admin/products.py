"""The admin's products: what is on sale and why the rest is not, and each product's report, history and batches."""

import json

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from catalogue import journal
from catalogue.products import Vetting
from storefront import clock
from storefront.admin import bp
from storefront.admin.forms import ReasonForm
from storefront.admin.product_filters import SORTS, ProductFilters, oldest_judgement
from storefront.admin.reading import LOADING, judged, judged_today, product_or_404
from storefront.db import db, transaction
from storefront.orders import gate, stopping
from storefront.roles import ADMIN, PRACTITIONER, open_to, signed_in

PER_PAGE = 30


@bp.get("/products")
@open_to(ADMIN, PRACTITIONER)
def products() -> str:
    """What the address asks for. Each row is judged as it stands today; only the filter takes the verdict as last known."""
    filters, today = ProductFilters.read(request.args), clock.today()
    rules = gate.rules_on(today)
    found, is_cut = filters.chosen(today, rules)
    page = db.paginate(found.options(*LOADING), per_page=PER_PAGE, max_per_page=PER_PAGE)
    told = {"page": page, "rows": [judged(product, rules, today) for product in page.items], "is_cut": is_cut}
    as_of = oldest_judgement() if filters.verdict else None
    return render_template("admin/products.html", filters=filters, sorts=SORTS, as_of=as_of, **told)


@bp.get("/products/<sku>")
@open_to(ADMIN, PRACTITIONER)
def product(sku: str) -> str:
    return product_page(sku, ReasonForm())


def product_page(sku: str, form: ReasonForm) -> str:
    found = judged_today(sku)
    vettings = db.session.scalars(
        select(Vetting).where(Vetting.product_id == found.product.id).order_by(Vetting.id.desc()).limit(10)
    ).all()
    entries = journal.entries_of(db.session(), "product", sku)
    history = [(entry, json.loads(entry.particulars).get("changed", [])) for entry in reversed(entries)]
    told = {"judged": found, "product": found.product, "vettings": vettings, "history": history, "form": form}
    return render_template("admin/product.html", today=clock.today(), **told)


@bp.post("/products/<sku>/voiding")
@open_to(ADMIN, PRACTITIONER)
def void(sku: str) -> Response | tuple[str, int]:
    """One press and a reason take a product off sale; no second person is asked on the safe side."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return product_page(sku, form), 422
    with transaction():
        stopping.void_vetting(product_or_404(sku).sku, signed_in(), clock.now(), form.why.data or "")
    flash("Off sale. It takes a new signature to put it back.")
    return redirect(url_for("admin.product", sku=sku), 303)
