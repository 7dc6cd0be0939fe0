"""What a version would do, and the two signatures under it: who signs has the consequences on the same page, and is asked for
the password again."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from catalogue import publishing
from catalogue.specification_changes import changes_between
from catalogue.versions import Publication, SpecificationVersion
from storefront import clock
from storefront.admin import bp
from storefront.admin.version_forms import SignatureForm
from storefront.admin.versions import rules_of, version_or_404
from storefront.admin.vetting import is_password_right, uncertified
from storefront.db import transaction
from storefront.eligibility.signatures import insist_qualified
from storefront.orders import gate, stopping
from storefront.orders.consequences import consequences
from storefront.roles import ADMIN, PRACTITIONER, open_to, signed_in


@bp.get("/specifications/<version>/consequences")
@open_to(ADMIN, PRACTITIONER)
def version_consequences(version: str) -> str:
    return consequences_page(version_or_404(version), SignatureForm())


@bp.post("/specifications/<version>/signature")
@open_to(ADMIN, PRACTITIONER)
def sign_version(version: str) -> Response | tuple[str, int]:
    form, by = SignatureForm(), signed_in()
    if not form.validate_on_submit() or not is_password_right(form, by):
        return consequences_page(version_or_404(version), form), 422
    with transaction():
        if by.role == PRACTITIONER:
            insist_qualified(by, clock.today())
        published = stopping.sign_version(version, by, clock.today(), clock.now(), form.shown.data or "")
    flash(told(version, published), "ok" if published else "soon")
    return redirect(url_for("admin.version", version=version), 303)


def consequences_page(found: SpecificationVersion, form: SignatureForm) -> str:
    rules, today = rules_of(found), clock.today()
    in_force, by = gate.rules_on(today), signed_in()
    form.shown.data = found.hash
    why_not = [reason.text for reason in publishing.may_sign(found, rules, by, today).reasons]
    why_not += [text for text in (uncertified(by),) if text]
    page: dict[str, Any] = {"found": found, "rules": rules, "in_force": in_force, "form": form, "why_not": why_not}
    page |= {"dry_run": consequences(rules, in_force, today), "changes": changes_between(in_force, rules)}
    return render_template("admin/version_consequences.html", meaning=publishing.MEANING, today=today, **page)


def told(version: str, published: Publication | None) -> str:
    if published is None:
        return f"Signed. Version {version} waits for the second signature."
    if published.done_at:
        return f"Version {version} is in force. What it refuses is off sale, and its orders are stopped."
    return f"Version {version} is published. It takes force by itself on {published.in_force_from:%-d %B %Y}."
