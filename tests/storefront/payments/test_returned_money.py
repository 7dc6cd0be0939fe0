"""Money that does not go where it should: a capture that waits too long, a refund that is not through, one that comes back."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.money import Money
from storefront.db import transaction
from storefront.messages.models import Message
from storefront.orders.models import Refund
from storefront.orders.owing import owe_refund
from storefront.orders.records import locked
from storefront.payments import webhook
from tests.storefront.orders.world import ADMIN
from tests.storefront.till import Till


def to_clinic(session: Session) -> list[str]:
    mails = session.scalars(select(Message).where(Message.to == "clinic@example.org").order_by(Message.id))
    return [mail.kind for mail in mails]


def paid(till: Till) -> str:
    intent = till.pay()
    till.knock(intent)
    till.work()
    return intent.id


def test_the_clinic_is_told_once_a_day_before_the_bank_lets_go(session: Session, till: Till) -> None:
    intent = till.pay()
    ends = till.now + timedelta(days=7)
    till.ledger.intents[intent.id] = replace(intent, capture_before=ends)
    till.knock(intent)
    till.ledger.down = True
    till.work()
    for late, told in (
        (timedelta(days=1, seconds=1), []),
        (timedelta(days=1), ["capture_overdue"]),
        (timedelta(hours=2), ["capture_overdue"]),
    ):
        till.at(ends - late)
        till.work()
        assert to_clinic(session) == told
        session.rollback()
    till.ledger.down = False
    till.later(hours=1)
    till.work()
    assert till.order.captured_minor == till.order.total_minor


def test_nobody_is_warned_of_money_that_was_taken(session: Session, till: Till) -> None:
    intent = till.pay()
    till.ledger.intents[intent.id] = replace(intent, capture_before=till.now + timedelta(hours=1))
    till.knock(intent)
    till.ledger.down = False
    till.work()
    till.later(minutes=30)
    till.work()
    assert to_clinic(session) == []


def test_a_pending_refund_is_given_only_when_it_is_through(session: Session, till: Till) -> None:
    intent = paid(till)
    with transaction():
        owe_refund(locked(till.number), 500, "a broken box", ADMIN, till.now)
    key = str(session.scalars(select(Refund.id)).one())
    session.rollback()
    refund = till.ledger.refund(intent, Money(500), key)
    till.ledger.refunds[refund.id] = replace(refund, status="pending")
    till.work()
    assert till.order.refunded_minor == 0
    till.ledger.refunds[refund.id] = refund
    till.later(hours=1)
    till.work()
    assert (till.order.refunded_minor, len(till.ledger.refunds)) == (500, 1)
    assert till.is_whole()


def test_a_refund_that_came_back_is_told_once(session: Session, till: Till) -> None:
    paid(till)
    with transaction():
        owe_refund(locked(till.number), 500, "a broken box", ADMIN, till.now)
    till.work()
    (refund,) = till.ledger.refunds
    knock = till.ledger.send_back(refund)
    assert webhook.take(knock, till.now) == "refund returned"
    assert webhook.take(replace(knock, event_id="evt_again"), till.now) == "nothing new"
    assert to_clinic(session) == ["refund_returned"]
    session.rollback()
    till.work()
    assert till.ledger.calls.count("refund") == 1
    assert till.is_whole()
