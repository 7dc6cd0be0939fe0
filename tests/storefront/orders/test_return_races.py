"""A client and the desk that press at the same moment: a return is asked for once, ended once, an order changed once, and no more
is paid back than was taken."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from storefront import clock
from storefront.db import transaction
from storefront.orders import dispatch, invoicing
from storefront.orders.audit import broken_rows
from storefront.orders.edit_rules import Content
from storefront.orders.editing import content_of, edit_order
from storefront.orders.invoice_models import Invoice
from storefront.orders.models import Order, Refund
from storefront.orders.owing import owe_refund, record_capture, record_refund
from storefront.orders.records import locked
from storefront.orders.return_ending import Asked, Seen, ask_return, end_return
from storefront.orders.rules import Delivery
from storefront.payments import EXTENSION
from tests.storefront.orders.test_races import Press, accept, ask, open_shop, placed, together
from tests.storefront.orders.world import ADMIN, NOW, TODAY
from tests.storefront.payments.ledger import Ledger


@pytest.fixture
def shop(fresh_database: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    fresh_database.extensions[EXTENSION] = Ledger(NOW)
    yield fresh_database
    with fresh_database.app_context():
        assert list(broken_rows(TODAY)) == []


def change_and_give(shop: Flask, number: str) -> list[str]:
    """Two let an order be collected, and two give nearly all of it back, at once."""
    with shop.app_context():
        accept(number, "pi_2")

    def change() -> str:
        with transaction():
            units = content_of(locked(number)).units
            edit_order(number, Content(units, Delivery("collection", "P1")), "by telephone", ADMIN, NOW, TODAY)
        return "changed"

    def give() -> str:
        with transaction():
            owe_refund(locked(number), 3500, "a dent", ADMIN, NOW)
        return "given"

    return together(shop, [change, change, give, give])


def sent(shop: Flask, number: str) -> int:
    """The order paid for and on its way; its one line."""
    with shop.app_context():
        accept(number)
        with transaction():
            record_capture(locked(number), NOW)
        with transaction():
            (line,) = [line.id for line in locked(number).lines]
            dispatch.pack_order(number, {line: ["RL-020-001"]}, ADMIN, NOW, TODAY)
            dispatch.dispatch_order(number, "", ADMIN, NOW, TODAY)
    return line


def test_a_return_a_change_and_a_gesture_together_never_pay_more_than_was_taken(shop: Flask) -> None:
    person, another = open_shop(shop, clients=2, units=2)
    number, changed = placed(shop, person), placed(shop, another)
    pressed = change_and_give(shop, changed)
    promised = ask(shop, select(func.sum(Refund.amount_minor)))
    told = (sorted(pressed[:2]), pressed[2:].count("given"), promised)
    assert told in ((["changed", "edit-nothing"], 0, [395]), (["edit-free"] * 2, 1, [3500])), "who came first"
    assert ask(shop, select(Order.owed_back_minor).where(Order.number == changed)) == promised
    line = sent(shop, number)

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
    mine = Order.number == number
    assert ask(shop, select(Order.owed_back_minor).where(mine)) == ask(shop, select(Order.total_minor).where(mine))
    assert ask(shop, select(func.sum(Refund.amount_minor)).join(Order).where(mine)) == [3795]
    assert ask(shop, select(Order.status).where(mine)) == ["returned"]
    refunds = ask(shop, select(Refund.id).join(Order).where(mine).order_by(Refund.id))
    credited = [f"CN-{nth:06}" for nth, _ in enumerate(refunds, 1)]
    assert papers_of_two_workers(shop, number, refunds) == ["INV-000001", *credited]


def papers_of_two_workers(shop: Flask, number: str, refunds: Sequence[int]) -> list[str]:
    """Each issues all that is owed: a number for each paper, none twice, and none left out (the audit counts them)."""
    with shop.app_context():
        for refund_id in refunds:
            with transaction():
                record_refund(locked(number), refund_id, f"re_{refund_id}", NOW)

    def issued(what: Callable[[int, datetime], Invoice | None], id: int) -> Press:
        def press() -> str:
            with transaction():
                paper = what(id, NOW)
            return paper.number if paper else ""

        return press

    (order_id,) = ask(shop, select(Order.id).where(Order.number == number))
    first = together(shop, [issued(invoicing.issue_invoice, order_id)] * 3)
    notes = together(shop, [issued(invoicing.issue_credit_note, each) for each in (*refunds, *refunds)])
    return sorted(filter(None, first)) + sorted(filter(None, notes))
