"""The history of a dossier: every state that it was in, any two of them side by side, and every report as it was signed."""

import json

from flask import abort, render_template, request
from sqlalchemy import select

from catalogue import states, versions
from catalogue.limits import in_words
from catalogue.products import Product, Vetting
from catalogue.reports import chapters
from catalogue.states import State
from catalogue.verdicts import Finding
from catalogue.vetting import Report
from storefront import clock
from storefront.admin import bp
from storefront.admin.reading import product_or_404
from storefront.db import db
from storefront.roles import ADMIN, PRACTITIONER, open_to


@bp.get("/products/<sku>/history")
@open_to(ADMIN, PRACTITIONER)
def history(sku: str) -> str:
    """Every state and signature; the last two states side by side, or the two that were asked for."""
    product = product_or_404(sku)
    found = states.states_of(db.session(), product)
    left, right = (state_of(found, request.args.get(side), back) for side, back in (("left", 2), ("right", 1)))
    rows = states.differences(left, right) if left and right else []
    told = {"states": found, "left": left, "right": right, "rows": rows, "vettings": vettings_of(product)}
    return render_template("admin/history.html", product=product, **told)


@bp.get("/products/<sku>/history/<int:nth>")
@open_to(ADMIN, PRACTITIONER)
def state(sku: str, nth: int) -> str:
    """A dossier as it was from one moment on."""
    product = product_or_404(sku)
    found = states.states_of(db.session(), product)
    if not 0 < nth <= len(found):
        abort(404)
    return render_template(
        "admin/state.html", product=product, state=found[nth - 1], last=len(found), in_words=in_words
    )


@bp.get("/products/<sku>/vettings/<int:nth>")
@open_to(ADMIN, PRACTITIONER)
def signed_report(sku: str, nth: int) -> str:
    """A report as it was signed: its own copy of the dossier, its findings, and the rules of its day."""
    product = product_or_404(sku)
    signed = vettings_of(product)
    if not 0 < nth <= len(signed):
        abort(404)
    vetting = signed[nth - 1]
    report = report_of(vetting)
    kept = states.read(vetting.dossier)
    told = {"dossier": kept, "is_whole": kept.hash == vetting.dossier_hash, "findings": findings_of(vetting)}
    read = chapters(report) if report else []
    return render_template(
        "admin/signed_report.html",
        product=product,
        vetting=vetting,
        report=report,
        chapters=read,
        in_words=in_words,
        **told,
    )


def vettings_of(product: Product) -> list[Vetting]:
    """The oldest first; a report's address is its place among them."""
    return list(db.session.scalars(select(Vetting).where(Vetting.product_id == product.id).order_by(Vetting.id)))


def report_of(vetting: Vetting) -> Report | None:
    """The report under the rules that it was signed under; None where those are not at hand."""
    rules = versions.with_hash(db.session(), vetting.specification_hash)
    if rules is None:
        return None
    return Report(states.read(vetting.dossier), rules, clock.day_of(vetting.signed_at), findings_of(vetting))


def findings_of(vetting: Vetting) -> tuple[Finding, ...]:
    return tuple(Finding(**one) for one in json.loads(vetting.findings))


def state_of(found: list[State], asked: str | None, back: int) -> State | None:
    """The state that was asked for by its number, else the one so far from the end."""
    number = int(asked) if asked and asked.isascii() and asked.isdigit() and len(asked) < 6 else len(found) + 1 - back
    return found[number - 1] if 0 < number <= len(found) else None
