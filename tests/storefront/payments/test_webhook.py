"""The door where Stripe knocks: nothing passes unsigned, everything signed is answered, and nothing happens twice."""

import hashlib
import hmac
import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storefront import clock
from storefront.payments.models import StripeEvent
from storefront.payments.stripe_values import Intent
from tests.storefront.till import Till


def seconds_now() -> int:
    """By the shop's clock, which a test may have moved."""
    return int(clock.now().timestamp())


def event(intent: str, event_id: str = "evt_1", kind: str = "payment_intent.amount_capturable_updated") -> bytes:
    about = {"id": intent, "object": "payment_intent", "metadata": {"order": "R-FORGED"}, "amount": 1}
    told = {"id": event_id, "object": "event", "type": kind, "created": seconds_now(), "data": {"object": about}}
    return json.dumps(told).encode()


def signature(body: bytes, secret: str, at: int | None = None, scheme: str = "v1") -> str:
    at = seconds_now() if at is None else at
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},{scheme}={digest}"


def secret_of(app: Flask) -> str:
    return str(app.config["SETTINGS"].stripe_webhook_secrets[0])


def knock(client: FlaskClient, body: bytes, signed: str | None) -> Any:
    headers = {"Content-Type": "application/json"} | ({"Stripe-Signature": signed} if signed is not None else {})
    return client.post("/webhooks/stripe", data=body, headers=headers)


@pytest.fixture
def held(till: Till) -> Intent:
    return till.pay()


def test_a_signed_event_has_its_effect_once(
    app: Flask, session: Session, client: FlaskClient, till: Till, held: Intent
) -> None:
    body = event(held.id)
    for effect in ("accepted", "known", "known"):
        answer = knock(client, body, signature(body, secret_of(app)))
        assert (answer.status_code, answer.json) == (200, {"effect": effect})
    assert till.order.status == "accepted"
    told = session.execute(select(StripeEvent.order_number, StripeEvent.effect)).one()
    assert tuple(told) == (till.number, "accepted")
    assert till.is_whole()


@pytest.mark.parametrize(
    "forge",
    [
        lambda body, secret: None,
        lambda body, secret: "",
        lambda body, secret: "t=1,v1=00",
        lambda body, secret: signature(body, "whsec_other"),
        lambda body, secret: signature(body, secret, seconds_now() - 301),
        lambda body, secret: signature(body, secret, scheme="v0"),
        lambda body, secret: signature(body + b" ", secret),
        lambda body, secret: "t=é,v1=ü",
    ],
)
def test_what_stripe_did_not_sign_has_no_effect(
    app: Flask,
    session: Session,
    client: FlaskClient,
    till: Till,
    held: Intent,
    forge: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = event(held.id)
    with caplog.at_level(logging.WARNING):
        answer = knock(client, body, forge(body, secret_of(app)))
    assert answer.status_code == 400
    assert "a webhook was refused" in caplog.text
    assert till.order.status == "awaiting_payment"
    assert session.scalar(select(func.count()).select_from(StripeEvent)) == 0
    assert till.is_whole()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000, b'{"id": 1}', b"\xff\xfe"])
def test_a_signed_body_that_is_no_event_is_refused(app: Flask, client: FlaskClient, till: Till, body: bytes) -> None:
    assert knock(client, body, signature(body, secret_of(app))).status_code == 400


def test_the_order_is_that_of_the_payment_and_not_of_the_event(
    app: Flask, session: Session, client: FlaskClient, till: Till, held: Intent
) -> None:
    body = event(held.id)
    knock(client, body, signature(body, secret_of(app)))
    assert session.scalars(select(StripeEvent.order_number)).all() == [till.number]


@pytest.mark.parametrize("kind", ["customer.created", "payment_intent.created", "something.new"])
def test_an_event_of_no_interest_is_taken_and_kept(
    app: Flask, session: Session, client: FlaskClient, till: Till, kind: str
) -> None:
    body = event("pi_of_somebody_else", kind=kind)
    answer = knock(client, body, signature(body, secret_of(app)))
    assert (answer.status_code, answer.json) == (200, {"effect": "ignored"})
    assert session.scalars(select(StripeEvent.kind)).all() == [kind]


def test_when_stripe_cannot_be_asked_the_event_comes_again(
    app: Flask, session: Session, client: FlaskClient, till: Till, held: Intent
) -> None:
    body = event(held.id)
    till.ledger.down = True
    answer = knock(client, body, signature(body, secret_of(app)))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    till.ledger.down = False
    assert knock(client, body, signature(body, secret_of(app))).json == {"effect": "accepted"}
    assert till.is_whole()


def test_a_payment_without_our_order_is_left_alone(app: Flask, client: FlaskClient, till: Till, held: Intent) -> None:
    till.ledger.intents["pi_x"] = replace(held, id="pi_x", order_number=None)
    till.ledger.intents["pi_y"] = replace(held, id="pi_y", order_number="R-NOTHERE")
    for number, (intent, effect) in enumerate({"pi_x": "ignored", "pi_y": "unknown order"}.items()):
        body = event(intent, f"evt_{number}")
        assert knock(client, body, signature(body, secret_of(app))).json == {"effect": effect}
