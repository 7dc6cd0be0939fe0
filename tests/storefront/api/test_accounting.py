"""The books for programs: what they answer is what their description says, a key opens them, and nobody's name is in them."""

from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import ignored_auth
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM, JournalEntry
from catalogue.money import Money
from storefront import upkeep
from storefront.accounts import keys
from storefront.api.accounting import described
from storefront.db import transaction
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.owing import owe_refund, record_capture, record_refund
from storefront.orders.records import locked
from tests.storefront.admin.conftest import admin, boss  # noqa: F401  the same people make the keys
from tests.storefront.conftest import PASSWORD
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW, TODAY

LISTS = ("orders", "refunds", "invoices", "stock")
ROWS = {"stock": "batches"}


@pytest.fixture
def key(session: Session) -> str:
    with transaction():
        return keys.make_key("The accountant", SYSTEM, NOW)


@pytest.fixture
def books(session: Session) -> str:
    """One order that was paid, and of which a part was given back."""
    with transaction():
        product, client = world.on_sale(units=5), world.approved_client("Mara Finch")
    with transaction():
        order = world.placed(client, product)
        number, total = order.number, order.total_minor
    with transaction():
        accept_order(number, Authorisation("pi_1", Money(total)), NOW, TODAY)
        record_capture(locked(number), NOW)
    with transaction():
        refund = owe_refund(locked(number), 500, "a gesture", ADMIN, NOW)
    with transaction():
        record_refund(locked(number), refund.id, "re_1", NOW)
    while upkeep.issue_papers(NOW):
        pass
    return number


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_what_is_answered_is_what_the_description_says(app: Flask, session: Session, books: str, key: str) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert sorted(each.path for each in operations) == sorted(f"/api/accounting/{name}" for name in LISTS)
    seen = set()
    for operation in operations:

        @settings(max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def try_it(case: Any) -> None:
            with_key = case.call(headers=bearer(key))
            case.validate_response(with_key, excluded_checks=[ignored_auth])  # which would have its made-up key refused
            case.headers = {}
            without = case.call()
            case.validate_response(without)
            seen.update((with_key.status_code, without.status_code))

        try_it()
    assert seen >= {200, 401}


def test_every_field_is_described_and_every_amount_and_instant_says_its_unit() -> None:
    schemas = {name: schema["properties"] for name, schema in described()["components"]["schemas"].items()}
    fields = {f"{name}.{field}": told for name, fields in schemas.items() for field, told in fields.items()}
    assert [name for name, told in fields.items() if not told.get("description")] == []
    units = {"_minor": "pence", "_at": "an instant, UTC", "_percent": "per cent"}
    said = {name: unit for name in fields for end, unit in units.items() if name.endswith(end)}
    assert [name for name, unit in said.items() if unit not in fields[name]["description"]] == []


def test_the_books_say_what_was_taken_and_given_back(app: Flask, books: str, key: str) -> None:
    visitor = app.test_client()
    told = {name: visitor.get(f"/api/accounting/{name}", headers=bearer(key)).get_json() for name in LISTS}
    (order,) = told["orders"]["orders"]
    (refund,) = told["refunds"]["refunds"]
    invoice, credit = told["invoices"]["invoices"]
    (batch,) = told["stock"]["batches"]
    assert (order["number"], order["captured_minor"], order["refunded_minor"]) == (books, order["total_minor"], 500)
    assert (
        order["total_minor"]
        == sum(line["unit_minor"] * line["quantity"] for line in order["lines"]) + order["delivery_minor"]
    )
    assert (refund["order"], refund["amount_minor"], refund["payment_reference"]) == (books, 500, "re_1")
    assert (invoice["gross_minor"], invoice["tax_minor"]) == (order["total_minor"], order["tax_minor"])
    assert (credit["kind"], credit["gross_minor"], credit["order"]) == ("credit_note", 500, books)
    assert (batch["sold"], batch["free"]) == (1, 4)
    assert "Mara" not in str(told)


def test_days_and_pages_choose_what_is_read(app: Flask, books: str, key: str) -> None:
    visitor = app.test_client()

    def rows(asked: str) -> int:
        answer = visitor.get(f"/api/accounting/invoices?{asked}", headers=bearer(key)).get_json()
        return len(answer["invoices"])

    before, day = (TODAY - timedelta(days=1)).isoformat(), TODAY.isoformat()
    assert [rows(asked) for asked in (f"from={day}", f"to={day}", f"to={before}", f"from={day}&to={day}")] == [
        2,
        2,
        0,
        2,
    ]
    first = visitor.get("/api/accounting/invoices?limit=1", headers=bearer(key)).get_json()
    second = visitor.get("/api/accounting/invoices?limit=1&page=2", headers=bearer(key)).get_json()
    assert (first["next_page"], second["next_page"]) == (2, None)
    assert first["invoices"] != second["invoices"]
    wrong = {"from=yesterday": "from", "limit=0": "limit", "limit=501": "limit", "page=0": "page", "page=1e3": "page"}
    wrong |= {"to=2026-02-30": "to", "from=20260101": "from", "from=2026-W01-1": "from"}
    assert [rows(asked) for asked in ("from=0001-01-01", "to=9999-12-31", "from=9999-12-31")] == [2, 2, 0]
    answers = {asked: visitor.get(f"/api/accounting/orders?{asked}", headers=bearer(key)) for asked in wrong}
    assert {asked: (each.status_code, list(each.get_json()["fields"])) for asked, each in answers.items()} == {
        asked: (422, [name]) for asked, name in wrong.items()
    }


def test_only_a_key_in_use_opens_them_and_every_look_is_written_down(app: Flask, session: Session, key: str) -> None:
    visitor = app.test_client()
    wrong = ({}, bearer("acc_nothing"), {"Authorization": "Basic YTpi"}, {"Authorization": f"Basic {key}"}, bearer(""))
    answers = [visitor.get("/api/accounting/orders", headers=headers) for headers in wrong]
    assert [(each.status_code, each.headers["WWW-Authenticate"]) for each in answers] == [(401, "Bearer")] * len(wrong)
    assert visitor.get("/api/accounting/orders", headers=bearer(key)).status_code == 200
    with transaction():
        keys.end_key("The accountant", SYSTEM, NOW)
    assert visitor.get("/api/accounting/orders", headers=bearer(key)).status_code == 401
    looks = session.scalars(select(JournalEntry.by_name).where(JournalEntry.verb == "list read")).all()
    assert looks == ["The accountant"]


def test_an_admin_makes_a_key_that_is_shown_once_and_ends_it(app: Flask, session: Session, admin: FlaskClient) -> None:  # noqa: F811
    page = "/admin/accounting-keys"
    assert admin.post(page, data={"name": "Ledger", "password": "wrong"}).status_code == 422
    assert admin.post(page, data={"name": "", "password": PASSWORD}).status_code == 422
    made = admin.post(page, data={"name": "Ledger", "password": PASSWORD})
    assert 'data-label="Last used">never' in made.text
    key = made.text.partition("data-key>")[2].partition("<")[0]
    assert (made.status_code, app.test_client().get("/api/accounting/stock", headers=bearer(key)).status_code) == (
        201,
        200,
    )
    shown = admin.get(page).text
    assert (key in shown, "never" in shown) == (False, False)
    assert key not in str(session.execute(select(keys.AccountingKey.sha256, keys.AccountingKey.hint)).all())
    assert admin.post(page, data={"name": "Ledger", "password": PASSWORD}).status_code == 409
    assert [admin.post(f"{page}/Ledger/end").status_code for _ in range(2)] == [303, 409]
    assert app.test_client().get("/api/accounting/stock", headers=bearer(key)).status_code == 401
