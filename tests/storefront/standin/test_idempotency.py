"""What Stripe promises of idempotency keys, which the shop leans on: docs.stripe.com/api/idempotent_requests."""

import json
import signal
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.storefront.standin.running import KEY, Standin, running, until

HOLD: dict[str, Any] = {
    "amount": 10_000,
    "currency": "gbp",
    "confirm": "true",
    "capture_method": "manual",
    "payment_method": "pm_card_visa",
}
Asked = dict[str, str]


@pytest.fixture
def customer() -> Asked:
    """A customer nobody else asks for."""
    return {"email": f"{uuid.uuid4().hex}@example.org"}


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


def made(standin: Standin, customer: Asked) -> int:
    """How many customers came of it."""
    return len(standin.api("GET", f"/v1/customers?email={customer['email']}")[1]["data"])


def test_the_first_answer_is_given_again_and_nothing_is_done_twice(standin: Standin, customer: Asked, key: str) -> None:
    first = standin.ask("POST", "/v1/customers", customer, Authorization=f"Bearer {KEY}", Idempotency_Key=key)
    again = standin.ask("POST", "/v1/customers", customer, Authorization=f"Bearer {KEY}", Idempotency_Key=key)
    assert (first[0], first[2]) == (again[0], again[2])
    assert "idempotent-replayed" not in first[1]
    assert again[1]["idempotent-replayed"] == "true"
    assert made(standin, customer) == 1


def test_a_refusal_is_given_again_too(standin: Standin, customer: Asked, key: str) -> None:
    intent = standin.api("POST", "/v1/payment_intents", HOLD)[1]["id"]
    refund = {"payment_intent": intent, "amount": 1}
    first = standin.api("POST", "/v1/refunds", refund, Idempotency_Key=key)
    standin.api("POST", f"/v1/payment_intents/{intent}/capture")
    assert standin.api("POST", "/v1/refunds", refund, Idempotency_Key=key) == first
    assert first[0] == 400


def test_a_declined_card_is_given_again_and_charged_once(standin: Standin, customer: Asked, key: str) -> None:
    form = {**HOLD, "payment_method": "pm_card_visa_chargeDeclined"}
    first = standin.api("POST", "/v1/payment_intents", form, Idempotency_Key=key)
    assert first[0] == 402
    assert standin.api("POST", "/v1/payment_intents", form, Idempotency_Key=key) == first
    intent = first[1]["error"]["payment_intent"]["id"]
    assert len(standin.api("GET", f"/v1/charges?payment_intent={intent}")[1]["data"]) == 1


def test_a_stored_500_stays_a_500(standin: Standin, customer: Asked, key: str) -> None:
    standin.order_fault("POST /v1/customers", status=500, happens="stored")
    assert [standin.api("POST", "/v1/customers", customer, Idempotency_Key=key)[0] for _ in range(2)] == [500, 500]
    assert made(standin, customer) == 1


def test_a_lost_answer_is_found_again(standin: Standin, customer: Asked, key: str) -> None:
    standin.order_fault("POST /v1/customers", status=502, happens="after")
    answers = [standin.api("POST", "/v1/customers", customer, Idempotency_Key=key) for _ in range(2)]
    assert [status for status, _ in answers] == [502, 200]
    assert made(standin, customer) == 1


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/payment_intents"])
def test_a_key_is_for_one_request(standin: Standin, customer: Asked, key: str, path: str) -> None:
    standin.api("POST", "/v1/customers", customer, Idempotency_Key=key)
    form = HOLD if path == "/v1/payment_intents" else {"email": "another@example.org"}
    status, body = standin.api("POST", path, form, Idempotency_Key=key)
    assert (status, body["error"]["type"]) == (400, "idempotency_error")
    assert f"Try using a key other than '{key}'" in body["error"]["message"]


def test_a_malformed_request_leaves_its_key_free(standin: Standin, customer: Asked, key: str) -> None:
    assert standin.api("POST", "/v1/customers", {"colour": "green"}, Idempotency_Key=key)[0] == 400
    assert standin.api("POST", "/v1/customers", customer, Idempotency_Key=key)[0] == 200


def test_a_key_has_255_characters_at_most(standin: Standin, customer: Asked, key: str) -> None:
    assert standin.api("POST", "/v1/customers", customer, Idempotency_Key=key.ljust(255, "x"))[0] == 200
    assert standin.api("POST", "/v1/customers", customer, Idempotency_Key=key.ljust(256, "x"))[0] == 400


def test_a_twin_is_told_to_wait(standin: Standin, customer: Asked, key: str) -> None:
    standin.order_fault("POST /v1/customers", milliseconds=1200, status=0, happens="before")
    answers: list[tuple[int, dict[str, Any]]] = []

    def ask() -> None:
        answers.append(standin.api("POST", "/v1/customers", customer, Idempotency_Key=key))

    twins = [threading.Thread(target=ask) for _ in range(8)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join()
    statuses = sorted(status for status, _ in answers)
    assert statuses == [200] + [409] * 7
    assert {body["error"]["code"] for status, body in answers if status == 409} == {"idempotency_key_in_use"}
    assert standin.api("POST", "/v1/customers", customer, Idempotency_Key=key)[0] == 200
    assert made(standin, customer) == 1


@pytest.mark.parametrize(("happens", "done"), [("before", 0), ("after", 1)])
def test_a_kill_in_the_middle_leaves_all_or_nothing(
    customer: Asked, key: str, happens: str, done: int, tmp_path: Path
) -> None:
    with running(tmp_path / "standin.sqlite3") as standin:
        kill_in_the_middle(standin, customer, key, happens)
        assert made(standin, customer) == done
        assert standin.api("POST", "/v1/customers", customer, Idempotency_Key=key)[0] == 200
        assert made(standin, customer) == 1


def kill_in_the_middle(standin: Standin, customer: Asked, key: str, happens: str) -> None:
    standin.order_fault("POST /v1/customers", milliseconds=10_000, happens=happens)

    def ask() -> None:
        with pytest.raises((OSError, json.JSONDecodeError)):
            standin.api("POST", "/v1/customers", customer, Idempotency_Key=key)

    asking = threading.Thread(target=ask)
    asking.start()
    if happens == "after":
        until(lambda: made(standin, customer))
    asking.join(0.5)
    standin.end(signal.SIGKILL)
    asking.join()
    standin.start()


def test_keys_are_forgotten_after_a_day(customer: Asked, key: str, tmp_path: Path) -> None:
    with running(tmp_path / "standin.sqlite3") as standin:
        standin.api("POST", "/v1/customers", customer, Idempotency_Key=key)
        standin.shift(24 * 3600 + 60)
        other = {"email": "another@example.org"}
        until(lambda: standin.api("POST", "/v1/customers", other, Idempotency_Key=key)[0] == 200)
        assert standin.api("POST", "/v1/customers", customer, Idempotency_Key=key)[0] == 400, (
            "the key is the other's now"
        )
