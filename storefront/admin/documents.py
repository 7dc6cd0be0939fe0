"""Suppliers' documents, for staff only: saved, never shown in the page, whatever they hold."""

from io import BytesIO

from flask import Response, abort, send_file
from sqlalchemy import select
from sqlalchemy.orm import undefer

from catalogue.products import Document
from storefront.admin import bp
from storefront.db import db
from storefront.roles import ADMIN, PRACTITIONER, open_to


@bp.get("/documents/<sha256>")
@open_to(ADMIN, PRACTITIONER)
def document(sha256: str) -> Response:
    found = db.session.scalar(select(Document).where(Document.sha256 == sha256).options(undefer(Document.content)))
    if found is None:
        abort(404)
    saved = send_file(BytesIO(found.content), mimetype=found.media_type, as_attachment=True, download_name=found.name)
    saved.headers["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    saved.headers["Cache-Control"] = "no-store"
    return saved
