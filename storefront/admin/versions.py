"""The versions of the specification: drafted as a copy, edited rule by rule, brought in and taken away as TOML. Nothing that
was published is edited; whoever goes back drafts anew."""

from datetime import timedelta
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import undefer
from werkzeug.wrappers import Response

from catalogue import journal, publishing, rejudging, versions
from catalogue.reports import chapter_of
from catalogue.specification import Rule, Specification, entries, load, parse
from catalogue.specification_changes import changes_between
from catalogue.specification_text import written
from catalogue.verdicts import Refused
from catalogue.versions import SpecificationVersion
from storefront import clock
from storefront.admin import bp
from storefront.admin.forms import ReasonForm, content_of, is_sent
from storefront.admin.version_forms import LARGEST_FILE, RuleForm, VersionFileForm, VersionForm, rule_form
from storefront.db import db, transaction
from storefront.orders import gate
from storefront.roles import ADMIN, PRACTITIONER, open_to, signed_in

SHOWN = 100


@bp.get("/specifications")
@open_to(ADMIN, PRACTITIONER)
def specifications() -> str:
    return versions_page(VersionForm(), VersionFileForm())


def versions_page(form: VersionForm, file_form: VersionFileForm) -> str:
    found = select(SpecificationVersion).options(*publishing.LOADING).order_by(SpecificationVersion.id.desc())
    told = {"versions": db.session.scalars(found.limit(SHOWN)).unique().all(), "today": clock.today()}
    in_force = gate.rules_on(clock.today())
    return render_template(
        "admin/versions.html", form=form, file_form=file_form, in_force=in_force, packaged=load(), **told
    )


@bp.post("/specifications")
@open_to(ADMIN)
def new_version() -> Response | tuple[str, int]:
    """Copies the rules in force under a new name and day."""
    form = VersionForm()
    if not form.validate_on_submit():
        return versions_page(form, VersionFileForm(formdata=None)), 422
    with transaction():
        raw = entries(gate.rules_on(clock.today()).document)
        raw |= {"version": form.version.data, "in_force_from": form.in_force_from.data}
        draft = publishing.draft_version(db.session(), written(raw), form.reason.data or "", signed_in(), clock.now())
    flash(f"Version {draft.version} is a copy of the rules in force. Now change what shall change.")
    return redirect(url_for("admin.version", version=draft.version), 303)


@bp.post("/specifications/files")
@open_to(ADMIN)
def import_version() -> Response | tuple[str, int]:
    """A version out of a TOML file, checked as loading checks."""
    form = VersionFileForm()
    is_valid = form.validate_on_submit()
    content = content_of(form.document.data) if is_sent(form.document.data) else b""
    if not content or len(content) > LARGEST_FILE:
        form.document.errors = [*form.document.errors, "Choose a TOML file of at most 1 MB."]
    elif is_valid and (draft := _imported(form, content)):
        flash(f"Version {draft.version} is in, as a draft.")
        return redirect(url_for("admin.version", version=draft.version), 303)
    return versions_page(VersionForm(formdata=None), form), 422


def _imported(form: VersionFileForm, content: bytes) -> SpecificationVersion | None:
    """The draft; None when the file is refused, with the reasons beside the field."""
    try:
        with transaction():
            text = content.decode("utf-8", "replace")
            return publishing.draft_version(db.session(), text, form.why.data or "", signed_in(), clock.now())
    except Refused as refused:
        form.document.errors = [reason.text for reason in refused.verdict.reasons]
        return None


@bp.get("/specifications/<version>")
@open_to(ADMIN, PRACTITIONER)
def version(version: str) -> str:
    return version_page(version_or_404(version))


def version_page(found: SpecificationVersion, form: VersionForm | None = None) -> str:
    """The version against the rules before it: what changes, then every rule."""
    rules = rules_of(found)
    before = rules_before(found, rules)
    chapters: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules.rules:
        chapters.setdefault((rule.product, chapter_of(rule.id)), []).append(rule)
    told: dict[str, Any] = {"found": found, "rules": rules, "before": before, "chapters": chapters}
    told["changes"] = changes_between(before, rules)
    told["form"] = form or VersionForm(data=_head(found, rules), formdata=None)
    told["judged"] = judged_so_far(found, rules)
    told["history"] = journal.entries_of(db.session(), "specification", found.version)
    return render_template(
        "admin/version.html", is_coming=is_coming(found), reason_form=ReasonForm(formdata=None), **told
    )


def rules_before(found: SpecificationVersion, rules: Specification) -> Specification:
    """What a version is compared with: once it took force, the rules of the day before; until then those in force today."""
    took_force = found.publication and not found.publication.withdrawn_at and rules.in_force_from <= clock.today()
    return gate.rules_on(rules.in_force_from - timedelta(days=1) if took_force else clock.today())


def judged_so_far(found: SpecificationVersion, rules: Specification) -> tuple[int, int] | None:
    """How far a version is that products are being judged by; None when that is over, or was not begun."""
    publication = found.publication
    is_over = publication and (publication.withdrawn_at or publication.done_at)
    return rejudging.count_judged(db.session(), rules) if found.signatures and not is_over else None


def rules_named(version: str) -> Specification:
    """The rules of a version, also of the packaged one; 404 when there is none of that name."""
    return load() if version == load().version else rules_of(version_or_404(version))


def _head(found: SpecificationVersion, rules: Specification) -> dict[str, object]:
    day = rules.in_force_from
    return {
        "version": found.version,
        "in_force_from": day,
        "reason": found.reason,
        "note": found.note,
        "was": found.hash,
    }


def is_coming(found: SpecificationVersion) -> bool:
    """Published, and its day is still to come."""
    publication = found.publication
    return bool(publication and not publication.withdrawn_at and publication.in_force_from > clock.today())


@bp.post("/specifications/<version>")
@open_to(ADMIN)
def edit_version(version: str) -> Response | tuple[str, int]:
    found, form = version_or_404(version), VersionForm()
    if not form.validate_on_submit():
        return version_page(found, form), 422
    raw = entries(found.document) | {"version": form.version.data, "in_force_from": form.in_force_from.data}
    return kept(found.version, raw, form.was.data or "", form.reason.data, form.note.data)


@bp.get("/specifications/<version>/document")
@open_to(ADMIN, PRACTITIONER)
def version_document(version: str) -> FlaskResponse:
    """The whole version as TOML; also the packaged one."""
    text = load().document if version == load().version else version_or_404(version).document
    told = {"Content-Disposition": f'attachment; filename="specification-{version}.toml"'}
    return FlaskResponse(text, mimetype="application/toml", headers=told)


@bp.get("/specifications/<version>/rules/new")
@open_to(ADMIN)
def new_rule(version: str) -> str:
    found = version_or_404(version)
    return rule_page(found, rule_form(None, found.hash, _taken(found)), None)


@bp.post("/specifications/<version>/rules")
@open_to(ADMIN)
def add_rule(version: str) -> Response | tuple[str, int]:
    found = version_or_404(version)
    form = rule_form(None, found.hash, _taken(found))
    if not form.validate_on_submit():
        return rule_page(found, form, None), 422
    raw = entries(found.document)
    raw["rule"].append(form.entry())
    return kept(found.version, raw, form.was.data or "")


@bp.get("/specifications/<version>/rules/<rule>")
@open_to(ADMIN)
def rule(version: str, rule: str) -> str:
    found = version_or_404(version)
    return rule_page(found, rule_form(_entry(found, rule), found.hash, _taken(found, rule)), rule)


@bp.post("/specifications/<version>/rules/<rule>")
@open_to(ADMIN)
def edit_rule(version: str, rule: str) -> Response | tuple[str, int]:
    found = version_or_404(version)
    form = rule_form(_entry(found, rule), found.hash, _taken(found, rule))
    if not form.validate_on_submit():
        return rule_page(found, form, rule), 422
    raw = entries(found.document)
    raw["rule"] = [form.entry() if each["id"] == rule else each for each in raw["rule"]]
    return kept(found.version, raw, form.was.data or "")


@bp.post("/specifications/<version>/rules/<rule>/retirement")
@open_to(ADMIN)
def retire_rule(version: str, rule: str) -> Response:
    found = version_or_404(version)
    raw = entries(found.document)
    raw["rule"] = [each for each in raw["rule"] if each["id"] != rule]
    return kept(found.version, raw, request.form.get("was", ""))


@bp.post("/specifications/<version>/removal")
@open_to(ADMIN)
def remove_version(version: str) -> Response:
    with transaction():
        publishing.discard_draft(db.session(), version, signed_in(), clock.now())
    flash(f"The draft {version} is gone.")
    return redirect(url_for("admin.specifications"), 303)


@bp.post("/specifications/<version>/withdrawal")
@open_to(ADMIN, PRACTITIONER)
def withdraw_version(version: str) -> Response | tuple[str, int]:
    form = ReasonForm()
    if not form.validate_on_submit():
        flash("Say why it is withdrawn.", "stop")
        return version_page(version_or_404(version)), 422
    with transaction():
        publishing.withdraw_version(db.session(), version, form.why.data or "", signed_in(), clock.today(), clock.now())
    flash(f"Version {version} will not take force.")
    return redirect(url_for("admin.version", version=version), 303)


def rule_page(found: SpecificationVersion, form: RuleForm, rule: str | None) -> str:
    return render_template("admin/version_rule.html", found=found, form=form, rule=rule)


def kept(version: str, raw: dict[str, Any], was: str, reason: str | None = None, note: str | None = None) -> Response:
    """The draft with that content; signatures are void when it changed."""
    with transaction():
        now = clock.now()
        draft = publishing.edit_draft(db.session(), version, written(raw), signed_in(), now, was, reason, note)
    flash(f"Version {draft.version} is kept.")
    return redirect(url_for("admin.version", version=draft.version), 303)


def version_or_404(version: str) -> SpecificationVersion:
    found = select(SpecificationVersion).where(SpecificationVersion.version == version)
    loading = (*publishing.LOADING, undefer(SpecificationVersion.document))
    return db.session.scalar(found.options(*loading)) or abort(404)


def rules_of(found: SpecificationVersion) -> Specification:
    """The rules of a version, draft or not."""
    known = versions.with_hash(db.session(), found.hash) if found.publication else None
    return known or parse(found.document, f"version {found.version}")


def _entry(found: SpecificationVersion, rule: str) -> dict[str, Any]:
    return next((each for each in entries(found.document)["rule"] if each["id"] == rule), None) or abort(404)


def _taken(found: SpecificationVersion, but: str = "") -> frozenset[str]:
    return frozenset(each["id"] for each in entries(found.document)["rule"]) - {but}
