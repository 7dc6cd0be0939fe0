"""What the database itself refuses, whoever writes to it: by raw SQL, on each kind of database."""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue import signing
from catalogue.products import Product
from tests.catalogue import samples
from tests.catalogue.samples import ADMIN, COLLEAGUE, NOW


def row(session: Session, sku: str) -> Product:
    product = samples.loaded(session, sku)
    session.execute(text("DELETE FROM listing"))
    return product


INSERT = (
    "INSERT INTO listing (id, product_id, vetting_id, dossier_hash, verdict, listed_at) "
    "SELECT 99, p.id, v.id, {hash}, {verdict}, '2026-11-22 09:00:00+00' FROM vetting v, product p WHERE p.sku = '{sku}'"
)


def insert(session: Session, hash: str = "v.dossier_hash", verdict: str = "'accepted'", sku: str = "RL-020") -> None:
    session.execute(text(INSERT.format(hash=hash, verdict=verdict, sku=sku)))
    session.flush()


def test_the_database_lets_a_true_listing_in(session: Session) -> None:
    samples.on_sale(session)
    row(session, "RL-020")
    insert(session)
    assert session.scalar(text("SELECT count(*) FROM listing")) == 1


@pytest.mark.parametrize("verdict", ["'accepted'", "'rejected'", "v.verdict"])
def test_the_database_refuses_to_list_a_rejected_vetting(session: Session, verdict: str) -> None:
    samples.sign(session, samples.entered(session, samples.complete(needle_length_nominal=Decimal("0.5"))))
    with pytest.raises(IntegrityError):
        insert(session, verdict=verdict)


def test_the_database_refuses_to_list_another_dossier_or_another_product(session: Session) -> None:
    samples.on_sale(session)
    row(session, "RL-020")
    samples.entered(session, samples.complete(sku="RL-021"))
    for wrong in ({"hash": "'" + "0" * 64 + "'"}, {"sku": "RL-021"}):
        with pytest.raises(IntegrityError), session.begin_nested():
            insert(session, **wrong)


def test_the_database_refuses_to_change_a_dossier_under_its_listing(session: Session) -> None:
    samples.on_sale(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("UPDATE dossier SET hash = 'x'"))


def test_the_database_refuses_to_turn_a_listed_vetting_into_a_rejected_one(session: Session) -> None:
    samples.on_sale(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("UPDATE vetting SET verdict = 'rejected'"))


def test_the_database_refuses_a_vetting_signed_by_who_entered_it(session: Session) -> None:
    samples.on_sale(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("UPDATE vetting SET signed_by_id = entered_by_id"))


# A vetting exactly as the verbs write it, but for what stands here.
FORGED = (
    "INSERT INTO vetting (id, product_id, dossier_hash, dossier, specification_version, specification_hash, verdict, findings, "
    "shown_hash, entered_by_id, entered_by_name, signed_by_id, signed_by_name, signed_by_role, signed_at, meaning) "
    "SELECT 99, p.id, d.hash, '', '1', '', {verdict}, '[]', '', {entered}, 'x', {signed}, 'x', {role}, "
    "'2026-11-22 09:00:00+00', '' "
    "FROM product p JOIN dossier d ON d.product_id = p.id WHERE p.sku = 'RL-020'"
)


def forge(
    session: Session, verdict: str = "'accepted'", entered: str = "101", signed: str = "103", role: str = "'admin'"
) -> None:
    session.execute(text(FORGED.format(verdict=verdict, entered=entered, signed=signed, role=role)))


def listed_by_hand(session: Session, vetting_id: int = 99) -> None:
    session.execute(
        text(
            "INSERT INTO listing (id, product_id, vetting_id, dossier_hash, verdict, listed_at) SELECT 99, v.product_id, v.id, "
            "v.dossier_hash, 'accepted', '2026-11-22 09:00:00+00' FROM vetting v WHERE v.id = :id"
        ),
        {"id": vetting_id},
    )


def vouch(session: Session) -> None:
    session.execute(text("UPDATE dossier_change SET vetting_id = 99 WHERE vetting_id IS NULL"))


def test_a_forged_vetting_by_who_changed_the_dossier_lists_nothing(session: Session) -> None:
    """It names another as who entered it; the dossier and its changes know better."""
    samples.entered(session, samples.complete())
    forge(session, entered="555", signed=str(ADMIN.id))
    with pytest.raises(IntegrityError), session.begin_nested():
        vouch(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        listed_by_hand(session)


def test_a_change_that_nobody_vouches_for_lists_nothing(session: Session) -> None:
    samples.entered(session, samples.complete())
    forge(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        listed_by_hand(session)
    vouch(session)
    listed_by_hand(session)
    assert session.scalar(text("SELECT count(*) FROM listing")) == 1


@pytest.mark.parametrize("role", ["'client'", "'system'", "''"])
def test_a_vetting_of_neither_practitioner_nor_admin_lists_nothing(session: Session, role: str) -> None:
    samples.entered(session, samples.complete())
    forge(session, role=role)
    vouch(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        listed_by_hand(session)


def test_a_document_that_is_not_stored_lists_nothing(session: Session) -> None:
    product = samples.entered(session, samples.complete())
    session.execute(text("UPDATE evidence SET document_sha256 = NULL WHERE id = (SELECT min(id) FROM evidence)"))
    session.expire_all()
    samples.sign(session, samples.loaded(session, product.sku))
    session.execute(text("DELETE FROM listing"))
    with pytest.raises(IntegrityError), session.begin_nested():
        insert(session)


def test_only_the_last_vetting_of_a_product_lists_it(session: Session) -> None:
    first = samples.sign(session, samples.entered(session, samples.complete()))
    last = samples.sign(session, row(session, "RL-020"))
    session.execute(text("DELETE FROM listing"))
    with pytest.raises(IntegrityError), session.begin_nested():
        listed_by_hand(session, first.id)
    listed_by_hand(session, last.id)


def test_a_vetting_that_was_taken_back_lists_nothing(session: Session) -> None:
    product = samples.on_sale(session)
    assert product.listing is not None
    vetting_id = product.listing.vetting_id
    signing.void_vetting(session, product, COLLEAGUE, NOW, "The maker wrote")
    with pytest.raises(IntegrityError), session.begin_nested():
        listed_by_hand(session, vetting_id)


def test_a_listing_is_not_moved_to_another_vetting(session: Session) -> None:
    first = samples.sign(session, samples.entered(session, samples.complete()))
    samples.sign(session, samples.loaded(session, "RL-020"))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("UPDATE listing SET vetting_id = :first"), {"first": first.id})


UNDER_A_LISTING = {
    "a fact": "UPDATE dossier SET facts = '{}'",
    "who changed it": "UPDATE dossier SET changed_by_id = 999",
    "a date of a document": "UPDATE evidence SET expires_on = '2099-01-01'",
    "what a document proves": "UPDATE evidence SET covers = '[]'",
    "the file of a document": "UPDATE evidence SET document_sha256 = NULL",
    "a document less": "DELETE FROM evidence",
    "a document more": "INSERT INTO evidence (dossier_id, proof, covers, title, issuer, reference, issued_on) "
    "SELECT id, 'label', '[]', 't', 'i', 'r', '2026-01-01' FROM dossier",
    "the bytes of a file": "UPDATE document SET content = sha256 || content",
    "the findings that were signed": "UPDATE vetting SET findings = '[]'",
    "the dossier that was signed": "UPDATE vetting SET dossier = '{}'",
    "the role of the signer": "UPDATE vetting SET signed_by_role = 'doctor'",
    "who made a change": "UPDATE dossier_change SET by_id = 999",
    "what was before": "UPDATE dossier_change SET state = ''",
    "a change less": "DELETE FROM dossier_change",
    "a vetting less": "DELETE FROM vetting",
    "the price": "UPDATE product SET price_minor = 1",
    "the currency": "UPDATE product SET currency = 'EUR'",
    "the name": "UPDATE product SET name = 'x'",
    "the maker": "UPDATE product SET manufacturer = 'x'",
    "the brand": "UPDATE product SET brand = 'x'",
    "the bar code": "UPDATE product SET gtin = '04006381333931'",
    "the text on its page": "UPDATE product SET summary = 'It heals.'",
    "the SKU": "UPDATE product SET sku = 'RL-99'",
    "what kind it is": "UPDATE product SET kind = 'serum'",
    "who vouches for a change": "UPDATE dossier_change SET vetting_id = NULL",
}


@pytest.mark.parametrize("what", UNDER_A_LISTING)
def test_nothing_that_was_signed_changes_under_its_listing(session: Session, what: str) -> None:
    samples.on_sale(session)
    statement = UNDER_A_LISTING[what]
    if session.get_bind().dialect.name == "postgresql":
        statement = statement.replace("sha256 || content", "sha256::bytea || content")
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(statement))


@pytest.mark.parametrize("statement", ["DELETE FROM voiding", "UPDATE voiding SET vetting_id = vetting_id + 1"])
def test_what_was_taken_off_sale_by_hand_is_not_put_back_by_hand(session: Session, statement: str) -> None:
    signing.void_vetting(session, samples.on_sale(session), COLLEAGUE, NOW, "The maker wrote")
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(statement))


def test_what_nobody_signed_changes_under_a_listing(session: Session) -> None:
    """Its address is no part of what was shown."""
    samples.on_sale(session)
    session.execute(text("UPDATE product SET slug = 'another'"))
    assert session.scalar(text("SELECT slug FROM product")) == "another"


def test_off_sale_a_dossier_may_change(session: Session) -> None:
    samples.on_sale(session)
    session.execute(text("DELETE FROM listing"))
    session.execute(text("UPDATE evidence SET page = '2'"))
    session.execute(text("UPDATE dossier SET facts = '{}'"))
    session.execute(text("UPDATE product SET price_minor = 1, gtin = NULL"))
    assert set(session.scalars(text("SELECT page FROM evidence"))) == {"2"}
    assert session.scalars(text("SELECT facts FROM dossier")).all() == ["{}"]
