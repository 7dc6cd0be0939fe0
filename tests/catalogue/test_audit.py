"""What the audit of the catalogue finds when somebody writes past the verbs, row by row; and nothing when nobody did."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from catalogue.audit import broken_rows
from catalogue.listing_guards import take_guards_down
from tests.catalogue import samples

TAMPERED = {
    "another price": ("UPDATE product SET price_minor = 1", "its dossier is not what was entered"),
    "another name": ("UPDATE product SET name = 'Another'", "not what was signed"),
    "another fact": ("UPDATE dossier SET facts = '{}'", "its dossier is not what was entered"),
    "a document gone": ("UPDATE evidence SET document_sha256 = NULL", "on sale without every document"),
    "another proof": ("UPDATE evidence SET issued_on = '2020-01-01'", "its dossier is not what was entered"),
    "their own signature": ("UPDATE dossier_change SET by_id = 103", "signed by who had changed the dossier"),
    "another dossier signed": ("UPDATE vetting SET dossier = replace(dossier, '3400', '3500')", "not the one that was signed"),
    "a failed rule": ("UPDATE vetting SET findings = replace(findings, '\"pass\"', '\"fail\"')", "accepted against the rules"),
    "another day": ("UPDATE vetting SET signed_at = '2030-01-01 00:00:00+00'", "accepted against the rules"),
    "no release": ("DELETE FROM batch_decision WHERE decision = 'released'", "nobody released it"),
    "an open rule": ("UPDATE batch SET findings = replace(findings, '\"pass\"', '\"missing\"')", "released with a rule open"),
    "another file": ("UPDATE document SET content = CAST('x' AS {bytes})", "its content has changed"),
}  # fmt: skip


def test_a_catalogue_written_by_its_verbs_is_whole(session: Session) -> None:
    samples.on_sale(session)
    samples.on_sale(session, "serum", "SE-1")
    samples.sign(session, samples.entered(session, samples.complete("roller", "RL-9", needle_length_nominal=1)))
    samples.entered(session, samples.complete("roller", "RL-8"))
    assert list(broken_rows(session)) == []


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_written_past_the_verbs_is_found(session: Session, what: str) -> None:
    samples.on_sale(session)
    statement, told = TAMPERED[what]
    take_guards_down(session.connection())  # as who can write past the verbs could
    kind = "BLOB" if session.get_bind().dialect.name == "sqlite" else "BYTEA"
    session.execute(text(statement.replace("{bytes}", kind)).execution_options())
    session.expire_all()
    assert any(told in row for row in broken_rows(session)), list(broken_rows(session))
