"""The checkout against the real stand-in: one order however often it is pressed, and never a total that was not shown."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue.money import Money
from catalogue.products import Product
from catalogue.verdicts import Refused
from storefront import payments
from storefront.db import transaction
from storefront.eligibility.models import Client, Recheck
from storefront.eligibility.recheck_rules import NOTHING_NEW, Answered
from storefront.orders import stopping
from storefront.orders.actions import place_order
from storefront.orders.asked import Asked
from storefront.orders.basket_models import BasketLine
from storefront.orders.models import Order, OrderLine
from storefront.payments.stripe_api import StripeApi
from tests.catalogue import samples
from tests.ports import free_port
from tests.storefront.orders import world
from tests.storefront.standin import running

Browsers = Callable[..., FlaskClient]
BY_POST = {
    "delivery": "post", "recipient": "Mara Finch", "line1": "1 Example Road", "line2": "Flat 2", "town": "Leeds",
    "nothing_new": "y", "postcode": "ls1 4ab", "country": "GB", "shown": "post:GB=3795 post:JE=3995 collection:GB=3400",
}  # fmt: skip


@pytest.fixture
def mine(browser: Browsers, mara: Client) -> FlaskClient:
    found = browser()
    assert found.post("/basket/lines", data={"sku": "RL-020", "quantity": "1"}).status_code == 303
    return found


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" type="hidden" value="([^"]+)"', page)
    assert found, page
    return found[1]


def test_the_checkout_shows_what_each_delivery_costs(mine: FlaskClient) -> None:
    page = mine.get("/checkout").text
    assert 'data-total="3795"' in page
    assert 'data-total="3400"' in page
    shown = hidden(page, "shown").split()
    assert {"post:GB=3795", "post:IM=3795", "post:JE=3995", "tracked:GB=4195", "collection:GB=3400"} <= set(shown)


def test_one_press_places_the_order_and_leads_to_the_payment_page(
    mine: FlaskClient, standin: running.Standin, session: Session
) -> None:
    answer = mine.post("/checkout", data=BY_POST)
    assert answer.status_code == 303
    assert answer.location.startswith(standin.url)
    order = session.scalars(select(Order)).one()
    assert order.address == "1 Example Road\nFlat 2\nLeeds\nLS1 4AB"
    assert (order.status, order.total_minor) == ("awaiting_payment", 3795)
    assert session.scalars(select(BasketLine)).all() == []


def test_pressing_again_meets_the_same_order_and_page(
    mine: FlaskClient, standin: running.Standin, session: Session
) -> None:
    first = mine.post("/checkout", data=BY_POST)
    again = mine.post("/checkout", data=BY_POST)
    number = session.scalars(select(Order.number)).one()
    later = mine.post(f"/orders/{number}/payment")
    assert first.location == again.location == later.location
    for other in ({"delivery": "collection"}, {"line1": "2 Example Road"}, {"recipient": "Ann Other"}):
        assert mine.post("/checkout", data={**BY_POST, **other}).location == f"/orders/{number}", other
    assert "as you placed it first" in mine.get(f"/orders/{number}").text


def test_an_earlier_order_is_never_paid_for_a_later_basket(
    mine: FlaskClient, standin: running.Standin, session: Session
) -> None:
    mine.post("/checkout", data=BY_POST)
    number = session.scalars(select(Order.number)).one()
    mine.post("/basket/lines", data={"sku": "RL-020", "quantity": "1"})
    answer = mine.post("/checkout", data={**BY_POST, "delivery": "collection"})
    assert answer.location == f"/orders/{number}"
    assert "An earlier order still awaits its payment" in mine.get(answer.location).text
    assert 'data-sku="RL-020"' in mine.get("/basket").text


def test_the_address_is_typed_once(mine: FlaskClient, standin: running.Standin, session: Session) -> None:
    mine.post("/checkout", data=BY_POST)
    session.execute(update(Order).values(status="cancelled"))
    session.commit()
    mine.post("/basket/lines", data={"sku": "RL-020", "quantity": "1"})
    page = mine.get("/checkout").text
    for typed in ("1 Example Road", "Flat 2", "Leeds", "LS1 4AB"):
        assert f'value="{typed}"' in page


def test_a_changed_price_is_confirmed_anew(mine: FlaskClient, standin: running.Standin, session: Session) -> None:
    samples.signed_anew(session, today=world.TODAY, price=Money(3650))
    session.commit()
    answer = mine.post("/checkout", data=BY_POST)
    assert answer.status_code == 409
    assert 'data-reason="price-changed"' in answer.text
    assert 'value="Flat 2"' in answer.text
    plain = mine.post("/checkout", data=BY_POST, headers={"Accept": "application/json"})
    assert (plain.status_code, [each["code"] for each in plain.json["reasons"]]) == (409, ["price-changed"])
    assert session.scalars(select(Order)).all() == []
    confirmed = {**BY_POST, "shown": hidden(answer.text, "shown")}
    assert mine.post("/checkout", data=confirmed).status_code == 303
    assert session.scalars(select(Order.total_minor)).all() == [4045]


def test_an_order_to_jersey_bears_no_vat_and_the_same_price(
    mine: FlaskClient, standin: running.Standin, session: Session
) -> None:
    sent = {**BY_POST, "country": "JE", "postcode": "JE2 3AB", "town": "St Helier"}
    assert mine.post("/checkout", data=sent).location.startswith(standin.url)
    order = session.scalars(select(Order)).one()
    assert (order.country, order.way, order.delivery, order.delivery_minor) == ("JE", "post", "post", 595)
    assert (order.total_minor, order.delivery_tax_minor) == (3995, 0)
    assert session.execute(select(OrderLine.unit_minor, OrderLine.tax_percent, OrderLine.tax_minor)).all() == [
        (3400, 0, 0)
    ]
    page = mine.get(f"/orders/{order.number}").text
    assert "St Helier\nJE2 3AB\nJersey" in page
    assert "import GST" in page
    session.execute(update(Order).values(status="cancelled"))
    session.commit()
    mine.post("/basket/lines", data={"sku": "RL-020", "quantity": "1"})
    assert 'data-total="3995"' in mine.get("/basket").text, "where it went last is counted with"
    assert '<option selected value="JE">Jersey</option>' in mine.get("/checkout").text


def test_where_nothing_is_sent_the_till_says_why_and_what_to_do(
    mine: FlaskClient, mara: Client, session: Session
) -> None:
    for country, why in (("IE", "European Union"), ("US", "FDA"), ("PR", "FDA"), ("else", "any other country")):
        answer = mine.post("/checkout", data={**BY_POST, "country": country})
        assert answer.status_code == 422
        for told in ('data-reason="not-shipped"', why, "Collect it at the clinic instead", 'value="Flat 2"'):
            assert told in answer.text
        there = replace(world.BY_POST, country=country)
        with pytest.raises(Refused) as refusal, transaction():
            place_order(mara.id, there, NOTHING_NEW, world.client_who(mara), world.NOW, world.TODAY)
        assert refusal.value.verdict.codes == ("not-shipped",)
    assert session.scalars(select(Order)).all() == []
    order = world.placed(mara, samples.loaded(session, "RL-020"))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(Order).where(Order.id == order.id).values(country="US"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"delivery": "pigeon"}, "How shall it reach you?"),
        ({"delivery": ""}, "How shall it reach you?"),
        ({"line1": ""}, "Address"),
        ({"town": " "}, "Town"),
        ({"postcode": "12345"}, "Postcode"),
        ({"postcode": ""}, "Postcode"),
        ({"recipient": "a" * 201}, "Name on the parcel"),
        ({"shown": "much"}, "Totals shown"),
        ({"country": "JE"}, "Postcode"),
        ({"postcode": "JE2 3AB"}, "Postcode"),
        ({"country": "IE"}, "Country"),
        ({"country": "JE", "postcode": "JE2 3AB", "delivery": "tracked"}, "How shall it reach you?"),
        ({"town": "Boston, MA 02110, U.S.A."}, "Town"),
    ],
)
def test_a_form_with_errors_is_shown_again(
    mine: FlaskClient, session: Session, change: dict[str, str], named: str
) -> None:
    answer = mine.post("/checkout", data={**BY_POST, **change})
    assert answer.status_code == 422
    assert 'id="error-summary"' in answer.text
    assert f">{named}:" in answer.text
    assert session.scalars(select(Order)).all() == []


def test_collecting_needs_no_address(mine: FlaskClient, standin: running.Standin, session: Session) -> None:
    answer = mine.post("/checkout", data={"delivery": "collection", "nothing_new": "y", "shown": "collection:GB=3400"})
    assert answer.status_code == 303
    order = session.scalars(select(Order)).one()
    assert (order.delivery, order.address, order.recipient, order.total_minor) == ("collection", "", "Mara Finch", 3400)


def test_an_empty_basket_has_no_checkout(browser: Browsers, mara: Client) -> None:
    assert browser().get("/checkout").location == "/basket"
    assert browser().post("/checkout", data=BY_POST).status_code == 409


def test_a_permission_taken_back_closes_the_checkout(mine: FlaskClient, mara: Client, session: Session) -> None:
    with transaction():
        stopping.withdraw_approval(mara.id, "Skin needs rest.", world.practitioner(), world.NOW)
    for answer in (mine.get("/checkout"), mine.post("/checkout", data=BY_POST)):
        assert answer.status_code == 409
        assert 'data-reason="approval-withdrawn"' in answer.text
    assert session.scalars(select(Order)).all() == []


def test_an_unapproved_clients_forged_forms_get_nowhere(
    browser: Browsers, tom: Client, roller: Product, session: Session
) -> None:
    forger = browser("tom@example.org")
    session.add(BasketLine(client_id=tom.id, product_id=roller.id, quantity=1, added_at=world.NOW))
    session.commit()
    for answer in (forger.get("/checkout"), forger.post("/checkout", data=BY_POST)):
        assert answer.status_code == 409
        assert 'data-reason="no-approval"' in answer.text
    for path in ("/orders/R-1/payment", "/orders/R-1/cancellation"):
        assert forger.post(path).status_code == 404
    assert session.scalars(select(Order)).all() == []


def test_without_the_payment_page_the_order_waits(
    mine: FlaskClient, app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setitem(app.extensions, payments.EXTENSION, StripeApi(running.KEY, nowhere))
    answer = mine.post("/checkout", data=BY_POST)
    number = session.scalars(select(Order.number)).one()
    assert answer.location == f"/orders/{number}"
    page = mine.get(answer.location).text
    assert "cannot be reached just now" in page
    assert "Pay now" in page


def test_no_order_comes_before_the_two_questions(mine: FlaskClient, mara: Client, session: Session) -> None:
    unasked = {name: value for name, value in BY_POST.items() if name != "nothing_new"}
    for missing in ({}, {"anything_new": "no"}, {"anything_new": "maybe", "reaction": "no"}):
        answer = mine.post("/checkout", data={**unasked, **missing})
        assert answer.status_code == 422
        assert 'data-reason="questions-unanswered"' in answer.text
        assert 'value="Flat 2"' in answer.text
    plain = mine.post("/checkout", data=unasked, headers={"Accept": "application/json"})
    assert (plain.status_code, list(plain.json["fields"])) == (422, ["nothing_new"])
    for answered, code in ((None, "questions-unanswered"), (Answered("yes", "no"), "something-new")):
        with pytest.raises(Refused) as refusal, transaction():
            place_order(mara.id, world.BY_POST, answered, world.client_who(mara), world.NOW, world.TODAY)
        assert refusal.value.verdict.codes == (code,)
    assert session.scalars(select(Order)).all() == session.scalars(select(Recheck)).all() == []


def test_something_new_leads_to_the_safety_questions_and_a_reaction_to_help(
    mine: FlaskClient, mara: Client, standin: running.Standin, session: Session
) -> None:
    asked = {"nothing_new": "", "anything_new": "not_sure", "reaction": "no"}
    answer = mine.post("/checkout", data={**BY_POST, **asked})
    assert (answer.status_code, answer.location) == (303, "/care/screening")
    closed = mine.get("/checkout")
    assert (closed.status_code, closed.text.count("data-reason=")) == (409, 1)
    assert 'data-reason="screening-due"' in closed.text
    with transaction():
        stopping.answer_screening(mara.id, world.answers(), world.client_who(mara), world.TODAY, world.NOW)
    assert 'value="Flat 2"' in mine.get("/checkout").text
    both = {**BY_POST, "anything_new": "no", "reaction": "yes"}
    plain = mine.post("/checkout", data=both, headers={"Accept": "application/json"})
    assert (plain.status_code, [each["code"] for each in plain.json["reasons"]]) == (409, ["something-new"])
    assert mine.post("/checkout", data=both).location == "/care/reaction"
    assert 'data-reason="reaction-open"' in mine.get("/checkout").text
    assert session.scalars(select(Order)).all() == []
    told = session.execute(select(Recheck.anything_new, Recheck.reaction, Recheck.by_name, Recheck.version)).all()
    assert told[:2] == [("not_sure", "no", "Mara Finch", "2026.1"), ("no", "yes", "Mara Finch", "2026.1")]


def test_the_answers_are_bound_to_the_order(mine: FlaskClient, standin: running.Standin, session: Session) -> None:
    mine.post("/checkout", data={**BY_POST, "nothing_new": "", "anything_new": "no", "reaction": "no"})
    bound = select(Order.status, Recheck.anything_new, Recheck.reaction, Recheck.by_name)
    bound = bound.join(Asked, Asked.order_id == Order.id).join(Recheck, Recheck.id == Asked.recheck_id)
    assert session.execute(bound).all() == [("awaiting_payment", "no", "no", "Mara Finch")]


def test_a_whole_order_asks_a_fixed_number_of_queries(
    mine: FlaskClient, mara: Client, standin: running.Standin, count_queries: Any
) -> None:
    with count_queries() as shown:
        mine.get("/checkout")
    with count_queries() as placed:
        mine.post("/checkout", data=BY_POST)
    assert (len(shown), len(placed)) == (13, 40)
