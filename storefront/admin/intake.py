"""Taking documents into a dossier's form: files that were sent are stored at once and stay in the form by their hash, and one
that is stored already is put in with what another dossier says of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from werkzeug.datastructures import FileStorage
from wtforms import Field

from catalogue.documents import store_document
from catalogue.drafts import evidence_of
from catalogue.products import Document, EvidenceRow
from catalogue.verdicts import Refused
from storefront.admin.dossier_forms import DossierForm, EvidenceForm
from storefront.admin.forms import content_of, is_sent
from storefront.admin.reading import escaped
from storefront.db import db, transaction

MOST_FOUND = 10


def take_in(form: DossierForm, now: datetime) -> None:
    """Stores every file that came with the form. What cannot be stored is told beside its field, and the rest is kept."""
    rows = [entry.form for entry in form.evidence if is_sent(entry.form.upload.data)]
    files = [file for file in form.uploads.data or [] if is_sent(file)]
    if not rows and not files:
        return
    with transaction():
        for row in rows:
            _put(row, _stored(row.upload.data, row.upload, now))
        for file in files:
            document = _stored(file, form.uploads, now)
            if document is not None and document.sha256 not in form.attached():
                _put(form.free_row(), document)


def attach(form: DossierForm, sha256: str) -> None:
    """Puts a stored document into the form, with what was last said of it. Nothing happens when there is none."""
    document = db.session.scalar(select(Document).where(Document.sha256 == sha256))
    last = select(EvidenceRow).where(EvidenceRow.document_sha256 == sha256).order_by(EvidenceRow.id.desc()).limit(1)
    said = db.session.scalar(last)
    row = form.free_row()
    if document is not None and row is not None:
        row.put_in(document, evidence_of(said) if said else None)


def documents_of(form: DossierForm) -> dict[str, Document]:
    """The stored files that the form names, by hash; a hash that names none is told as an error."""
    found = {
        one.sha256: one for one in db.session.scalars(select(Document).where(Document.sha256.in_(form.attached())))
    }
    for entry in form.evidence:
        if entry.form.sha256.data and entry.form.sha256.data not in found:
            entry.form.upload.process_errors = ["This file is not there any more: choose it again."]
    return found


def stored_like(query: str | None) -> Sequence[tuple[Document, EvidenceRow | None, int]]:
    """Stored documents with a part of these words in what is said of them: each with what was said last, and by how many
    dossiers it is used."""
    if not (query or "").strip():
        return []
    part = f"%{escaped((query or '').strip())}%"
    columns = (EvidenceRow.title, EvidenceRow.reference, EvidenceRow.issuer, Document.name)
    dossiers = func.count(EvidenceRow.dossier_id.distinct()).label("uses")
    uses = select(EvidenceRow.document_sha256, func.max(EvidenceRow.id).label("last"), dossiers)
    used = uses.group_by(EvidenceRow.document_sha256).subquery()
    found = select(Document, EvidenceRow, func.coalesce(used.c.uses, 0)).where(Document.media_type != "text/plain")
    found = found.outerjoin(used, used.c.document_sha256 == Document.sha256)
    found = found.outerjoin(EvidenceRow, EvidenceRow.id == used.c.last)
    found = found.where(or_(*(column.ilike(part, escape="\\") for column in columns)))
    rows = db.session.execute(found.order_by(Document.stored_at.desc(), Document.sha256).limit(MOST_FOUND))
    return [(document, evidence, number) for document, evidence, number in rows]


def _put(row: EvidenceForm | None, document: Document | None) -> None:
    if row is not None and document is not None:
        row.put_in(document)


def _stored(file: FileStorage, field: Field, now: datetime) -> Document | None:
    try:
        return store_document(db.session(), file.filename or "", content_of(file), now)
    except Refused as refused:
        told = " ".join(reason.text for reason in refused.verdict.reasons)
        field.process_errors = [*field.process_errors, told]
        field.errors = [*field.process_errors]
        return None
