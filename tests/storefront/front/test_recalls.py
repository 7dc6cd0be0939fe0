"""The public list of recalls: from the rows, complete, and with what to do."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalogue.batches import Batch, BatchDecision
from storefront.db import transaction
from storefront.orders import recalling
from tests.catalogue import samples
from tests.catalogue.samples import ADMIN


def recall(session: Session, sku: str) -> Batch:
    product = samples.on_sale(session, sku=sku)
    batch = product.batches[0]
    batch.status = "recalled"
    why = f"Bent needles were found in {sku}."
    session.add(BatchDecision(batch_id=batch.id, decision="recalled", by_id=1, by_name="Ada", at=samples.NOW, why=why))
    session.commit()
    return batch


def test_without_a_recall_the_page_says_so(client: FlaskClient) -> None:
    assert "No batch is recalled" in client.get("/recalls").text


def test_a_recalled_batch_can_be_known_by_its_numbers(client: FlaskClient, session: Session) -> None:
    batch = recall(session, "RL-020")
    text = client.get("/recalls").text
    for said in (
        batch.code,
        batch.supplier_lot,
        "Bent needles were found in RL-020.",
        "stop using it now",
        "We refund",
    ):
        assert said in text
    assert "Ada" not in text, "who decided is no public matter"


def test_what_nobody_had_is_listed_without_an_empty_notice(client: FlaskClient, session: Session) -> None:
    """The recall was closed before anything of it had left, so that no notice was ever written."""
    batch = samples.on_sale(session).batches[0]
    session.commit()
    with transaction():
        number = recalling.open_recall([batch.code], "other", "A wrong label.", ADMIN, samples.NOW).number
    with transaction():
        recalling.close_recall(number, "None had left.", ADMIN, samples.NOW)
    text = client.get("/recalls").text
    assert batch.code in text
    assert "A wrong label." in text
    assert "What the danger is" not in text


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_three_queries_however_long_it_is(
    client: FlaskClient, session: Session, count_queries: Any, number: int
) -> None:
    for each in range(number):
        recall(session, f"RL-{each}")
    with count_queries() as sent:
        assert client.get("/recalls").text.count("data-sku") == number
    assert len(sent) == 3
