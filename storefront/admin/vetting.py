"""Signing a vetting: the second person reads the report, types the password again and signs exactly what is on the page."""

from flask import flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from catalogue import signing
from catalogue.journal import Who
from catalogue.products import DossierChange
from storefront import clock
from storefront.accounts.confirming import is_password_of
from storefront.admin import bp
from storefront.admin.forms import VettingForm, vetting_form
from storefront.admin.reading import Judged, judged_today, product_or_404
from storefront.db import db, transaction
from storefront.eligibility.approval_rules import may_sign
from storefront.eligibility.records import qualifications_of
from storefront.eligibility.signatures import insist_qualified
from storefront.orders import stopping
from storefront.roles import ADMIN, PRACTITIONER, open_to, signed_in


@bp.get("/products/<sku>/vetting")
@open_to(ADMIN, PRACTITIONER)
def vetting(sku: str) -> str:
    found = judged_today(sku)
    return vetting_page(found, form_for(found))


@bp.post("/products/<sku>/vetting")
@open_to(ADMIN, PRACTITIONER)
def sign(sku: str) -> Response | tuple[str, int]:
    found = judged_today(sku)
    form, now, by = form_for(found), clock.now(), signed_in()
    if not form.validate_on_submit() or not is_password_right(form, by):
        return vetting_page(judged_today(sku), form), 422
    shown, notes = form.shown.data or "", form.notes_given() or None
    with transaction():
        if by.role == PRACTITIONER:
            insist_qualified(by, clock.today())
        signed = stopping.record_vetting(sku, by, clock.today(), now, shown, notes)
    is_listed = product_or_404(sku).listing is not None
    flash(told(signed.verdict, is_listed), "ok" if is_listed else "soon")
    return redirect(url_for("admin.product", sku=sku), 303)


def form_for(found: Judged) -> VettingForm:
    """A note for each rule that waits; only a practitioner is asked for them."""
    waiting = found.findings("review") if signed_in().role == PRACTITIONER else []
    return vetting_form(tuple(finding.rule for finding in waiting))


def vetting_page(found: Judged, form: VettingForm) -> str:
    made = select(DossierChange).where(DossierChange.dossier_id == found.product.dossier.id)
    changes = signing.open_changes(db.session.scalars(made.order_by(DossierChange.id)).all())
    form.shown.data = signing.shown_hash(found.report, found.dossier, found.product.summary)
    why_not = signing.may_not_sign(found.product, changes, signed_in()) or uncertified(signed_in())
    told = {"judged": found, "product": found.product, "form": form, "changes": changes, "why_not": why_not}
    return render_template("admin/vetting.html", meaning=signing.MEANING, **told)


def uncertified(by: Who) -> str | None:
    """Why a practitioner's certificate does not let them sign today."""
    if by.role != PRACTITIONER:
        return None
    verdict = may_sign(qualifications_of(by), clock.today())
    return None if verdict.is_yes else " ".join(reason.text for reason in verdict.reasons)


def is_password_right(form: VettingForm, by: Who) -> bool:
    """Whether the person at the screen is still who signed in."""
    if not is_password_of(by, form.password.data or "", clock.now()):
        form.password.errors = ("This is not your password.",)
        return False
    return True


def told(verdict: str, is_listed: bool) -> str:
    if is_listed:
        return "Signed. The product is vetted; it is on sale as soon as a released batch is there."
    if verdict == "accepted":
        return "Signed and accepted, but not on sale: a document is still to be stored."
    return f"Signed as {verdict}. The product stays off sale."
