"""An order that is stopped between its acceptance and the capture: while it waits nothing is taken, and what would all go back
is let go of instead of being taken first."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.money import Money
from storefront.db import transaction
from storefront.messages.models import Message
from storefront.orders import actions, holding, stopping
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN
from tests.storefront.till import Till


def accepted(till: Till) -> None:
    assert till.knock(till.pay()) == "accepted"


def hold(till: Till) -> None:
    with transaction():
        stopping.hold_batch("RL-020-001", ADMIN, till.now, "a cracked lid")


def test_nothing_is_taken_while_the_batch_is_held(session: Session, till: Till) -> None:
    accepted(till)
    hold(till)
    till.work()
    till.later(days=1)
    till.work()
    assert (till.order.status, till.intent.status, till.intent.received) == ("on_hold", "requires_capture", Money(0))
    assert till.is_whole()


def test_what_was_held_is_taken_once_when_it_goes_on(session: Session, till: Till) -> None:
    accepted(till)
    hold(till)
    till.work()
    with transaction():
        world.another_batch(till.product)
    with transaction():
        holding.lift_order(till.number, ADMIN, till.now, world.TODAY)
    till.work()
    assert (till.order.status, till.order.captured_minor) == ("accepted", till.order.total_minor)
    assert till.ledger.calls.count("capture") == 1
    assert till.is_whole()


@pytest.mark.parametrize("is_held", [False, True])
@pytest.mark.parametrize("how", ["recall", "withdrawal", "cancellation"])
def test_what_would_all_go_back_is_never_taken(session: Session, till: Till, how: str, is_held: bool) -> None:
    accepted(till)
    if is_held:
        hold(till)
        till.work()
    with transaction():
        if how == "recall":
            stopping.recall_batches(["RL-020-001"], ADMIN, till.now, "blunt needles")
        elif how == "withdrawal":
            stopping.withdraw_approval(till.client.id, "a rash", world.practitioner(), till.now)
        else:
            actions.cancel_order(till.number, "ordered twice", ADMIN, till.now)
    till.work()
    assert (till.intent.status, till.intent.received) == ("canceled", Money(0))
    assert (till.order.status, till.order.captured_minor, till.order.owed_back_minor) == ("cancelled", 0, 0)
    assert session.scalars(select(Batch.sold)).all() == [0]
    last = session.scalars(select(Message).where(Message.about == till.number).order_by(Message.id.desc())).first()
    assert last is not None
    assert "stopped before we took any money" in last.text
    session.rollback()
    assert till.work() == 0
    assert till.is_whole()


def test_a_hold_while_the_client_pays_lets_go_of_the_money(session: Session, till: Till) -> None:
    intent = till.pay()
    hold(till)
    assert till.knock(intent) == "refused"
    till.later(minutes=1)
    till.work()
    assert (till.order.status, till.intent.status) == ("cancelled", "canceled")
    assert till.now - world.NOW == timedelta(minutes=1)
