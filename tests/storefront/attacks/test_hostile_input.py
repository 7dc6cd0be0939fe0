"""What a hostile client types, sends and asks for: numbers that are none, characters that no database keeps, texts that take
minutes to read. Each gets an answer that says so; none breaks a page."""

import time
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalogue.dossier_files import DossierError, parse_dossier
from catalogue.journal import SYSTEM
from storefront import clock
from storefront.accounts.actions import make_account
from storefront.accounts.models import Account
from storefront.db import transaction
from storefront.roles import EVERYONE
from tests.storefront.conftest import PASSWORD
from tests.storefront.orders import world

Becoming = Callable[[Account], FlaskClient]
NO_NUMBERS = (
    "NaN",
    "sNaN",
    "Infinity",
    "-Infinity",
    "1e999999",
    "1e30",
    "9" * 30,
    "9" * 5000,
    "0x10",
    "٣",
    "½",
    "",
    "-1",
)
PATHS = ("a%00b", "9" * 5000, "-1", "%ff%fe", "..%2f..%2fconfig.py")


@pytest.fixture
def admin(session: Session) -> Account:
    account = make_account("marian@example.org", "Marian Cole", "admin", SYSTEM, clock.now(), PASSWORD)
    session.commit()
    return account


@pytest.mark.parametrize("typed", NO_NUMBERS)
def test_a_depth_that_is_no_length_is_an_error_of_the_form(session: Session, signed_in: Becoming, typed: str) -> None:
    client, doctor = world.approved_client(), world.practitioner()
    session.commit()
    desk = signed_in(session.get_one(Account, doctor.id))
    form = {"greatest_mm": typed, "reorder_days": "70", "quantity": "1", "uses_per_roller": "10"}
    answer = desk.post(f"/practitioner/clients/{client.number}/approvals", data={**form, "valid_until": "2027-01-01"})
    assert answer.status_code in (409, 422)
    papers = {"treatments-0-treated_on": "2026-01-01", "treatments-0-needle_mm": typed, "attestation": "seen"}
    answer = desk.post(f"/practitioner/clients/{client.number}/papers", data=papers)
    assert answer.status_code in (409, 422)


@pytest.mark.parametrize("typed", [*NO_NUMBERS, "0", "100", "1.5", "1e1", "true", "1;2", "\0", "<b>1</b>"])
def test_no_such_quantity_gets_into_a_basket(session: Session, signed_in: Becoming, typed: str) -> None:
    with transaction():
        product, client = world.on_sale(), world.approved_client()
    browser = signed_in(session.get_one(Account, client.account_id))
    answer = browser.post("/basket/lines", data={"sku": product.sku, "quantity": typed})
    assert answer.status_code in (409, 422)
    assert browser.get("/basket").text.count(f'data-sku="{product.sku}"') == 0


@pytest.mark.parametrize("number", ["0", "-1", "9" * 19, "9" * 25, "9" * 5000, "NaN", "1.5"])
@pytest.mark.parametrize("address", ["/admin/products", "/admin/batches", "/admin/orders"])
def test_a_page_number_beyond_counting_is_no_page(
    admin: Account, signed_in: Becoming, address: str, number: str
) -> None:
    assert signed_in(admin).get(address, query_string={"page": number}).status_code in (200, 404)


def test_an_address_that_no_link_has_is_nowhere(
    app: Flask, member: Account, worker: Account, admin: Account, signed_in: Becoming
) -> None:
    browsers = {account.role: signed_in(account) for account in (member, worker, admin)} | {EVERYONE: app.test_client()}
    rules = [rule for rule in app.url_map.iter_rules() if rule.arguments and rule.endpoint != "static"]
    assert len(rules) > 30
    for rule in rules:
        role = app.view_functions[rule.endpoint].open_to[0]  # type: ignore[attr-defined]
        for part in PATHS:
            address = "/".join(part if "<" in step else step for step in rule.rule.split("/"))
            method = "POST" if "POST" in rule.methods else "GET"
            assert browsers[role].open(address, method=method).status_code < 500, (method, address)


@pytest.mark.parametrize("address", ["/products", "/admin/products", "/admin/batches", "/sign-in"])
def test_a_question_with_a_nought_character_is_not_asked_of_the_database(
    admin: Account, signed_in: Becoming, address: str
) -> None:
    answer = signed_in(admin).get(address, query_string={"q": "a\0b", "status": "\0"})
    assert answer.status_code == 404


def test_a_reason_with_a_nought_character_is_kept_without_it(
    session: Session, admin: Account, signed_in: Becoming
) -> None:
    with transaction():
        batch = world.another_batch(world.on_sale())
    answer = signed_in(admin).post(f"/admin/batches/{batch.code}/hold", data={"why": "a\0b"})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "text",
    [
        ".".join(["a"] * 20_000) + " = 1",
        "\n".join(f"{'.'.join(['a'] * 300)}.b{n} = 1" for n in range(500)),
        "a = {" + ".".join(["a"] * 20_000) + " = 1}",
        "\n".join(f"[a{n}]" for n in range(60_000)),
        'a = "' + "x" * 1_000_000 + '"',
        "a = " + "[" * 20_000,
        'a = "\\u0000"',
        'a = "\\U00000000"',
    ],
)
def test_a_dossier_made_to_keep_its_reader_busy_is_refused_in_a_moment(text: str) -> None:
    began = time.process_time()
    with pytest.raises(DossierError):
        parse_dossier(text, "hostile.toml")
    assert time.process_time() - began < 0.5
