"""Every list as a file: who may take it, that it is the list of its page, and that people in it are noted."""

import csv
import gc
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, select
from sqlalchemy.orm import ORMExecuteState, Session

from catalogue import search
from catalogue.journal import SYSTEM, JournalEntry
from catalogue.specification import load
from storefront import clock
from storefront.accounts.actions import make_account
from storefront.accounts.models import Account
from storefront.admin.export_kinds import ROWS_AT_ONCE
from storefront.admin.export_lists import exports
from storefront.db import db, transaction
from storefront.eligibility.consultations import ConsultationRequest
from tests.catalogue import samples
from tests.storefront.admin.test_imports import compared
from tests.storefront.admin.test_pages import stock_up
from tests.storefront.eligibility.people import approve, approved_client

OF_ADMINS = {
    "orders",
    "people",
    "recalls",
    "imports",
    "import-files",
    "refunds",
    "recall-answers",
    "drills",
    "journal",
    "messages",
    "invoices",
    "returns",
    "disputes",
    "discount-uses",
    "discounts",
    "kits",
    "sales-by-week",
    "dispatch-times",
    "reorders-by-month",
    "accounts",
    "parcels",
}
OF_PRACTITIONERS = {"clients", "consultations", "treatments", "approvals", "reactions"}
OF_BOTH = {
    "products", "dossiers", "findings", "documents", "vettings", "specifications", "rules", "batches", "movements",
    "consequences", "verdicts-by-month", "proofs-by-month", "stock-by-month",
}  # fmt: skip


def read(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def take(browser: FlaskClient, name: str, **asked: str) -> list[dict[str, str]]:
    return read(browser.get(f"/admin/exports/{name}", query_string=asked, buffered=True))


def test_the_lists_are_those(session: Session, admin: FlaskClient) -> None:
    with admin.application.test_request_context():
        assert set(exports()) == OF_ADMINS | OF_PRACTITIONERS | OF_BOTH


def test_each_list_opens_for_those_who_may_read_it(
    session: Session, admin: FlaskClient, practitioner: FlaskClient
) -> None:
    stock_up(session)
    for browser, closed in ((admin, OF_PRACTITIONERS), (practitioner, OF_ADMINS)):
        index = browser.get("/admin/exports").text
        for name in sorted(OF_ADMINS | OF_PRACTITIONERS | OF_BOTH):
            for kind in ("csv", "xlsx"):
                answer = browser.get(f"/admin/exports/{name}?format={kind}", buffered=True)
                assert answer.status_code == (403 if name in closed else 200), name
                if answer.status_code == 200:
                    assert answer.headers["Content-Disposition"].endswith(f'{clock.today().isoformat()}.{kind}"')
            assert (f"/admin/exports/{name}?format=csv" in index) == (name not in closed)


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
    read_lines = select(JournalEntry.reference).where(JournalEntry.verb == "consultation read")
    assert session.scalars(read_lines).all() == ["Q-1"]


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


def test_a_search_finds_all_for_the_file_though_the_page_stops_at_some(
    session: Session, admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST", 1)
    stock_up(session, 2)
    assert admin.get("/admin/products?q=sample").text.count("data-sku=") == 1
    assert len(take(admin, "products", q="sample")) == len(take(admin, "products")) == 6
    assert take(admin, "products", q="nothing like it") == []


def test_findings_are_those_of_the_products_that_are_chosen_each_with_its_limit(
    session: Session, admin: FlaskClient, count_queries: Any
) -> None:
    stock_up(session, 1)
    with count_queries() as few:
        found = take(admin, "findings", q="RL-000")
    assert {row["SKU"] for row in found} == {"RL-000"}
    length = next(row for row in found if row["Rule"] == "R-LEN-01")
    assert (length["Says"], length["Found"], length["Demanded"]) == ("pass", "0.2 mm", "at most 0.25 mm")
    with count_queries() as many:
        assert {row["SKU"] for row in take(admin, "findings", q="sample")} > {"RL-000", "SE-000"}
    assert len(few) == len(many)
    rules = take(admin, "rules")
    assert {row["Specification"] for row in rules} == {load().version}
    assert len(rules) == len(load().rules)
    assert admin.get("/admin/exports/rules?version=none").status_code == 404


def test_whoever_takes_what_was_recorded_of_clients_has_looked_at_each_of_them(
    session: Session, practitioner: FlaskClient, worker: Account
) -> None:
    for name in ("Ada Standard", "Bo Standard"):
        client_id = approved_client(worker.who, name).id
    approve(client_id, worker.who, serum_classes=frozenset(("barrier", "water_binding")))
    session.commit()
    assert len(take(practitioner, "treatments")) == 6
    approvals = take(practitioner, "approvals")
    assert [row["Greatest needle (µm)"] for row in approvals] == ["200", "200", "200"]
    assert [sorted(row["Classes of serum"].split("; ")) for row in approvals] == [
        [""],
        [""],
        ["barrier", "water_binding"],
    ]
    seen = select(JournalEntry.reference).where(JournalEntry.verb == "seen in a list")
    numbers = [row["Number"] for row in take(practitioner, "clients")]
    assert sorted(session.scalars(seen)) == sorted(numbers * 3)
    for meant in (numbers[0], "ada@", "Ada Standart"):
        assert [row["Number"] for row in take(practitioner, "clients", q=meant)] == [numbers[0]], meant


def test_rows_of_one_file_in_one_state_alone(session: Session, admin: FlaskClient) -> None:
    compared(session, admin)
    assert [row["SKU"] for row in take(admin, "imports", file="IM-1001", state="refused")] == ["RL-2"]
    assert len(take(admin, "imports", file="IM-1001", state="nonsense")) == 2
    assert take(admin, "imports", file="IM-9") == []
    assert [row["State"] for row in take(admin, "import-files")] == ["read"]
    refused = admin.get("/admin/imports/IM-1001/refused?format=xlsx", buffered=True)
    sheet = load_workbook(io.BytesIO(refused.data)).active
    assert sheet is not None
    assert sheet["A2"].value == "RL-2"


def test_documents_and_vettings_of_one_product_and_the_tables_of_the_charts(
    session: Session, admin: FlaskClient
) -> None:
    for sku in ("RL-1", "RL-2"):
        samples.sign(
            session, samples.entered(session, samples.complete(sku=sku, today=clock.today())), today=clock.today()
        )
    session.commit()
    for name in ("documents", "vettings"):
        assert {row["SKU"] for row in take(admin, name)} == {"RL-1", "RL-2"}
        assert {row["SKU"] for row in take(admin, name, sku="RL-1")} == {"RL-1"}
        assert f"/admin/exports/{name}?format=csv&amp;sku=RL-1" in admin.get("/admin/products/RL-1").text
    *_, last = take(admin, "verdicts-by-month")
    assert last == {
        "Month": f"{clock.today():%Y-%m}",
        "Accepted": "2",
        "Incomplete": "0",
        "Rejected": "0",
        "Waiting": "0",
    }
    proofs = take(admin, "proofs-by-month")
    assert sum(int(row["Documents"]) for row in proofs) == sum(bool(row["Expires"]) for row in take(admin, "documents"))
    assert take(admin, "stock-by-month")[0]["Month"] == "Expired"
    assert "/admin/exports/stock-by-month?format=xlsx" in admin.get("/admin/charts").text


def test_a_list_that_was_sent_keeps_no_connection(fresh_database: Flask) -> None:
    """Its rows are read after the request is over; a connection left open then would hold what it read."""
    browser = fresh_database.test_client()
    with fresh_database.app_context():
        pool = db.engine.pool
        with transaction():
            make_account("desk@example.org", "Desk", "admin", SYSTEM, clock.now(), "seven small blue boats")
        assert browser.post("/demo/person", data={"email": "desk@example.org"}).status_code == 303
    gc.disable()
    try:
        for name in ("batches", "journal"):
            # As a server asks: nobody else's context ends with the answer.
            answer = FlaskClient.open(browser, f"/admin/exports/{name}", buffered=True)
            assert (answer.status_code, pool.checkedout()) == (200, 0)  # type: ignore[attr-defined]
    finally:
        gc.enable()
