"""What the stand-in gives is what Stripe gives: its published examples and the SDK's own types are the measure.

The examples (tests/cases/stripe/fixtures3_subset.json) name every field that is always there; a field beyond them has to be
known to the SDK, and what the SDK does not call optional is never null.
"""

import json
import typing
from pathlib import Path
from types import NoneType
from typing import Any

import pytest
import stripe
from stripe._stripe_object import UntypedStripeObject

from tests.storefront.standin.running import Standin

KEPT = json.loads(Path("tests/cases/stripe/fixtures3_subset.json").read_text("utf-8"))
EXAMPLES = KEPT["objects"]
CLASSES: dict[str, type] = {
    "checkout.session": stripe.checkout.Session,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "customer": stripe.Customer,
    "payment_method": stripe.PaymentMethod,
    "event": stripe.Event,
    "item": stripe.LineItem,
    "price": stripe.Price,
    "dispute": stripe.Dispute,
}
SESSION = {
    "mode": "payment",
    "success_url": "http://127.0.0.1:1/done",
    "line_items[0][price_data][currency]": "gbp",
    "line_items[0][price_data][unit_amount]": 2500,
    "line_items[0][price_data][product_data][name]": "Roller",
    "line_items[0][quantity]": 2,
    "saved_payment_method_options[payment_method_save]": "enabled",
    "metadata[order]": "A-1",
    "expand[]": "line_items",
}


def every_object(standin: Standin) -> list[dict[str, Any]]:
    """Each kind of object in each state that a payment goes through, as the API gives them."""
    form = {"amount": 5000, "currency": "gbp", "capture_method": "manual", "confirm": "true"}
    held, asking, declined, contested = (
        standin.api("POST", "/v1/payment_intents", {**form, "payment_method": f"pm_card_{name}"})[1]
        for name in ("visa", "threeDSecure2Required", "visa_chargeDeclined", "createDispute")
    )
    for intent in (held, contested):
        standin.api("POST", f"/v1/payment_intents/{intent['id']}/capture", {"amount_to_capture": 4000})
    refund = standin.api("POST", "/v1/refunds", {"payment_intent": held["id"], "amount": 1000})[1]
    customer = standin.api("POST", "/v1/customers", {"email": "client@example.org"})[1]
    session = standin.api("POST", "/v1/checkout/sessions", {**SESSION, "customer": customer["id"]})[1]
    standin.pay(session["url"], save="yes")
    lines = session["line_items"]["data"]
    found = [held, asking, declined["error"]["payment_intent"], refund, customer, session, *lines, lines[0]["price"]]
    evidence = {"evidence[uncategorized_text]": "winning_evidence", "submit": "true"}
    (dispute,) = standin.api("GET", f"/v1/disputes?payment_intent={contested['id']}")[1]["data"]
    found.append(standin.api("POST", f"/v1/disputes/{dispute['id']}", evidence)[1])
    for path in ("checkout/sessions", "payment_intents", "charges", "refunds", "events"):
        found += standin.api("GET", f"/v1/{path}?limit=100")[1]["data"]
    found += standin.api("GET", f"/v1/customers/{customer['id']}/payment_methods")[1]["data"]
    return found + [event["data"]["object"] for event in found if event["object"] == "event"]


@pytest.fixture(scope="module")
def objects(standin: Standin) -> list[dict[str, Any]]:
    return every_object(standin)


def test_every_kind_is_seen(objects: list[dict[str, Any]]) -> None:
    assert {thing["object"] for thing in objects} == set(EXAMPLES)


def test_fields_are_those_of_the_published_examples(objects: list[dict[str, Any]]) -> None:
    for thing in objects:
        example = EXAMPLES[thing["object"]]
        assert set(example) <= set(thing), (thing["object"], set(example) - set(thing))
        assert set(thing) - set(example) <= set(CLASSES[thing["object"]].__annotations__), thing["object"]


def kind_of(value: Any) -> str:
    return type(value).__name__


def test_values_have_the_types_of_the_published_examples(objects: list[dict[str, Any]]) -> None:
    for thing in objects:
        for name, example in EXAMPLES[thing["object"]].items():
            if example is not None and thing[name] is not None:
                assert kind_of(thing[name]) == kind_of(example), (thing["object"], name, thing[name])


def test_values_have_the_types_that_the_sdk_declares(objects: list[dict[str, Any]]) -> None:
    assert [found for thing in objects for found in misfits(thing)] == []


def test_the_measure_finds_what_is_wrong(objects: list[dict[str, Any]]) -> None:
    intent = next(thing for thing in objects if thing["object"] == "payment_intent")
    for wrong in ({"amount": "5000"}, {"status": None}, {"colour": "green"}, {"amount_details": {"tip": 3}}):
        with pytest.raises(AssertionError):
            fits({**intent, **wrong}, stripe.PaymentIntent, "payment_intent")


def misfits(thing: dict[str, Any]) -> list[str]:
    """What of an object is not what the SDK declares, in words."""
    try:
        fits(thing, CLASSES[thing["object"]], thing["object"])
    except AssertionError as error:
        return [str(error)]
    return []


def fits(value: Any, declared: Any, where: str) -> None:
    """Fails where a value is not what the SDK's annotation says."""
    if isinstance(declared, typing.ForwardRef):
        declared = getattr(stripe, declared.__forward_arg__)
    origin, inner = typing.get_origin(declared), typing.get_args(declared)
    if origin is typing.Union:
        one_fits(value, inner, where)
    elif origin is typing.Literal:
        assert value in inner, (where, value)
    elif origin in (list, stripe.ListObject):
        for at, one in enumerate(value if origin is list else value["data"]):
            fits(one, inner[0], f"{where}[{at}]")
    elif origin is UntypedStripeObject or declared is UntypedStripeObject:
        assert isinstance(value, dict), (where, value)
    elif issubclass(declared, stripe.StripeObject):
        fields_fit(value, declared, where)
    else:
        assert kind_of(value) == ("str" if declared.__name__ == "Decimal" else declared.__name__), (where, value)


def one_fits(value: Any, choices: tuple[Any, ...], where: str) -> None:
    if value is None:
        assert NoneType in choices, f"{where} is null"
        return
    problems: list[AssertionError] = []
    for choice in choices:
        if choice is NoneType:
            continue
        try:
            fits(value, choice, where)
            return
        except AssertionError as problem:
            problems.append(problem)
    raise AssertionError(problems)


def fields_fit(value: Any, declared: type, where: str) -> None:
    assert isinstance(value, dict), (where, value)
    hints = {
        name: hint for name, hint in declared.__annotations__.items() if typing.get_origin(hint) is not typing.ClassVar
    }
    if declared is stripe.Event.Data:
        hints = {"object": UntypedStripeObject}
    assert set(value) <= set(hints), (where, set(value) - set(hints))
    for name, hint in hints.items():
        if name in value:
            fits(value[name], hint, f"{where}.{name}")
        else:
            assert NoneType in typing.get_args(hint), f"{where}.{name} is lacking"


def test_examples_carry_their_source_and_licence() -> None:
    assert "github.com/stripe/openapi" in KEPT["source"]
    assert "Copyright (c) 2011- Stripe, Inc." in KEPT["licence"]
