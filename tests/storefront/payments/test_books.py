"""What is asked after every fault finds each way in which the two books can differ."""

from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalogue.money import Money
from storefront.orders.models import Order
from tests.storefront.till import Till


def test_a_penny_more_twice_for_nobody_and_a_broken_row_are_found(session: Session, till: Till) -> None:
    till.knock(till.pay())
    till.work()
    right = till.intent
    assert till.is_whole()
    wrong = [
        ({right.id: replace(right, received=Money(3794))}, "Stripe kept .*3794.*3795"),
        ({right.id: replace(right, refunded=Money(1))}, "Stripe kept .*3794.*3795"),
        ({}, "Stripe kept {}"),
        ({right.id: right, "pi_x": replace(right, id="pi_x")}, "paid twice"),
        ({right.id: right, "pi_y": replace(right, id="pi_y", order_number=None)}, "Stripe kept .*None"),
    ]
    for intents, told in wrong:
        till.ledger.intents = intents
        with pytest.raises(AssertionError, match=told):
            till.is_whole()
    till.ledger.intents = {right.id: right}
    session.execute(update(Order).values(captured_minor=0))
    session.commit()
    with pytest.raises(AssertionError, match="its capture says 3795"):
        till.is_whole()
