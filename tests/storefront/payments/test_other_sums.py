"""Money that was taken outside the shop: in part, in another currency, too early, or for an order that was refused."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.money import Money
from catalogue.verdicts import Refused
from storefront.db import transaction
from storefront.messages.models import Message
from storefront.orders import actions, holding, stopping
from storefront.orders.models import Capture
from storefront.orders.stop_models import Cancellation
from storefront.payments import reconciling, webhook
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN
from tests.storefront.till import Till


def compared(till: Till) -> list[tuple[str, str | None]]:
    run = reconciling.compare_now(till.now - reconciling.LOOKS_BACK, till.now)
    return [(row.kind, row.order_number) for row in run.mismatches]


@pytest.mark.parametrize("taken", [Money(1000), Money(3795, "EUR")])
def test_another_sum_holds_the_order_until_it_is_stopped_and_goes_back(
    session: Session, till: Till, taken: Money
) -> None:
    intent = till.pay()
    till.knock(intent)
    knock = till.ledger.take_elsewhere(intent.id, taken)
    assert webhook.take(knock, till.now) == "held"
    assert till.knock(intent) == "nothing new"
    till.work()
    assert (till.order.status, till.order.captured_minor) == ("on_hold", 0)
    assert session.scalars(select(Capture)).one().taken == taken
    kinds = session.scalars(select(Message.kind).where(Message.kind == "payment_differs")).all()
    session.rollback()
    assert kinds == ["payment_differs"]
    assert compared(till) == [("amount-differs", till.number)]
    with pytest.raises(Refused, match="captured-differs"), transaction():
        holding.lift_order(till.number, ADMIN, till.now, world.TODAY)
    with transaction():
        actions.cancel_order(till.number, "paid with another sum", ADMIN, till.now)
    till.later(hours=1)
    till.work()
    assert (till.order.status, till.intent.kept.minor, till.order.captured_minor) == ("cancelled", 0, 0)
    assert till.is_whole()
    assert compared(till) == []


def test_money_taken_before_we_heard_of_it_is_judged_like_what_is_held(session: Session, till: Till) -> None:
    intent = till.pay()
    assert webhook.take(till.ledger.take_elsewhere(intent.id, intent.amount), till.now) == "accepted"
    till.work()
    assert (till.order.status, till.order.is_paid, "capture" in till.ledger.calls) == ("accepted", True, False)
    assert compared(till) == []
    assert till.is_whole()


def test_what_was_taken_for_a_refused_order_goes_back_whole(session: Session, till: Till) -> None:
    intent = till.pay()
    with transaction():
        stopping.withdraw_approval(till.client_id, "a rash", world.practitioner(), till.now)
    assert webhook.take(till.ledger.take_elsewhere(intent.id, intent.amount), till.now) in ("refused", "released")
    till.work()
    assert (till.order.status, till.intent.kept, till.order.captured_minor) == ("cancelled", Money(0), 0)
    assert till.is_whole()
    assert compared(till) == []


def test_another_amount_is_refused_with_its_own_reason(session: Session, till: Till) -> None:
    till.open()
    intent = till.ledger.pay(till.number, Money(1))
    assert till.knock(intent) == "refused"
    till.work()
    assert session.scalars(select(Cancellation.codes)).all() == ["payment-differs"]
    session.rollback()
    assert (till.intent.status, compared(till)) == ("canceled", [])
    assert till.is_whole()


def test_a_capture_that_is_declined_stays_due_and_says_why(session: Session, till: Till) -> None:
    intent = till.pay()
    till.knock(intent)
    till.ledger.declines = True
    till.work()
    capture = session.scalars(select(Capture)).one()
    assert (capture.attempts, capture.due_at is not None, "The bank said no" in capture.last_error) == (1, True, True)
    session.rollback()
    till.ledger.lose(intent.id)
    assert webhook.take(till.ledger.knock(intent.id, "payment_intent.canceled"), till.now) == "payment lost"
    assert session.scalars(select(Cancellation.codes)).all() == ["payment-lost"]
    session.rollback()
    assert (till.order.status, compared(till)) == ("cancelled", [])
    assert till.is_whole()


def test_what_came_back_whole_is_as_if_it_was_never_taken(session: Session, till: Till) -> None:
    intent = till.pay()
    till.ledger.take_elsewhere(intent.id, intent.amount)
    till.ledger.intents[intent.id] = replace(till.intent, refunded=intent.amount)
    assert till.knock(intent) == "nothing new"
    assert till.order.status == "awaiting_payment"
    assert compared(till) == []
    assert till.is_whole()
