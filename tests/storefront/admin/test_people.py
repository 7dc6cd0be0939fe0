"""Certificates of those who treat: put on record by the admin, each with its document, and by nobody else."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import JournalEntry
from storefront import clock
from storefront.accounts.models import Account
from storefront.eligibility.models import Qualification
from tests.catalogue import papers


def test_a_certificate_is_put_on_record_with_its_document(
    session: Session, admin: FlaskClient, worker: Account
) -> None:
    content, until = papers.pdf(), clock.today() + timedelta(days=365)

    def sent(**others: Any) -> Any:
        told = {
            "email": worker.email,
            "title": "Needling, level 7",
            "registration": "SN-1",
            "expires_on": until.isoformat(),
        }
        return admin.post("/admin/people/certificates", data={**told, **others})

    for wrong, words in (
        ({}, "Add the certificate itself."),
        ({"document": (BytesIO(b"no paper"), "x.pdf")}, "is not a whole PDF"),
        ({"document": (BytesIO(content), "x.pdf"), "email": "somebody@example.org"}, "Not a valid choice"),
        ({"document": (BytesIO(content), "x.pdf"), "expires_on": "soon"}, "Not a valid date"),
    ):
        answer = sent(**wrong)
        assert (answer.status_code, words in answer.text) == (422, True)
    assert session.scalars(select(Qualification).where(Qualification.title == "Needling, level 7")).all() == []
    assert sent(document=(BytesIO(content), "certificate.pdf")).status_code == 303
    kept = session.scalars(select(Qualification).where(Qualification.title == "Needling, level 7")).one()
    assert (kept.account_id, kept.expires_on, kept.entered_by) == (worker.id, until, "Alba Reed")
    page = admin.get("/admin/people").text
    assert f"/admin/documents/{kept.document_sha256}" in page
    assert admin.get(f"/admin/documents/{kept.document_sha256}").data == content
    assert (
        session.scalars(select(JournalEntry.verb).order_by(JournalEntry.id.desc())).first()
        == "certificate put on record"
    )
