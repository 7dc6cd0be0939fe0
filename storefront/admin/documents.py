"""Suppliers' documents, for staff only: saved, never shown in the page, whatever they hold."""

from flask import Response, abort
from sqlalchemy import select
from sqlalchemy.orm import undefer

from catalogue.products import Document
from storefront.admin import bp
from storefront.db import db
from storefront.files import hand_out
from storefront.roles import ADMIN, PRACTITIONER, open_to


@bp.get("/documents/<sha256>")
@open_to(ADMIN, PRACTITIONER)
def document(sha256: str) -> Response:
    found = db.session.scalar(select(Document).where(Document.sha256 == sha256).options(undefer(Document.content)))
    if found is None:
        abort(404)
    return hand_out(found.content, found.media_type, found.name)
