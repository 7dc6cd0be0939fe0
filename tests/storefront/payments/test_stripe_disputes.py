"""What the shop relies on at Stripe when money is contested, and when its book is read page by page; as in the contract."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalogue.money import Money
from storefront.payments.stripe_api import StripeApi
from storefront.payments.stripe_values import PaymentRefused
from tests.storefront.payments.test_stripe_contract import STRIPE_KEY, Place, place
from tests.storefront.standin import running

__all__ = ["place"]


def test_a_dispute_names_its_money_and_ends_as_its_evidence_says(place: Place) -> None:
    begun = datetime.now(UTC) - timedelta(seconds=60)
    ends = {}
    for evidence, status in (("winning_evidence", "won"), ("losing_evidence", "lost")):
        taken = place.api.capture(place.hold(card="pm_card_createDispute").id, None, "1")
        found = running.until(lambda id_=taken.id: place.api.read_intent(id_, is_contested=True).disputes, 30)
        assert (found[0].status, found[0].amount, found[0].is_open) == ("needs_response", Money(10_000), True)
        assert (found[0].withdrawn_minor, found[0].answer_by is not None) == (10_000, True)
        with pytest.raises(PaymentRefused) as refused:
            place.api.refund(taken.id, Money(100), "1")
        assert refused.value.code == "charge_disputed"
        told: Any = {"evidence": {"uncategorized_text": evidence}, "submit": True}
        place.bare.v1.disputes.update(found[0].id, told)
        running.until(lambda id_=taken.id, end=status: place.api.disputes_of(id_)[0].status == end, 30)
        ends[taken.id] = place.api.disputes_of(taken.id)[0].withdrawn_minor
    assert list(ends.values()) == [0, 10_000]
    assert ends.keys() <= place.api.touched_since(begun)[1]


def test_more_payments_than_one_page_holds_are_all_found(place: Place) -> None:
    begun = datetime.now(UTC) - timedelta(seconds=60)
    held = {place.hold().id for _ in range(3)}
    few = StripeApi(running.KEY if place.url else STRIPE_KEY, place.url, page=2)
    found = [intent.id for intent in few.intents_since(begun)]
    assert (held <= set(found), len(found)) == (True, len(set(found)))
