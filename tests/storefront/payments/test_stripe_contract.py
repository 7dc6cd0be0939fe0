"""What the shop relies on at Stripe. The same file runs against the stand-in and, where STRIPE_TEST_KEY (sk_test_…) is
set, a second time against Stripe itself; without it that half is not collected."""

import os
import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from catalogue.money import Money
from storefront.orders.rules import LEAST_MINOR
from storefront.payments.stripe_api import StripeApi
from storefront.payments.stripe_values import CheckoutLine, Intent, PaymentRefused, PaymentUnavailable
from tests.storefront.standin import running

STRIPE_KEY = os.environ.get("STRIPE_TEST_KEY", "")
PLACES = ["stand-in", *(["Stripe"] if STRIPE_KEY.startswith("sk_test_") else [])]


@dataclass
class Place:
    """Stripe or the stand-in, through our module and through the bare SDK."""

    api: StripeApi
    bare: stripe.StripeClient
    url: str | None

    def hold(self, minor: int = 10_000, card: str = "pm_card_visa") -> Intent:
        """An authorisation that a person would have given on the payment page."""
        params: Any = {
            "amount": minor,
            "currency": "gbp",
            "capture_method": "manual",
            "confirm": True,
            "payment_method": card,
            "return_url": "https://shop.example.org/back",
            "allowed_payment_method_types": ["card"],
            "metadata": {"order": new_row()},
        }
        return self.api.read_intent(self.bare.v1.payment_intents.create(params).id)

    def opened(self, minutes: int = 31, client: str | None = None) -> Any:
        return self.api.open_checkout(
            order_number=new_row(),
            lines=[
                CheckoutLine("Home roller 0.2 mm", Money(2500), 2),
                CheckoutLine("Serum & care, 30 ml", Money(1999), 1),
            ],
            delivery=Money(395),
            email="client@example.org",
            success_url="https://shop.example.org/orders/1",
            cancel_url="https://shop.example.org/basket",
            expires_at=datetime.now(UTC) + timedelta(minutes=minutes),
            key=new_row(),
            client=client,
        )


def new_row() -> str:
    """A key no other test used, as each row of the shop has its own."""
    return uuid.uuid4().hex[:12]


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    if request.param == "Stripe":
        with pytest.MonkeyPatch.context() as patch:
            # The one place where a test may leave this machine: the key says that this is wanted.
            patch.setattr(socket.socket, "connect", socket.SocketType.connect)
            yield Place(StripeApi(STRIPE_KEY), stripe.StripeClient(STRIPE_KEY), None)
        return
    with running.running(tmp_path_factory.mktemp("contract") / "standin.sqlite3") as process:
        yield Place(StripeApi(running.KEY, process.url), process.client(), process.url)


def test_a_payment_page_shows_the_total_and_has_no_payment_yet(place: Place) -> None:
    checkout = place.opened()
    assert checkout.status == "open"
    assert checkout.total == Money(2 * 2500 + 1999 + 395)
    assert checkout.url is not None
    assert checkout.url.startswith("http")
    assert checkout.intent is None
    assert place.api.read_session(checkout.id) == checkout


def test_an_expired_payment_page_stays_expired(place: Place) -> None:
    checkout = place.opened()
    expired = place.api.expire_session(checkout.id, "1")
    assert (expired.status, expired.url) == ("expired", None)
    with pytest.raises(PaymentRefused):
        place.api.expire_session(checkout.id, "2")
    assert place.api.read_session(checkout.id).status == "expired"


@pytest.mark.parametrize("minutes", [29, 24 * 60 + 2])
def test_a_payment_page_lives_half_an_hour_at_least_and_a_day_at_most(place: Place, minutes: int) -> None:
    with pytest.raises(PaymentRefused):
        place.opened(minutes)


def test_the_same_row_opens_one_payment_page(place: Place) -> None:
    asked: dict[str, Any] = {
        "order_number": new_row(),
        "lines": [CheckoutLine("Home roller", Money(2500), 1)],
        "delivery": Money(0),
        "email": "client@example.org",
        "success_url": "https://shop.example.org/orders/1",
        "cancel_url": "https://shop.example.org/basket",
        "expires_at": datetime.now(UTC) + timedelta(minutes=31),
        "key": "1",
    }
    assert place.api.open_checkout(**asked).id == place.api.open_checkout(**asked).id
    with pytest.raises(PaymentRefused) as refused:
        place.api.open_checkout(**{**asked, "delivery": Money(395)})
    assert refused.value.code == "idempotency_error"
    given_away = [CheckoutLine("2 × Serum, less discount", Money(0), 1), CheckoutLine("Roller", Money(LEAST_MINOR), 1)]
    assert place.api.open_checkout(**{**asked, "lines": given_away, "key": "2"}).total == Money(LEAST_MINOR)
    with pytest.raises(PaymentRefused):  # the least that is charged is what `rules.may_be_charged` says
        place.api.open_checkout(**{**asked, "lines": [CheckoutLine("Roller", Money(LEAST_MINOR - 1), 1)], "key": "3"})


def test_what_is_held_can_be_taken_for_days(place: Place) -> None:
    held = place.hold()
    assert (held.status, held.amount, held.capturable) == ("requires_capture", Money(10_000), Money(10_000))
    assert (held.received, held.refunded) == (Money(0), Money(0))
    assert held.order_number is not None
    assert held.card is not None
    assert (held.card.brand, held.card.last4, held.card.is_kept) == ("visa", "4242", False)
    assert held.capture_before is not None
    assert held.capture_before > datetime.now(UTC) + timedelta(days=2)


def test_capturing_takes_all(place: Place) -> None:
    taken = place.api.capture(place.hold().id, None, "1")
    assert (taken.status, taken.received, taken.capturable) == ("succeeded", Money(10_000), Money(0))


def test_capturing_a_part_releases_the_rest_for_good(place: Place) -> None:
    taken = place.api.capture(place.hold().id, Money(6_000), "1")
    assert (taken.status, taken.received, taken.capturable) == ("succeeded", Money(6_000), Money(0))
    with pytest.raises(PaymentRefused):
        place.api.capture(taken.id, Money(4_000), "2")
    assert place.api.refund(taken.id, Money(6_000), "1").amount == Money(6_000)


def test_nobody_can_take_more_than_is_held(place: Place) -> None:
    held = place.hold()
    with pytest.raises(PaymentRefused):
        place.api.capture(held.id, Money(10_001), "1")
    assert place.api.read_intent(held.id).status == "requires_capture"


def test_the_same_row_takes_once(place: Place) -> None:
    held = place.hold()
    assert place.api.capture(held.id, Money(6_000), "1") == place.api.capture(held.id, Money(6_000), "1")
    with pytest.raises(PaymentRefused) as refused:
        place.api.capture(held.id, Money(5_000), "1")
    assert refused.value.code == "idempotency_error"


def test_another_row_cannot_take_again(place: Place) -> None:
    taken = place.api.capture(place.hold().id, None, "1")
    with pytest.raises(PaymentRefused) as refused:
        place.api.capture(taken.id, None, "2")
    assert refused.value.code == "payment_intent_unexpected_state"


def test_a_released_authorisation_cannot_be_taken(place: Place) -> None:
    held = place.hold()
    released = place.api.cancel(held.id, "1")
    assert (released.status, released.capturable, released.received) == ("canceled", Money(0), Money(0))
    assert released.cancellation_reason == "requested_by_customer"
    assert released.refunded == Money(0)
    with pytest.raises(PaymentRefused) as refused:
        place.api.capture(held.id, None, "1")
    assert refused.value.code == "payment_intent_unexpected_state"


def test_what_was_taken_can_only_be_given_back(place: Place) -> None:
    taken = place.api.capture(place.hold().id, None, "1")
    with pytest.raises(PaymentRefused) as refused:
        place.api.cancel(taken.id, "1")
    assert refused.value.code == "payment_intent_unexpected_state"


def test_what_is_only_held_cannot_be_given_back(place: Place) -> None:
    with pytest.raises(PaymentRefused):
        place.api.refund(place.hold().id, Money(100), "1")


def test_no_more_is_given_back_than_was_taken(place: Place) -> None:
    taken = place.api.capture(place.hold().id, None, "1")
    first = place.api.refund(taken.id, Money(6_000), "1")
    assert (first.amount, first.intent) == (Money(6_000), taken.id)
    assert first.status in ("succeeded", "pending")
    with pytest.raises(PaymentRefused):
        place.api.refund(taken.id, Money(6_000), "2")
    place.api.refund(taken.id, Money(4_000), "3")
    with pytest.raises(PaymentRefused) as refused:
        place.api.refund(taken.id, Money(1), "4")
    assert refused.value.code == "charge_already_refunded"
    assert place.api.read_intent(taken.id).refunded == Money(10_000)
    assert {(made.row, made.amount) for made in place.api.refunds_of(taken.id)} == {
        ("1", Money(6_000)),
        ("3", Money(4_000)),
    }


def test_the_same_row_gives_back_once(place: Place) -> None:
    taken = place.api.capture(place.hold().id, None, "1")
    made = place.api.refund(taken.id, Money(2_500), "1")
    assert place.api.refund(taken.id, Money(2_500), "1").id == made.id
    assert place.api.read_intent(taken.id).refunded == Money(2_500)
    assert place.api.read_refund(made.id).amount == Money(2_500)


@pytest.mark.parametrize(
    ("card", "code", "decline"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
    ],
)
def test_a_declined_card_holds_nothing(place: Place, card: str, code: str, decline: str | None) -> None:
    with pytest.raises(stripe.CardError) as refused:
        place.hold(card=card)
    error = refused.value.json_body["error"]
    assert (refused.value.code, error["type"]) == (code, "card_error")
    assert decline in (None, error.get("decline_code"))
    intent = place.api.read_intent(error["payment_intent"]["id"])
    assert (intent.status, intent.capturable, intent.refused_code) == ("requires_payment_method", Money(0), code)


def test_a_bank_that_asks_first_holds_nothing_yet(place: Place) -> None:
    asking = place.hold(card="pm_card_threeDSecure2Required")
    assert (asking.status, asking.capturable) == ("requires_action", Money(0))
    assert place.api.cancel(asking.id, "1").status == "canceled"


def test_a_parameter_that_does_not_exist_is_refused(place: Place) -> None:
    params: Any = {"amount": 1000, "currency": "gbp", "colour": "green"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        place.bare.v1.payment_intents.create(params)
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "colour")


def test_what_is_not_there_is_refused(place: Place) -> None:
    with pytest.raises(PaymentRefused) as refused:
        place.api.read_intent("pi_3NotThere")
    assert refused.value.code == "resource_missing"


def test_a_wrong_key_is_no_answer_about_a_payment(place: Place) -> None:
    with pytest.raises(PaymentUnavailable):
        StripeApi("sk_test_wrong", place.url, max_network_retries=0).read_intent("pi_1")


def test_a_client_keeps_one_customer(place: Place) -> None:
    client, email = new_row(), f"{new_row()}@example.org"
    made = place.api.find_or_make_customer(email, client, "1")
    assert place.api.find_or_make_customer(email, client, "2") == made
    assert place.api.find_or_make_customer(email, new_row(), "1") != made


def test_a_clients_payment_pages_are_of_one_customer(place: Place) -> None:
    client = new_row()
    found = {place.bare.v1.checkout.sessions.retrieve(place.opened(client=client).id).customer for _ in range(2)}
    assert found == {place.api.find_or_make_customer("client@example.org", client, "1")}
    assert place.opened().status == "open"


def test_events_name_the_order_they_are_about(place: Place) -> None:
    begun = datetime.now(UTC) - timedelta(seconds=60)
    taken = place.api.capture(place.hold().id, None, "1")
    told = running.until(
        lambda: [
            knock
            for knock in place.api.events_since(begun, undelivered=False)
            if knock.intent == taken.id and knock.type == "payment_intent.succeeded"
        ],
        30,
    )
    assert (told[0].object_kind, told[0].object_id) == ("payment_intent", taken.id)
    assert told[0].order_number == taken.order_number


def test_reconciling_finds_every_payment_since(place: Place) -> None:
    begun = datetime.now(UTC) - timedelta(seconds=60)
    held = [place.hold(1_000 + number).id for number in range(3)]
    found = [intent.id for intent in place.api.intents_since(begun)]
    assert [id_ for id_ in found if id_ in held] == held
