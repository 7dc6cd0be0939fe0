"""Events on their way: signed so that the SDK accepts them, tried again, kept over a kill, told apart when undelivered."""

import hashlib
import hmac
import json
import signal
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stripe

from storefront import clock
from storefront.payments.stripe_api import StripeApi, read_event
from storefront.payments.stripe_values import BadSignature
from storefront.standin.webhooks import MOST_ATTEMPTS, signature
from tests.storefront.standin.running import KEY, SECRET, Listener, Standin, running, until

HOLD = {
    "amount": 10_000,
    "currency": "gbp",
    "confirm": "true",
    "capture_method": "manual",
    "payment_method": "pm_card_visa",
    "metadata[order]": "A-1",
}
BODY = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": 1,
        "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {"order": "Ä-1"}}},
    },
    ensure_ascii=False,
).encode()


def hold(standin: Standin, **more: Any) -> str:
    return str(standin.api("POST", "/v1/payment_intents", {**HOLD, **more})[1]["id"])


def test_a_payment_is_told_in_its_steps(telling: Standin, listener: Listener) -> None:
    intent = hold(telling)
    telling.api("POST", f"/v1/payment_intents/{intent}/capture")
    telling.api("POST", "/v1/refunds", {"payment_intent": intent, "amount": 100}, Idempotency_Key="row-1")
    telling.api("POST", f"/v1/payment_intents/{hold(telling)}/cancel")
    expected = {
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
        "charge.refunded",
        "refund.created",
        "payment_intent.canceled",
    }
    until(lambda: expected <= set(listener.types()))
    assert set(listener.types()) == expected
    refunded = next(json.loads(body) for body, _ in listener.heard if json.loads(body)["type"] == "refund.created")
    assert refunded["request"]["idempotency_key"] == "row-1"
    assert refunded["data"]["object"]["payment_intent"] == intent


def test_what_arrives_is_signed_for_the_sdk(telling: Standin, listener: Listener) -> None:
    hold(telling)
    until(lambda: len(listener.heard) == 3)
    for body, header in listener.heard:
        event = stripe.Webhook.construct_event(body, header, SECRET)
        assert read_event(body, header, ["whsec_other", SECRET], clock.now()).event_id == event.id
    told = {read_event(body, header, [SECRET], clock.now()).order_number for body, header in listener.heard}
    assert told == {"A-1"}


def test_a_refused_event_is_tried_again_until_it_is_taken(telling: Standin, listener: Listener) -> None:
    listener.answers = [500, 302, 400]
    telling.api("POST", "/v1/customers", {"email": "a@example.org"})
    until(lambda: len(listener.heard) == 4)
    assert len({body for body, _ in listener.heard}) == 1
    event = json.loads(listener.heard[0][0])["id"]
    until(lambda: telling.api("GET", f"/v1/events/{event}")[1]["pending_webhooks"] == 0)
    assert telling.api("GET", "/v1/events?delivery_success=true")[1]["data"][0]["id"] == event
    time.sleep(0.4)
    assert len(listener.heard) == 4


def test_undelivered_events_are_found_by_asking(telling: Standin, listener: Listener) -> None:
    api = StripeApi(KEY, telling.url)
    since = datetime.now(UTC) - timedelta(minutes=1)
    listener.answers = [500] * 3
    intent = hold(telling)
    until(lambda: len(listener.heard) >= 3)
    missed = api.events_since(since)
    assert {knock.intent for knock in missed} <= {intent}
    until(lambda: not api.events_since(since))
    told = [knock.type for knock in api.events_since(since, undelivered=False) if knock.intent == intent]
    assert told == ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"]


def test_events_outlive_a_kill(tmp_path: Path, own_listener: Listener) -> None:
    dead = "http://127.0.0.1:1/nobody"
    database = tmp_path / "standin.sqlite3"
    with running(database, "--webhook-url", dead, "--webhook-secret", SECRET) as first:
        intent = hold(first)
        first.end(signal.SIGKILL)
    with running(database, "--webhook-url", own_listener.url, "--webhook-secret", SECRET) as second:
        until(lambda: len(own_listener.heard) >= 3)
        assert second.api("GET", f"/v1/payment_intents/{intent}")[1]["status"] == "requires_capture"
    assert sorted(own_listener.types()) == sorted(
        ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"]
    )


def test_two_secrets_sign_while_they_rotate(tmp_path: Path, own_listener: Listener) -> None:
    secrets = ("--webhook-secret", SECRET, "--webhook-secret", "whsec_new")
    with running(tmp_path / "standin.sqlite3", "--webhook-url", own_listener.url, *secrets) as standin:
        standin.api("POST", "/v1/customers", {"email": "a@example.org"})
        body, header = until(lambda: own_listener.heard)[0]
    assert header.count("v1=") == 2
    for secret in (SECRET, "whsec_new"):
        assert read_event(body, header, [secret], clock.now()).type == "customer.created"


def test_an_event_is_given_up_after_so_many_tries_and_not_when_the_clock_leaps(
    tmp_path: Path, own_listener: Listener
) -> None:
    own_listener.answers = [500, 500]
    where, rows = ("--webhook-url", own_listener.url, "--webhook-secret", SECRET), tmp_path / "standin.sqlite3"
    with running(rows, *where) as standin:
        standin.shift(-40 * 24 * 3600)
        standin.api("POST", "/v1/customers", {"email": "a@example.org"})
        standin.shift(40 * 24 * 3600)
        until(lambda: len(own_listener.heard) == 3)
        own_listener.answers = [500] * 10
        standin.api("POST", "/v1/customers", {"email": "b@example.org"})
        until(lambda: len(own_listener.heard) > 3)
    with closing(sqlite3.connect(rows)) as book, book:
        book.execute("UPDATE delivery SET attempts = ? WHERE delivered_at IS NULL", (MOST_ATTEMPTS,))
    heard = len(own_listener.heard)
    with running(rows, *where) as standin:
        standin.api("POST", "/v1/customers", {"email": "c@example.org"})
        own_listener.answers = []
        until(lambda: '"events_waiting":1' in standin.ask("GET", "/health")[2].replace(" ", ""))
        assert len(own_listener.heard) >= heard + 1
        assert all(b"b@example.org" not in body for body, _ in own_listener.heard[heard:])


def test_events_can_be_listed_by_type(telling: Standin) -> None:
    hold(telling)
    found = telling.api("GET", "/v1/events?type=charge.*&limit=1")[1]["data"]
    assert [event["type"] for event in found] == ["charge.succeeded"]
    kinds = "types[]=charge.succeeded&types[]=payment_intent.created"
    both = telling.api("GET", f"/v1/events?{kinds}&limit=2")[1]["data"]
    assert [event["type"] for event in both] == ["charge.succeeded", "payment_intent.created"]
    assert telling.api("GET", f"/v1/events/{found[0]['id']}")[1]["data"]["object"]["object"] == "charge"


def header_with(scheme: str, body: bytes = BODY, secret: str = SECRET, age: int = 0) -> str:
    at = int(time.time()) - age
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},{scheme}={mac}"


def test_a_good_event_is_read() -> None:
    knock = read_event(BODY, header_with("v1"), [SECRET], clock.now())
    assert (knock.event_id, knock.type, knock.intent, knock.order_number) == (
        "evt_1",
        "payment_intent.succeeded",
        "pi_1",
        "Ä-1",
    )
    assert read_event(BODY, signature(BODY, [SECRET], int(time.time())), [SECRET], clock.now()) == knock


def test_the_age_of_a_signature_is_told_by_the_shops_clock() -> None:
    header = header_with("v1")
    signed = datetime.fromtimestamp(int(header.removeprefix("t=").partition(",")[0]), UTC)
    assert read_event(BODY, header, [SECRET], signed + timedelta(seconds=300)).event_id == "evt_1"
    with pytest.raises(BadSignature, match="too long ago"):
        read_event(BODY, header, [SECRET], signed + timedelta(seconds=301))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        "t=1",
        "t=x,v1=abc",
        "v1=abc",
        "t=1,v1=äöü",
        f"t={int(time.time())},v1=äöü",
        header_with("v0"),
        header_with("v1", age=301),
        header_with("v1", secret="whsec_other"),
        header_with("v1", body=b"other"),
    ],
    ids=range(11),  # a signature holds its moment, and both cores must collect the same names
)
def test_a_forged_event_is_refused(header: str) -> None:
    with pytest.raises(BadSignature):
        read_event(BODY, header, [SECRET], clock.now())


@pytest.mark.parametrize("secrets", [[], [""], ["whsec_other"]])
def test_no_secret_of_ours_no_event(secrets: list[str]) -> None:
    with pytest.raises(BadSignature):
        read_event(BODY, header_with("v1"), secrets, clock.now())


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"[]", b"null", b"{}", b'{"object":"event"}', b"[" * 100_000, b'{"a":' * 100_000]
)
def test_what_is_signed_but_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(BadSignature):
        read_event(body, header_with("v1", body=body), [SECRET], clock.now())
