"""A client and the desk that press at the same moment: a return is asked for once, ended once, and pays no more than was taken."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from storefront import clock
from storefront.db import transaction
from storefront.orders import dispatch
from storefront.orders.audit import broken_rows
from storefront.orders.models import Order, Refund
from storefront.orders.owing import owe_refund, record_capture
from storefront.orders.records import locked
from storefront.orders.return_ending import Asked, Seen, ask_return, end_return
from storefront.payments import EXTENSION
from tests.storefront.orders.test_races import accept, ask, open_shop, placed, together
from tests.storefront.orders.world import ADMIN, NOW, TODAY
from tests.storefront.payments.ledger import Ledger


@pytest.fixture
def shop(fresh_database: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    fresh_database.extensions[EXTENSION] = Ledger(NOW)
    yield fresh_database
    with fresh_database.app_context():
        assert list(broken_rows(TODAY)) == []


def test_a_return_and_a_gesture_together_never_pay_more_than_was_taken(shop: Flask) -> None:
    (person,) = open_shop(shop)
    number = placed(shop, person)
    with shop.app_context():
        accept(number)
        with transaction():
            record_capture(locked(number), NOW)
        with transaction():
            (line,) = [line.id for line in locked(number).lines]
            dispatch.pack_order(number, {line: ["RL-020-001"]}, ADMIN, NOW, TODAY)
            dispatch.dispatch_order(number, "", ADMIN, NOW, TODAY)

    def ask_back() -> str:
        with transaction():
            return ask_return(number, Asked("faulty", True, {line: 1}), ADMIN, NOW, TODAY).number

    names = together(shop, [ask_back] * 3)
    assert sorted(name.startswith("RT-") for name in names) == [False, False, True]

    def end() -> str:
        with transaction():
            end_return(max(names, key=lambda name: name.startswith("RT-")), Seen(True, {}, {}), ADMIN, NOW)
        return "ended"

    def give() -> str:
        with transaction():
            owe_refund(locked(number), 2000, "a dent", ADMIN, NOW)
        return "given"

    assert together(shop, [end, end, give, give]).count("ended") == 1
    assert ask(shop, select(Order.owed_back_minor)) == ask(shop, select(Order.total_minor))
    assert ask(shop, select(func.sum(Refund.amount_minor))) == [3795]
    assert ask(shop, select(Order.status)) == ["returned"]
