"""What the stand-in takes is a part of what Stripe takes: the SDK's own TypedDicts are the measure. All else is refused."""

import re
import sys
from typing import Any

import pytest
import stripe.params as sdk
from stripe.params import checkout as sdk_checkout

from storefront.standin import params
from storefront.standin.errors import ApiError
from storefront.standin.params import MAPPING, Must, checked, read_form
from tests.storefront.standin.running import Standin

ACCEPTED: list[tuple[Any, type]] = [
    (params.SESSION_CREATE, sdk_checkout.SessionCreateParams),
    (params.SESSION_LIST, sdk_checkout.SessionListParams),
    (params.EXPAND, sdk_checkout.SessionExpireParams),
    (params.INTENT_CREATE, sdk.PaymentIntentCreateParams),
    (params.INTENT_CONFIRM, sdk.PaymentIntentConfirmParams),
    (params.INTENT_CAPTURE, sdk.PaymentIntentCaptureParams),
    (params.INTENT_CANCEL, sdk.PaymentIntentCancelParams),
    (params.INTENT_LIST, sdk.PaymentIntentListParams),
    (params.CHARGE_LIST, sdk.ChargeListParams),
    (params.REFUND_CREATE, sdk.RefundCreateParams),
    (params.REFUND_LIST, sdk.RefundListParams),
    (params.DISPUTE_LIST, sdk.DisputeListParams),
    (params.DISPUTE_UPDATE, sdk.DisputeUpdateParams),
    (params.CUSTOMER_CREATE, sdk.CustomerCreateParams),
    (params.CUSTOMER_LIST, sdk.CustomerListParams),
    (params.METHOD_LIST, sdk.CustomerPaymentMethodListParams),
    (params.EVENT_LIST, sdk.EventListParams),
]


def check(accepted: Any, declared: type, where: str) -> None:
    """Fails on a parameter that the SDK does not know, at any depth, and on one that the SDK wants and we let pass."""
    fields = declared.__annotations__
    assert set(accepted) <= set(fields), (where, set(accepted) - set(fields))
    for name, inner in accepted.items():
        while isinstance(inner, Must | list):
            inner = inner.shape if isinstance(inner, Must) else inner[0]
        if isinstance(inner, dict):
            check(inner, nested(fields[name], declared), f"{where}[{name}]")


def nested(annotation: Any, declared: type) -> type:
    """The TypedDict that an annotation of this TypedDict names."""
    name = re.search(rf"\b{declared.__name__}\w+", str(annotation))
    assert name, annotation
    found: type = getattr(sys.modules[declared.__module__], name[0])
    return found


@pytest.mark.parametrize(("accepted", "declared"), ACCEPTED)
def test_parameters_are_known_to_the_sdk(accepted: Any, declared: type) -> None:
    check(accepted, declared, declared.__name__)


def test_the_measure_finds_what_is_wrong() -> None:
    deep = {"line_items": [{"price_data": {"colour": params.text}}]}
    for wrong in ({"colour": params.text}, deep):
        with pytest.raises(AssertionError):
            check(wrong, sdk_checkout.SessionCreateParams, "")


def test_a_form_unfolds_into_lists_and_objects() -> None:
    pairs = [("a[b][0][c]", "1"), ("a[b][1][c]", "2"), ("d[]", "x"), ("d[]", "y"), ("e", "z")]
    tree = read_form(pairs)
    assert tree == {"a": {"b": {"0": {"c": "1"}, "1": {"c": "2"}}}, "d": {"0": "x", "1": "y"}, "e": "z"}


@pytest.mark.parametrize(
    ("given", "shape", "code", "param"),
    [
        ({"a": "1"}, {}, "parameter_unknown", "a"),
        ({"a": {"b": "1"}}, {"a": {"c": params.text}}, "parameter_unknown", "a[b]"),
        ({}, {"a": Must(params.text)}, "parameter_missing", "a"),
        ({"a": ""}, {"a": Must(params.text)}, "parameter_missing", "a"),
        ({"a": "x"}, {"a": params.integer}, "parameter_invalid_integer", "a"),
        ({"a": "1" * 20}, {"a": params.integer}, "parameter_invalid_integer", "a"),
        ({"a": "٣"}, {"a": params.integer}, "parameter_invalid_integer", "a"),
        ({"a": "0"}, {"a": params.amount}, "parameter_invalid_integer", "a"),
        ({"a": "100000000"}, {"a": params.amount}, "amount_too_large", "a"),
        ({"a": {"0": "x"}}, {"a": params.text}, None, "a"),
        ({"a": "x"}, {"a": [params.text]}, None, "a"),
        ({"a": "x"}, {"a": {"b": params.text}}, None, "a"),
        ({"a": "x"}, {"a": MAPPING}, None, "a"),
        ({"a": "javascript:1"}, {"a": params.address}, "url_invalid", "a"),
        ({"a": "yes"}, {"a": params.flag}, None, "a"),
        ({"a": "xxx"}, {"a": params.currency}, None, "a"),
    ],
)
def test_a_malformed_parameter_is_named(given: Any, shape: Any, code: str | None, param: str) -> None:
    with pytest.raises(ApiError) as refused:
        checked(given, shape)
    error = refused.value.body["error"]
    assert (error["type"], error.get("code"), error["param"]) == ("invalid_request_error", code, param)
    assert not refused.value.began


def test_an_unknown_address_and_no_key_are_refused(standin: Standin) -> None:
    assert standin.api("GET", "/v1/unicorns")[0] == 404
    status, _, text = standin.ask("GET", "/v1/events")
    assert (status, "You did not provide an API key" in text) == (401, True)
    status, _, text = standin.ask("GET", "/v1/events", Authorization="Bearer sk_test_wrong_wrong_wrong")
    assert (status, "sk_test_wrong_wrong_wrong" in text) == (401, False)
