"""Every list as a file: who may take it, that it is the list of its page, and that people in it are noted."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, select
from sqlalchemy.orm import ORMExecuteState, Session

from catalogue.journal import JournalEntry
from storefront import clock
from storefront.accounts.models import Account
from storefront.admin.export_lists import exports
from storefront.admin.exports import ROWS_AT_ONCE
from storefront.eligibility.consultations import ConsultationRequest
from tests.catalogue import samples
from tests.storefront.admin.test_pages import stock_up

NAMES = (
    "products", "documents", "vettings", "batches", "movements", "recalls", "imports", "orders", "people", "clients",
    "consultations",
)  # fmt: skip
OF_ADMINS, OF_PRACTITIONERS = {"orders", "people", "recalls", "imports"}, {"clients", "consultations"}


def read(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def take(browser: FlaskClient, name: str, **asked: str) -> list[dict[str, str]]:
    return read(browser.get(f"/admin/exports/{name}", query_string=asked, buffered=True))


def test_the_lists_are_those(session: Session, admin: FlaskClient) -> None:
    with admin.application.test_request_context():
        assert set(exports()) >= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_list_opens_for_those_who_may_read_it(
    session: Session, admin: FlaskClient, practitioner: FlaskClient, name: str
) -> None:
    stock_up(session)
    for browser, closed in ((admin, OF_PRACTITIONERS), (practitioner, OF_ADMINS)):
        for kind in ("csv", "xlsx"):
            answer = browser.get(f"/admin/exports/{name}?format={kind}", buffered=True)
            assert answer.status_code == (403 if name in closed else 200)
            if answer.status_code == 200:
                assert answer.headers["Content-Disposition"].endswith(f'{clock.today().isoformat()}.{kind}"')
        assert (f"/admin/exports/{name}?format=csv" in browser.get("/admin/exports").text) == (name not in closed)


def test_clients_take_no_list(session: Session, member: Account, signed_in: Callable[[Account], FlaskClient]) -> None:
    assert signed_in(member).get("/admin/exports/products").status_code == 403


@pytest.mark.parametrize("address", ["nothing", "products?format=exe", "products?format="])
def test_what_is_not_there_is_not_found(admin: FlaskClient, address: str) -> None:
    assert admin.get(f"/admin/exports/{address}").status_code == 404


def test_the_file_is_the_list_of_the_page(session: Session, admin: FlaskClient) -> None:
    stock_up(session, 2)
    found = take(admin, "products", kind="roller", sort="sku")
    assert [row["SKU"] for row in found] == ["RL-000", "RL-001", "XX-000", "XX-001"]
    assert found[0]["Price (£)"] == "34"
    assert found[0]["Verdict as last judged"] == "accepted"
    assert [row["SKU"] for row in take(admin, "products", q="panthenol")] == ["SE-000", "SE-001"]
    assert {row["Status"] for row in take(admin, "batches", status="held")} == {"held"}
    assert take(admin, "movements")[0]["What"] == "received"
    assert {row["Verdict"] for row in take(admin, "vettings")} == {"accepted"}
    assert "R-certificate" in {row["Reference"] for row in take(admin, "documents")}


def test_the_ticked_products_alone(session: Session, admin: FlaskClient) -> None:
    stock_up(session, 2)
    data = {"sku": ["RL-001", "SE-000"], "why": "ignored"}
    answer = admin.post("/admin/exports/products?format=csv", data=data, buffered=True)
    assert {row["SKU"] for row in read(answer)} == {"RL-001", "SE-000"}


def test_a_formula_in_a_name_stays_text(session: Session, admin: FlaskClient) -> None:
    dossier = replace(samples.complete("roller", "RL-1"), name='=HYPERLINK("http://x")', brand="@x")
    samples.entered(session, dossier)
    (row,) = take(admin, "products")
    assert (row["Name"], row["Brand"]) == ("'" + dossier.name, "'@x")
    book = admin.get("/admin/exports/products?format=xlsx", buffered=True).data
    sheet = load_workbook(io.BytesIO(book)).active
    assert sheet is not None
    assert (sheet["B2"].data_type, sheet["B2"].value, sheet["B2"].quotePrefix) == ("s", dossier.name, True)


def test_a_list_of_people_is_noted_and_another_is_not(
    session: Session, admin: FlaskClient, practitioner: FlaskClient
) -> None:
    request = ConsultationRequest(reference="Q-1", name="Mina Gray", email="m@example.org", concern="=scars")
    request.asked_at = clock.now()
    session.add(request)
    assert take(practitioner, "consultations")[0]["Concern"] == "'=scars"
    take(admin, "orders")
    take(admin, "products")
    noted = select(JournalEntry.reference, JournalEntry.by_name).where(JournalEntry.verb == "list exported")
    assert [tuple(row) for row in session.execute(noted)] == [
        ("consultations", "Dr Ines Holt"),
        ("orders", "Alba Reed"),
    ]


def test_rows_are_fetched_a_few_at_a_time(session: Session, admin: FlaskClient) -> None:
    """One statement, read in slices: the whole list is never in memory."""
    sliced: list[Any] = []

    def keep(state: ORMExecuteState) -> None:
        sliced.append(state.execution_options.get("yield_per"))

    stock_up(session)
    event.listen(Session, "do_orm_execute", keep)
    take(admin, "batches")
    event.remove(Session, "do_orm_execute", keep)
    assert ROWS_AT_ONCE in sliced
