"""The trace: from anything one holds back to the batch and forward to the client, and the line that reading it leaves."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from catalogue.journal import JournalEntry
from catalogue.products import Document, Vetting
from storefront.accounts.models import Account
from storefront.db import transaction
from tests.catalogue import samples
from tests.storefront.admin.conftest import Become
from tests.storefront.conftest import once_for_the_file
from tests.storefront.orders import world
from tests.storefront.orders.test_tracing import sold


@pytest.fixture(scope="module")
def number(ground: Connection, built_app: Flask) -> str:
    """An order that left with a unit of the batch."""
    with once_for_the_file(ground, built_app):
        with transaction():
            product = world.on_sale()
            product.batches[0].serial = "SN-77"
            world.on_sale("SE-1", "serum")
        return sold(product, "mara@example.org").number


def marks(session: Session, number: str) -> dict[str, str]:
    vetting = session.scalars(select(Vetting.id).order_by(Vetting.id)).first()
    paper = session.scalars(select(Document.sha256).where(Document.name.like("certificate%"))).first()
    return {
        "our code": "rl-020-001",
        "lot": "lot-1",
        "serial": "sn-77",
        "order": number,
        "order in small letters": number.lower(),
        "vetting": str(vetting),
        "vetting in words": f"Vetting {vetting}",
        "title of a document": "the certificate",
        "reference of a document": "R-certificate",
        "hash of a document": str(paper),
        "beginning of a hash": str(paper)[:12],
    }


KINDS = [
    "our code", "lot", "serial", "order", "order in small letters", "vetting", "vetting in words", "title of a document",
    "reference of a document", "hash of a document", "beginning of a hash",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_batch_its_vetting_its_documents_and_its_client_are_found_by(
    session: Session, admin: FlaskClient, number: str, kind: str
) -> None:
    page = admin.get("/admin/trace", query_string={"q": marks(session, number)[kind]}).text
    assert 'data-batch="RL-020-001"' in page
    assert f'data-order="{number}"' in page
    assert "Mara Finch" in page
    assert f"Vetting {session.scalars(select(Vetting.id).order_by(Vetting.id)).first()}" in page
    assert "R-certificate" in page
    assert 'data-kind="sold"' in page


@pytest.mark.parametrize("asked", ["", "RL-020-777", "0", "99999999999999999999", "%", "x' OR 1=1 --", "\\", "R-"])
def test_nothing_is_found_by_what_nothing_is_called(admin: FlaskClient, number: str, asked: str) -> None:
    answer = admin.get("/admin/trace", query_string={"q": asked})
    assert answer.status_code == 200
    assert "data-batch" not in answer.text


def test_a_practitioner_may_trace_and_a_client_may_not(
    session: Session, signed_in: Become, client: FlaskClient, number: str
) -> None:
    practitioner = signed_in(session.scalars(select(Account).where(Account.role == "practitioner")).one())
    assert "Mara Finch" in practitioner.get("/admin/trace?q=RL-020-001").text
    assert client.get("/admin/trace?q=RL-020-001").status_code == 303


def test_who_saw_which_clients_is_in_the_journal(session: Session, admin: FlaskClient, number: str) -> None:
    admin.get("/admin/trace?q=nothing-like-it")
    admin.get("/admin/trace?q=RL-020-001")
    (entry,) = session.scalars(select(JournalEntry).where(JournalEntry.subject == "trace"))
    assert (entry.verb, entry.reference) == ("clients traced", "RL-020-001")
    assert "C-" in entry.particulars
    assert "Mara" not in entry.particulars


def test_a_long_trace_is_read_on(
    session: Session, admin: FlaskClient, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sold(samples.loaded(session, "RL-020"), "b@example.org").number
    monkeypatch.setattr("storefront.admin.tracing.PER_PAGE", 1)
    first = admin.get("/admin/trace?q=RL-020-001").text
    assert f'data-order="{number}"' in first
    assert f'data-order="{other}"' not in first
    after = first.split("after=")[1].split('"')[0]
    second = admin.get(f"/admin/trace?q=RL-020-001&after={after}").text
    assert f'data-order="{other}"' in second
    assert f'data-order="{number}"' not in second


def test_the_trace_takes_a_fixed_number_of_queries(
    session: Session, admin: FlaskClient, number: str, count_queries: Any
) -> None:
    with count_queries() as few:
        admin.get("/admin/trace?q=LOT-1")
    with transaction():
        product = samples.loaded(session, "RL-020")
        world.another_batch(product)
    sold(product, "b@example.org")
    with count_queries() as many:
        admin.get("/admin/trace?q=LOT-1")
    assert len(many) == len(few) <= 24
