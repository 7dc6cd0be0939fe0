"""The desk names money that is not where it should be, each with what to do, and the order's page says the same."""

from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalogue.money import Money
from storefront.payments import reconciling, webhook
from tests.storefront.till import Till


def codes(page: Any) -> list[str]:
    return [part.split('"')[0] for part in page.text.split('data-reason="')[1:]]


def test_the_desk_follows_a_dispute_and_what_does_not_match(
    session: Session, till: Till, admin: FlaskClient, count_queries: Any
) -> None:
    with count_queries() as before:
        assert "All money is where it belongs." in admin.get("/admin").text
    intent = till.pay()
    till.knock(intent)
    till.ledger.declines = True
    till.work()
    assert codes(admin.get("/admin")) == ["capture-failing"]
    till.ledger.declines = False
    till.later(hours=1)
    till.work()
    webhook.take(till.ledger.contest(intent.id), till.now)
    stranger = replace(till.intent, id="pi_x", order_number="R-NOTHERE", refunded=Money(0))
    till.ledger.intents["pi_x"] = stranger
    reconciling.compare_now(till.now - reconciling.LOOKS_BACK, till.now)
    with count_queries() as after:
        page = admin.get("/admin")
    assert codes(page) == ["paid-without-order", "disputed"]
    assert "answer at Stripe by" in page.text
    assert "payments, 1 that does not match" in page.text
    assert len(after) - len(before) <= 2  # what does not match, and whose orders they are
    shown = admin.get(f"/admin/orders/{till.number}").text
    assert 'data-dispute="needs_response"' in shown
    assert "Let it go on" not in shown
    webhook.take(till.ledger.contest(intent.id, "won", name="dp_1"), till.now)
    assert codes(admin.get("/admin")) == ["paid-without-order", "dispute-won"]
    assert "Let it go on" in admin.get(f"/admin/orders/{till.number}").text
