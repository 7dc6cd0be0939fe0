"""What a version would do, and the two signatures under it: who signs has the consequences on the same page, and is asked for
the password again."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from catalogue import publishing
from catalogue.specification_changes import changes_between
from catalogue.verdicts import Stale
from catalogue.versions import Publication, SpecificationVersion
from storefront import clock
from storefront.admin import bp
from storefront.admin.version_forms import SignatureForm
from storefront.admin.versions import is_coming, judged_so_far, rules_of, version_or_404
from storefront.admin.vetting import is_password_right, uncertified
from storefront.db import transaction
from storefront.eligibility.signatures import insist_qualified
from storefront.orders import early_ends, gate, stopping
from storefront.orders.consequences import Falling, consequences, orders_with
from storefront.orders.touched import clients_of, count_of, count_touched
from storefront.plain_text import one_line
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


@bp.get("/specifications/<version>/early-ends")
@open_to(ADMIN)
def early_end(version: str) -> str:
    """Asks first: what one rule of a version would take off sale before its day, by name."""
    found, rule = version_or_404(version), one_line(request.args.get("rule"))
    ends = ending_by(found, rule)
    products, today = [each.product for each in ends], clock.today()
    told: dict[str, Any] = {"found": found, "rule": rules_of(found).rule(rule) if ends else None, "ends": ends}
    told["orders"] = sum(orders_with([product.id for product in products]).values())
    told["clients"] = count_of(clients_of(products, None, today)) if found.note else 0
    return render_template("admin/version_early_end.html", **told)


@bp.post("/specifications/<version>/early-ends")
@open_to(ADMIN)
def end_early(version: str) -> Response:
    """Takes off sale at once what was shown of what one rule of a version that is not in force yet refuses."""
    found, rule = version_or_404(version), one_line(request.form.get("rule"))
    shown = set(request.form.getlist("sku"))
    skus = [each.product.sku for each in ending_by(found, rule) if each.product.sku in shown]
    with transaction():
        why = f"Version {version} of the specification will refuse it: {rule}"
        ended = early_ends.end_before_its_day(skus, why, found.note, signed_in(), clock.now())
    flash(f"{ended} off sale at once, by {rule}.")
    return redirect(url_for("admin.version_consequences", version=version), 303)


def ending_by(found: SpecificationVersion, rule: str) -> list[Falling]:
    """What is on sale and falls by one rule of a version. Stale when that is in force already, or never will be."""
    if found.publication and not is_coming(found):
        raise Stale.because("not-coming", f"Version {found.version} is not one that is still to come.")
    today = clock.today()
    falls = consequences(rules_of(found), gate.rules_on(today), today).falls
    return [each for each in falls if rule in {against.id for against in each.rules}]


def consequences_page(found: SpecificationVersion, form: SignatureForm) -> str:
    rules, today = rules_of(found), clock.today()
    in_force, by = gate.rules_on(today), signed_in()
    form.shown.data = found.hash
    why_not = [reason.text for reason in publishing.may_sign(found, rules, by, today).reasons]
    why_not += [text for text in (uncertified(by),) if text]
    page: dict[str, Any] = {"found": found, "rules": rules, "in_force": in_force, "form": form, "why_not": why_not}
    dry_run = consequences(rules, in_force, today)
    page |= {"dry_run": dry_run, "changes": changes_between(in_force, rules)}
    page["told"] = count_touched([each.product for each in dry_run.falls], rules, in_force, today)
    page["judged"] = judged_so_far(found, rules)
    page["may_end"] = by.role == ADMIN and (found.publication is None or is_coming(found))
    return render_template("admin/version_consequences.html", meaning=publishing.MEANING, today=today, **page)


def told(version: str, published: Publication | None) -> str:
    if published is None:
        return f"Signed. Version {version} waits for the second signature."
    if published.done_at:
        return f"Version {version} is in force. What it refuses is off sale, and its orders are stopped."
    if published.in_force_from <= clock.today():
        return (
            f"Version {version} is in force. Products are still being judged by it, and each is off sale until it is."
        )
    return f"Version {version} is published. It takes force by itself on {published.in_force_from:%-d %B %Y}."
