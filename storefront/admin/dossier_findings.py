"""What the rules say of a dossier while it is being typed. Nothing of it is written but files that were sent, so that nobody
has to choose them twice. With a script the answer comes by itself, without one by a press of a button, and both are the same."""

from flask import render_template, request

from catalogue import drafts
from catalogue.products import Product
from catalogue.reports import ReadFinding, chapters
from catalogue.specification import KINDS
from catalogue.versions import in_force_and_coming
from catalogue.vetting import Report, judge
from storefront import clock
from storefront.admin import bp
from storefront.admin.dossier_clash import found_changed, seen, take_theirs
from storefront.admin.dossier_forms import DossierForm, dossier_form
from storefront.admin.intake import attach, documents_of, stored_like, take_in
from storefront.admin.reading import product_or_404
from storefront.db import db
from storefront.plain_text import one_line
from storefront.roles import ADMIN, open_to


@bp.post("/dossiers/<kind>/findings")
@open_to(ADMIN)
def findings(kind: str) -> str:
    """The result and the finding beside each rule, as parts for the page that is open."""
    product = product_of_form()
    form = opened(kind, product)
    told = report_on(form, product)
    return render_template("admin/dossier_findings.html", form=form, report=told, findings=by_fact(told))


@bp.post("/dossiers/<kind>/preview")
@open_to(ADMIN)
def preview(kind: str) -> str:
    """The whole page as it was typed, judged, with the files that were sent and the document that was chosen."""
    product = product_of_form()
    form = opened(kind, product)
    take_in(form, clock.now())
    if chosen := request.form.get("attach"):
        attach(form, one_line(chosen))
    if product and (name := request.form.get("theirs")):
        take_theirs(form, product, one_line(name))
    documents_of(form)
    return dossier_page(form, product, is_asked=True)


def product_of_form() -> Product | None:
    """The product whose dossier is open; None for one that is new."""
    return product_or_404(one_line(request.form.get("sku"))) if request.form.get("was") else None


def opened(kind: str, product: Product | None = None) -> DossierForm:
    """The form as it was sent, or as the dossier is; under the rules in force today and with what those to come ask."""
    versions = in_force_and_coming(db.session(), clock.today())
    if product is not None:
        return dossier_form(product.kind, versions, drafts.dossier_of(product), product.summary)
    return dossier_form(kind if kind in KINDS else "roller", versions)


def dossier_page(form: DossierForm, product: Product | None = None, is_asked: bool = False) -> str:
    """`is_asked`: somebody asked for the result, or there is one already."""
    report = report_on(form, product)
    told = {"report": report, "findings": by_fact(report), "is_asked": is_asked or product is not None}
    told |= {"stored": stored_like(form.find.data) if is_asked else []}
    told |= {"clash": found_changed(form, product) if product is not None and form.before.data else None}
    return render_template("admin/dossier.html", form=form, product=product, kinds=KINDS, **told)


def report_on(form: DossierForm, product: Product | None) -> Report:
    """What the rules say of the form as it stands, complete or not."""
    current = seen(form, product)[0] if product is not None else None
    return judge(form.dossier(current, {}), form.rules, clock.today())


def by_fact(report: Report) -> dict[str, list[ReadFinding]]:
    """The findings in the order of the report, by the fact that each rule reads."""
    found: dict[str, list[ReadFinding]] = {}
    for chapter in chapters(report):
        for read in chapter.findings:
            found.setdefault(read.rule.fact, []).append(read)
    return found
