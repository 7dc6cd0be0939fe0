"""Our Stripe module when Stripe is slow, broken, busy or gone: it never waits long, never doubles, never leaks the SDK's
exceptions."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue.money import Money
from storefront.payments.stripe_api import StripeApi
from storefront.payments.stripe_values import Intent, PaymentRefused, PaymentUnavailable
from tests.ports import free_port
from tests.storefront.standin.running import KEY, Standin, running, until


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with running(tmp_path_factory.mktemp("trouble") / "standin.sqlite3") as process:
        yield process


def held(standin: Standin) -> str:
    form = {"amount": 10_000, "currency": "gbp", "confirm": "true", "capture_method": "manual"}
    return str(standin.api("POST", "/v1/payment_intents", {**form, "payment_method": "pm_card_visa"})[1]["id"])


def captured(standin: Standin, intent: str) -> Intent | None:
    """What a job does: ask again, with the same key, until there is an answer."""
    try:
        return StripeApi(KEY, standin.url).capture(intent, None, "1")
    except PaymentUnavailable:
        return None


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_broken_stripe_is_unavailable(own: Standin, status: int) -> None:
    intent = held(own)
    own.order_fault(f"/{intent}/capture", status=status)
    with pytest.raises(PaymentUnavailable):
        StripeApi(KEY, own.url, max_network_retries=0).capture(intent, None, "1")
    assert StripeApi(KEY, own.url).capture(intent, None, "1").status == "succeeded"


def test_a_passing_fault_is_not_noticed(own: Standin) -> None:
    intent = held(own)
    own.order_fault(f"/{intent}/capture", status=503)
    assert StripeApi(KEY, own.url).capture(intent, None, "1").status == "succeeded"


def test_a_lost_answer_takes_the_money_once(own: Standin) -> None:
    intent = held(own)
    own.order_fault(f"/{intent}/capture", status=500, happens="after")
    assert StripeApi(KEY, own.url).capture(intent, None, "1").received == Money(10_000)
    own.order_fault("POST /v1/refunds", status=500, happens="after")
    assert StripeApi(KEY, own.url).refund(intent, Money(4_000), "1").amount == Money(4_000)
    assert StripeApi(KEY, own.url).read_intent(intent).refunded == Money(4_000)


def test_a_stored_500_is_unavailable_until_one_looks(own: Standin) -> None:
    intent = held(own)
    own.order_fault(f"/{intent}/capture", status=500, happens="stored")
    api = StripeApi(KEY, own.url, max_network_retries=0)
    for _ in range(2):
        with pytest.raises(PaymentUnavailable):
            api.capture(intent, None, "1")
    assert api.read_intent(intent).status == "succeeded"


@pytest.mark.parametrize("happens", ["before", "after"])
def test_a_slow_stripe_is_given_up_and_asked_again_with_the_same_key(own: Standin, happens: str) -> None:
    intent = held(own)
    own.order_fault(f"/{intent}/capture", milliseconds=1500, happens=happens)
    begun = time.monotonic()
    with pytest.raises(PaymentUnavailable):
        StripeApi(KEY, own.url, timeout=0.2, max_network_retries=0).capture(intent, None, "1")
    assert time.monotonic() - begun < 1.4
    assert until(lambda: captured(own, intent)).received == Money(10_000)


def test_a_hanging_stripe_holds_nobody_for_ten_seconds() -> None:
    """A server that takes the connection and says nothing. The usual timeout, shortened in the same proportion."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        with pytest.raises(PaymentUnavailable):
            StripeApi(KEY, f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=2.1).read_intent("pi_1")
        assert time.monotonic() - begun < 5


def test_nobody_at_home_is_unavailable(tmp_path: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(PaymentUnavailable):
        StripeApi(KEY, f"http://127.0.0.1:{free_port()}").read_intent("pi_1")
    assert time.monotonic() - begun < 10


def test_a_refusal_names_stripes_code_and_keeps_the_sdk_out_of_sight(own: Standin) -> None:
    api = StripeApi(KEY, own.url)
    intent = held(own)
    api.cancel(intent, "1")
    with pytest.raises(PaymentRefused) as refused:
        api.cancel(intent, "2")
    assert refused.value.code == "payment_intent_unexpected_state"
    assert "has a status of canceled" in refused.value.message


def test_a_proxy_for_the_way_out_does_not_hide_the_stand_in(own: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert StripeApi(KEY, own.url).read_intent(held(own)).status == "requires_capture"
