"""The payment page as a person meets it: pay, be declined, be asked by the bank, use a saved card, come too late."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from storefront.standin.cards import CARDS, HINTS, looks_valid
from tests.storefront.standin.running import Standin

Order = Callable[..., dict[str, Any]]
SHOP = "http://127.0.0.1:9"


@pytest.fixture
def order(standin: Standin) -> Order:
    """Opens a payment page as the shop does."""

    def opened(**more: Any) -> dict[str, Any]:
        form = {
            "mode": "payment",
            "success_url": f"{SHOP}/orders/A-1?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{SHOP}/basket",
            "client_reference_id": "A-1",
            "line_items[0][price_data][currency]": "gbp",
            "line_items[0][price_data][unit_amount]": 2500,
            "line_items[0][price_data][product_data][name]": "Roller <0.2 mm>",
            "line_items[0][quantity]": 2,
            "payment_intent_data[capture_method]": "manual",
            "payment_intent_data[metadata][order]": "A-1",
            **more,
        }
        status, session = standin.api("POST", "/v1/checkout/sessions", form)
        assert status == 200, session
        return session

    return opened


def page_of(session: dict[str, Any]) -> str:
    return urlsplit(session["url"]).path


def now(standin: Standin, session: dict[str, Any]) -> dict[str, Any]:
    """The session as it is now, with its intent."""
    return standin.api("GET", f"/v1/checkout/sessions/{session['id']}?expand[]=payment_intent")[1]


def test_the_page_says_what_is_paid_and_that_no_money_moves(standin: Standin, order: Order) -> None:
    status, headers, html = standin.ask("GET", page_of(order()))
    assert status == 200
    assert "Test payment page: no real money moves" in html
    assert "£50.00" in html
    assert "Roller &lt;0.2 mm&gt;" in html
    assert f'href="{SHOP}/basket"' in html
    assert "<script" not in html
    assert " style=" not in html
    assert headers["cache-control"] == "no-store"
    assert f"form-action 'self' {SHOP}" in headers["content-security-policy"]


def test_every_label_has_its_field_and_ids_are_unique(standin: Standin, order: Order) -> None:
    html = standin.ask("GET", page_of(order()))[2]
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'<label for="([^"]+)"', html)) == {"cardNumber", "cardExpiry", "cardCvc"} & set(ids)
    assert html.count("<h1") == 1


def test_a_press_on_a_test_card_fills_it_in(standin: Standin, order: Order) -> None:
    html = standin.ask("GET", f"{page_of(order())}?card=4000000000000002")[2]
    assert 'value="4000 0000 0000 0002"' in html
    assert all(card.grouped in html for card in HINTS)
    assert all(looks_valid(number) for number in CARDS)


def test_paying_holds_the_money_and_returns_to_the_shop(standin: Standin, order: Order) -> None:
    session = order()
    status, headers, _ = standin.pay(session["url"], "4242 4242 4242 4242")
    assert (status, headers["location"]) == (303, f"{SHOP}/orders/A-1?session={session['id']}")
    paid = now(standin, session)
    assert (paid["status"], paid["payment_status"], paid["url"]) == ("complete", "unpaid", None)
    intent = paid["payment_intent"]
    assert (intent["status"], intent["amount_capturable"]) == ("requires_capture", 5000)
    assert intent["metadata"] == {"order": "A-1"}
    standin.api("POST", f"/v1/payment_intents/{intent['id']}/capture")
    assert now(standin, session)["payment_status"] == "paid"


def test_a_page_can_be_paid_once(standin: Standin, order: Order) -> None:
    session = order()
    page = page_of(session)
    assert standin.pay(page)[0] == 303
    status, _, html = standin.pay(page)
    assert (status, "This order is paid" in html) == (200, True)
    charges = standin.api("GET", f"/v1/charges?payment_intent={now(standin, session)['payment_intent']['id']}")[1]
    assert len(charges["data"]) == 1


@pytest.mark.parametrize(
    ("number", "said", "code", "decline"),
    [
        ("4000000000000002", "Your card was declined.", "card_declined", "generic_decline"),
        ("4000000000009995", "Your card has insufficient funds.", "card_declined", "insufficient_funds"),
        ("4000000000000069", "Your card has expired.", "expired_card", None),
        ("4000000000000127", "security code is incorrect", "incorrect_cvc", None),
        ("4000000000000119", "An error occurred while processing your card", "processing_error", None),
    ],
)
def test_a_declined_card_says_why_and_another_may_be_tried(
    standin: Standin, order: Order, number: str, said: str, code: str, decline: str | None
) -> None:
    session = order()
    status, _, html = standin.pay(session["url"], number)
    assert (status, said.replace("'", "&#39;") in html, 'role="alert"' in html) == (402, True, True)
    tried = now(standin, session)
    error = tried["payment_intent"]["last_payment_error"]
    assert (tried["status"], tried["payment_intent"]["status"]) == ("open", "requires_payment_method")
    assert (error["code"], error.get("decline_code")) == (code, decline)
    assert standin.pay(session["url"])[0] == 303
    assert now(standin, session)["payment_intent"]["id"] == tried["payment_intent"]["id"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"number": "4242424242424241"}, "Your card number is incorrect."),
        ({"number": ""}, "not a valid card number"),
        ({"number": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}, "Your card number is incorrect."),
        ({"number": "4111111111111111"}, "only the test cards"),
        ({"cardExpiry": "13/34"}, "expiration month is invalid"),
        ({"cardExpiry": "01/20"}, "expiration year is invalid"),
        ({"cardExpiry": ""}, "expiration month is invalid"),
        ({"cardCvc": "12"}, "security code is invalid"),
    ],
)
def test_a_mistyped_card_is_asked_again(standin: Standin, order: Order, typed: dict[str, str], said: str) -> None:
    session = order()
    status, _, html = standin.pay(session["url"], **typed)
    assert (status, said in html, 'aria-invalid="true"' in html) == (422, True, True)
    assert now(standin, session)["payment_intent"] is None


@pytest.mark.parametrize("number", ["4000002500003155", "4000002760003184", "4000000000003220"])
def test_the_bank_asks_and_the_person_completes(standin: Standin, order: Order, number: str) -> None:
    session = order()
    status, headers, _ = standin.pay(session["url"], number)
    bank = headers["location"]
    assert (status, now(standin, session)["payment_intent"]["status"]) == (303, "requires_action")
    assert "is it you?" in standin.ask("GET", bank)[2]
    status, headers, _ = standin.ask("POST", bank, {"answer": "complete"})
    assert (status, headers["location"]) == (303, f"{SHOP}/orders/A-1?session={session['id']}")
    assert now(standin, session)["payment_intent"]["status"] == "requires_capture"
    assert standin.ask("POST", bank, {"answer": "complete"})[0] == 410


def test_the_bank_asks_and_the_person_fails(standin: Standin, order: Order) -> None:
    session = order()
    bank = standin.pay(session["url"], "4000002760003184")[1]["location"]
    status, _, html = standin.ask("POST", bank, {"answer": "fail"})
    assert (status, "unable to authenticate" in html) == (402, True)
    assert f'action="{page_of(session)}"' in html
    intent = now(standin, session)["payment_intent"]
    assert intent["status"] == "requires_payment_method"
    assert intent["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert standin.pay(session["url"])[0] == 303


def test_leaving_the_bank_unanswered_lets_another_card_be_tried(standin: Standin, order: Order) -> None:
    session = order()
    standin.pay(session["url"], "4000002760003184")
    assert standin.pay(session["url"])[0] == 303
    assert now(standin, session)["payment_intent"]["status"] == "requires_capture"


def test_a_card_that_the_bank_declines_after_asking(standin: Standin, order: Order) -> None:
    session = order()
    bank = standin.pay(session["url"], "4000008400001629")[1]["location"]
    assert standin.ask("POST", bank, {"answer": "complete"})[0] == 402


def test_a_kept_card_is_offered_next_time_to_its_customer_alone(standin: Standin, order: Order) -> None:
    customers = [standin.api("POST", "/v1/customers", {"email": "a@example.org"})[1]["id"] for _ in range(2)]
    keep = {"saved_payment_method_options[payment_method_save]": "enabled"}
    session = order(customer=customers[0], **keep)
    assert "Keep this card" in standin.ask("GET", page_of(session))[2]
    standin.pay(session["url"], "5555555555554444", save="yes")
    methods = standin.api("GET", f"/v1/customers/{customers[0]}/payment_methods")[1]["data"]
    assert [(one["card"]["last4"], one["allow_redisplay"]) for one in methods] == [("4444", "always")]
    again = order(customer=customers[0], **keep)
    assert "Mastercard ending 4444" in standin.ask("GET", page_of(again))[2]
    assert standin.ask("POST", page_of(again), {"saved": methods[0]["id"]})[0] == 303
    assert now(standin, again)["payment_intent"]["payment_method"] == methods[0]["id"]
    third = order(customer=customers[0], **keep)
    assert standin.pay(third["url"], "4242424242424242", saved=methods[0]["id"])[0] == 303
    assert now(standin, third)["payment_intent"]["payment_method"] != methods[0]["id"]
    other = order(customer=customers[1], **keep)
    assert "4444</" not in standin.ask("GET", page_of(other))[2].replace("5555 5555 5555 4444</a>", "")
    assert standin.ask("POST", page_of(other), {"saved": methods[0]["id"]})[0] == 422


def test_a_declined_card_is_not_kept(standin: Standin, order: Order) -> None:
    customer = standin.api("POST", "/v1/customers", {"email": "a@example.org"})[1]["id"]
    session = order(customer=customer, **{"saved_payment_method_options[payment_method_save]": "enabled"})
    standin.pay(session["url"], "4000000000000002", save="yes")
    assert standin.api("GET", f"/v1/customers/{customer}/payment_methods")[1]["data"] == []


def test_a_page_that_the_shop_closed_takes_nothing(standin: Standin, order: Order) -> None:
    session = order()
    standin.pay(session["url"], "4000000000000002")
    page = page_of(session)
    standin.api("POST", f"/v1/checkout/sessions/{session['id']}/expire")
    for method in ("GET", "POST"):
        status, _, html = standin.ask(method, page, {"cardNumber": "4242424242424242"} if method == "POST" else None)
        assert (status, "This payment page has expired" in html) == (410, True)
    assert now(standin, session)["payment_intent"]["status"] == "canceled"


def test_an_unknown_page_is_not_there(standin: Standin) -> None:
    assert standin.ask("GET", "/c/pay/cs_test_nothing")[0] == 404
    assert standin.ask("GET", "/c/bank/pi_nothing")[0] == 404


def test_a_payment_begun_through_the_api_returns_to_its_address(standin: Standin) -> None:
    form = {
        "amount": 1000,
        "currency": "gbp",
        "confirm": "true",
        "payment_method": "pm_card_authenticationRequired",
        "return_url": f"{SHOP}/back?a=1",
    }
    intent = standin.api("POST", "/v1/payment_intents", form)[1]
    bank = urlsplit(intent["next_action"]["redirect_to_url"]["url"]).path
    headers = standin.ask("POST", bank, {"answer": "complete"})[1]
    assert headers["location"] == f"{SHOP}/back?a=1&payment_intent={intent['id']}&redirect_status=succeeded"
    assert standin.api("GET", f"/v1/payment_intents/{intent['id']}")[1]["status"] == "succeeded"
