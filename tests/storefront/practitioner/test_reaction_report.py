"""The report of a reaction for the authority or the maker: every field that is on record, and the client by number alone."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.journal import SYSTEM, JournalEntry
from storefront import clock
from storefront.eligibility import actions
from tests.catalogue import samples
from tests.storefront.practitioner.acts import record


def read(desk: FlaskClient, number: str, nth: int = 1) -> str:
    answer = desk.get(f"/practitioner/clients/{number}/reactions/{nth}/report")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages).replace("\n", " ")


@pytest.mark.parametrize(
    ("kind", "to", "maker"),
    [("roller", "Yellow Card", "Manufacturer: Sample Works Ltd"),
     ("serum", "OPSS", "Responsible person: Sample Works Ltd")],
)  # fmt: skip
def test_the_report_says_all_that_is_known_to_whom_it_concerns(
    session: Session, desk: FlaskClient, number: str, kind: str, to: str, maker: str
) -> None:
    product = samples.on_sale(session, kind, "PR-1", today=clock.today())
    batch = session.scalars(select(Batch).where(Batch.product_id == product.id)).one()
    client = record(session, number)
    reported = {"product_id": product.id, "batch_id": batch.id, "began_on": clock.today()}
    actions.report_reaction(client.id, "Hot and red since the second use…", SYSTEM, clock.now(), **reported)
    actions.add_allergy(client.id, "panthenol", SYSTEM, clock.now())
    session.commit()
    assert "reactions/1/report" in desk.get(f"/practitioner/clients/{number}").text
    text = read(desk, number)
    for told in (to, maker, f"Batch or lot: LOT-1 (our code {batch.code})", "Hot and red since the second use…",
                 f"Local number: {number}", "Known allergies: panthenol", "registration NMC 1", "Sex: not on record"):  # fmt: skip
        assert told in text, told
    assert client.name not in text
    looks = select(func.count(JournalEntry.id)).where(JournalEntry.verb == "record read")
    assert session.scalar(looks.where(JournalEntry.reference == number)) == 2


def test_a_report_that_names_no_batch_concerns_no_product_of_ours(
    session: Session, desk: FlaskClient, number: str
) -> None:
    client = record(session, number)
    actions.report_reaction(client.id, "Red after the treatment.", SYSTEM, clock.now())
    session.commit()
    address = f"/practitioner/clients/{number}/reactions"
    answer = desk.get(f"{address}/1/report")
    assert answer.status_code == 409
    assert 'data-reason="no-product"' in answer.text
    assert desk.get(f"{address}/2/report").status_code == 404
    assert desk.get(f"{address}/0/report").status_code == 404
