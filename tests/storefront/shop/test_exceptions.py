"""Asking for an exception when an order is too early, and what the pages say of it until it is used."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.money import Money
from catalogue.products import Product
from storefront.db import transaction
from storefront.eligibility.early_models import EarlyAnswer
from storefront.eligibility.models import Client
from storefront.messages.models import Message
from storefront.orders.acceptance import Authorisation, accept_order
from tests.storefront.orders import world
from tests.storefront.orders.world import NOW, TODAY

Browsers = Callable[..., FlaskClient]
ASK = "/care/exceptions/RL-020"


def has_one_already(mara: Client, roller: Product) -> None:
    with transaction():
        number = world.placed(mara, roller).number
        accept_order(number, Authorisation("pi_1", Money(3795)), NOW, TODAY)


def answered(desk: FlaskClient, number: str) -> None:
    """The practitioner reads the wish and grants it; what is wrong with the form or against the rule is said first."""
    record = f"/practitioner/clients/{number}"
    assert "“It fell.”" in desk.get(record).text
    assert desk.post(f"{record}/exceptions/2/answer").status_code == 404
    told = {"granted": "yes", "quantity": "1", "note": "Once, for the broken one."}
    with time_machine.travel(NOW + timedelta(minutes=10)):
        away = desk.post(f"{record}/exceptions/1/answer", data={**told, "until": str(TODAY)})
        assert (away.status_code, "Your password" in away.text) == (422, True)
    for until, status in (("", 422), (TODAY + timedelta(days=400), 409), (TODAY + timedelta(days=7), 303)):
        assert desk.post(f"{record}/exceptions/1/answer", data={**told, "until": str(until)}).status_code == status
    assert desk.post(f"{record}/exceptions/1/answer", data={**told, "until": str(TODAY)}).status_code == 409


def test_who_is_too_early_finds_the_way_to_an_exception_and_says_why(
    browser: Browsers, mara: Client, roller: Product, count_queries: Any
) -> None:
    mine, product = browser(), f"/products/{roller.slug}"
    early = mine.get(ASK)
    assert (early.status_code, 'data-reason="not-too-soon"' in early.text) == (409, True)
    assert mine.get("/care/exceptions/none").status_code == 404
    has_one_already(mara, roller)
    refused = mine.post("/basket/lines", data={"sku": "RL-020", "quantity": "1"})
    assert refused.status_code == 409
    for page in (refused.text, mine.get(product).text, mine.get("/care").text):
        assert 'data-reason="too-soon"' in page
        assert f'href="{ASK}"' in page
    with count_queries() as asked:
        assert "At most 1" in mine.get(ASK).text
    assert len(asked) == 10
    wrong = mine.post(ASK, data={"quantity": "1", "why": " "})
    assert (wrong.status_code, "A few words are enough" in wrong.text) == (422, True)
    plain = mine.post(ASK, data={"quantity": "2", "why": "dropped"}, headers={"Accept": "application/json"})
    assert (plain.status_code, [each["code"] for each in plain.json["reasons"]]) == (409, ["too-many"])
    assert mine.post(ASK, data={"quantity": "1", "why": "It fell."}).location == "/care#exceptions"
    assert 'data-exception="waiting"' in mine.get(product).text
    assert mine.get(ASK).status_code == 409
    assert mine.post(f"/practitioner/clients/{mara.number}/exceptions/1/answer").status_code == 403


def test_what_is_granted_stands_wherever_the_product_does_and_opens_it(
    browser: Browsers, mara: Client, roller: Product, session: Session
) -> None:
    mine, desk = browser(), browser("ines@example.org")
    has_one_already(mara, roller)
    mine.post(ASK, data={"quantity": "1", "why": "It fell."})
    answered(desk, mara.number)
    row = session.scalars(select(EarlyAnswer)).one()
    assert (row.by_name, row.by_role, row.quantity) == ("Dr Ines Holt", "practitioner", 1)
    mails = select(Message.kind).where(Message.to == mara.email).order_by(Message.id.desc())
    assert session.scalars(mails).first() == "news"
    assert mine.post("/basket/lines", data={"sku": "RL-020", "quantity": "1"}).status_code == 303
    for page in ("/care", "/basket", f"/products/{roller.slug}"):
        shown = mine.get(page).text
        assert 'data-exception="granted"' in shown
        assert "Once, for the broken one." in shown
    assert mine.get("/checkout").status_code == 200
