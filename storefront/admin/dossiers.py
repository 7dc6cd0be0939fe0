"""Entering and changing dossiers, by form or as a file with its documents; and the queue of those that wait for a signature."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from catalogue import drafts
from catalogue.documents import store_document
from catalogue.dossier_files import DossierError, parse_dossier
from catalogue.dossiers import Dossier
from catalogue.products import Document, Product
from catalogue.verdicts import Refused, Stale
from storefront import clock, errors
from storefront.admin import bp
from storefront.admin.dossier_clash import bring_up_to_date
from storefront.admin.dossier_findings import dossier_page, opened
from storefront.admin.dossier_forms import DossierForm
from storefront.admin.forms import DossierFileForm, content_of
from storefront.admin.intake import documents_of, take_in
from storefront.admin.reading import product_or_404, unlisted
from storefront.db import db, transaction
from storefront.orders import stopping
from storefront.roles import ADMIN, PRACTITIONER, open_to, signed_in


@bp.get("/dossiers")
@open_to(ADMIN, PRACTITIONER)
def dossiers() -> str:
    rows = unlisted(clock.today())
    ready = [row for row in rows if row.is_ready_to_sign]
    return render_template("admin/dossiers.html", ready=ready, rest=[row for row in rows if not row.is_ready_to_sign])


@bp.get("/dossiers/new")
@open_to(ADMIN)
def new_dossier() -> str:
    return dossier_page(opened(request.args.get("kind", "roller")))


@bp.post("/dossiers/<kind>")
@open_to(ADMIN)
def enter(kind: str) -> Response | tuple[str, int]:
    form = opened(kind)
    take_in(form, clock.now())
    documents_of(form)
    if form.validate_on_submit() and db.session.query(Product.id).filter_by(sku=form.sku.data).first():
        form.sku.errors = ["There is a product with this SKU already."]
    if not form.is_submitted() or form.errors:
        return dossier_page(form), 422
    try:
        return kept(form, None)
    except Stale as stale:
        form.sku.errors = [reason.text for reason in stale.verdict.reasons]
        return dossier_page(form), 422


@bp.get("/products/<sku>/dossier")
@open_to(ADMIN)
def dossier(sku: str) -> str:
    product = product_or_404(sku)
    return dossier_page(opened(product.kind, product), product)


@bp.post("/products/<sku>/dossier")
@open_to(ADMIN)
def change(sku: str) -> Response | tuple[str, int]:
    product = product_or_404(sku)
    form = opened(product.kind, product)
    form.sku.data = sku
    take_in(form, clock.now())
    documents_of(form)
    if not form.validate_on_submit():
        return dossier_page(form, product), 422
    try:
        return kept(form, sku)
    except Stale:
        return changed_meanwhile(form, sku)


def changed_meanwhile(form: DossierForm, sku: str) -> tuple[str, int]:
    """The form as it was typed, beside what somebody else has saved since it was opened. Nothing of it is kept yet."""
    errors.note_refusal("refused")
    product = product_or_404(sku)
    bring_up_to_date(form, product)
    return dossier_page(form, product), 409


def kept(form: DossierForm, sku: str | None) -> Response:
    """Keeps the dossier over the one as it is now; its files are stored already."""
    with transaction():
        current = drafts.dossier_of(product_or_404(sku)) if sku else None
        entered = form.dossier(current, documents_of(form))
        seen = form.was.data if sku else None
        product = stopping.enter_dossier(entered, {}, signed_in(), clock.now(), form.summary.data, seen)
    flash("Saved and judged. It is off sale until a second person signs it.")
    return redirect(url_for("admin.product", sku=product.sku), 303)


@bp.get("/dossiers/file")
@open_to(ADMIN)
def file_page() -> str:
    return render_template("admin/dossier_file.html", form=DossierFileForm())


@bp.post("/dossiers/file")
@open_to(ADMIN)
def enter_file() -> Response | tuple[str, int]:
    form = DossierFileForm()
    dossier = read(form) if form.validate_on_submit() else None
    if dossier is None:
        return render_template("admin/dossier_file.html", form=form), 422
    with transaction():
        stored = {**known_documents(dossier.sku), **store_all(form)}
        product = stopping.enter_dossier(dossier, named(dossier, stored), signed_in(), clock.now())
    flash("Read and judged. It is off sale until a second person signs it.")
    return redirect(url_for("admin.product", sku=product.sku), 303)


def read(form: DossierFileForm) -> Dossier | None:
    """The dossier in the file, or None with the file's error, its line and what to do."""
    name = form.dossier.data.filename or "dossier.toml"
    try:
        dossier = parse_dossier(content_of(form.dossier.data).decode("utf-8-sig"), name)
        drafts.refuse_unfit(dossier, signed_in())
    except UnicodeDecodeError:
        form.dossier.errors = [f"{name}: not a text in UTF-8. Save it as UTF-8."]
    except DossierError as error:
        form.dossier.errors = [str(error)]
    except Refused as refused:
        form.dossier.errors = [reason.text for reason in refused.verdict.reasons]
    else:
        return dossier
    return None


def store_all(form: DossierFileForm) -> dict[str, Document]:
    """The documents sent with it, by the names under which they came."""
    now = clock.now()
    return {
        base_name(file.filename or ""): store_document(db.session(), file.filename or "", content_of(file), now)
        for file in form.files
    }


def known_documents(sku: str) -> dict[str, Document]:
    """The documents that the product has already: sending the dossier again need not send them again."""
    product = drafts.locked_product(db.session(), sku)
    if product is None:
        return {}
    names = {row.document_sha256: row.file for row in product.dossier.evidence if row.document_sha256 and row.file}
    found = db.session.query(Document).filter(Document.sha256.in_(names))
    return {base_name(str(names[document.sha256])): document for document in found}


def named(dossier: Dossier, stored: Mapping[str, Document]) -> dict[str, Document]:
    """The stored documents by the names that the evidence uses, which may have a folder in front."""
    wanted = [evidence.file for evidence in dossier.evidence if evidence.file]
    return {file: stored[base_name(file)] for file in wanted if base_name(file) in stored}


def base_name(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name
