"""News of a payment that comes long after it, and a clock that does not only go forward: the money is taken once."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.money import Money
from storefront.accounts.models import Account
from storefront.messages.models import Message
from tests.storefront.till import Till


@pytest.mark.parametrize("is_asked", [True, False])
def test_news_that_comes_a_day_late_takes_the_money_once(session: Session, till: Till, is_asked: bool) -> None:
    """Found by asking meanwhile, or not, because the worker was away as long."""
    intent = till.pay()
    if is_asked:
        till.later(minutes=5)
        till.work()
    till.later(days=1)
    assert till.knock(intent) == ("nothing new" if is_asked else "accepted")
    till.work()
    assert (till.order.status, till.order.captured_minor, till.intent.received) == ("accepted", 3795, Money(3795))
    accepted_mails = select(func.count(Message.id)).where(Message.kind == "order_accepted")
    assert (till.ledger.calls.count("capture"), session.scalar(accepted_mails)) == (1, 1)
    assert till.is_whole()


def test_news_before_the_client_is_back_shows_a_paid_order(
    session: Session, till: Till, signed_in: Callable[[Account], FlaskClient]
) -> None:
    """Who is back first, the client or the news, changes nothing: nobody is asked to pay again, and nothing is taken twice."""
    browser, back = signed_in(session.get_one(Account, till.client.account_id)), f"/orders/{till.number}?paid=1"
    intent = till.pay()
    early = browser.get(back).text
    assert ("You need not pay again" in early, "Pay now" in early) == (True, False)
    assert till.knock(intent) == "accepted"
    for _ in range(2):
        page = browser.get(back).text
        assert ('data-status="accepted"' in page, "Pay now" in page) == (True, False)
        till.work()
    assert (till.order.captured_minor, till.ledger.calls.count("capture")) == (3795, 1)
    assert till.is_whole()


def test_a_clock_that_jumps_back_and_forth_takes_the_money_once(session: Session, till: Till) -> None:
    intent = till.pay()
    till.later(hours=26)
    for jump, effect in ((-1, "accepted"), (-20, "nothing new"), (49, "nothing new"), (-1, "nothing new")):
        till.later(hours=jump)
        assert till.knock(intent) == effect
        till.work()
    assert (till.order.status, till.order.captured_minor, till.intent.received) == ("accepted", 3795, Money(3795))
    assert till.ledger.calls.count("capture") == 1
    assert till.is_whole()
