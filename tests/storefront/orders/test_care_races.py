"""What is said about a client in the very moment in which their money moves: a reaction beside the capture, an exception that two
orders want, two baskets that are paid at once. Several connections with real commits, on both databases."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalogue import shelf
from catalogue.money import Money
from catalogue.products import Product
from storefront import clock, jobs
from storefront.db import db, transaction
from storefront.eligibility.early_orders import answer_wish, wish_early
from storefront.eligibility.early_rules import Grant
from storefront.eligibility.rules import Wanted
from storefront.orders import actions, baskets, stopping
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.audit import broken_rows
from storefront.orders.early_models import EarlyUse
from storefront.orders.models import Order, Refund
from storefront.orders.records import locked, purchases_of
from storefront.payments import EXTENSION, webhook
from tests.storefront.orders import world
from tests.storefront.orders.test_races import ask, open_shop, paid, place, placed, together
from tests.storefront.orders.world import NOW, TODAY
from tests.storefront.payments.ledger import Ledger

TOTAL = Money(3795)


@pytest.fixture
def shop(fresh_database: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    fresh_database.extensions[EXTENSION] = Ledger(NOW)
    yield fresh_database
    with fresh_database.app_context():
        assert list(broken_rows(TODAY)) == []


def report(client_id: int) -> str:
    with transaction():
        stopping.report_reaction(client_id, "red and hot", world.ADMIN, NOW)
    return "reported"


def accept(number: str, payment: str) -> str:
    with transaction():
        return accept_order(number, Authorisation(payment, TOTAL), NOW, TODAY)


def expired(app: Flask, client_id: int) -> str:
    """An order whose time to pay ran out in the moment in which it was paid; its lines are in the basket again."""
    number = placed(app, client_id)
    with app.app_context(), transaction():
        actions.expire_order(locked(number), NOW)
    return number


def test_a_reaction_beside_the_capture_leaves_no_money_taken_for_what_is_not_sent(shop: Flask) -> None:
    (person,) = open_shop(shop)
    number = placed(shop, person)
    intent = paid(shop, number)
    with shop.app_context():
        webhook.take(shop.extensions[EXTENSION].knock(intent), NOW)
    together(shop, [lambda: report(person), lambda: jobs.run_due(NOW)])
    with shop.app_context():
        jobs.run_due(NOW)
        order = db.session.scalars(select(Order)).one()
        assert (order.status, order.owed_back_minor) in [("refunded", 3795), ("cancelled", 0)]
        assert order.captured_minor == order.refunded_minor
        assert shop.extensions[EXTENSION].calls.count("capture") <= 1
        db.session.rollback()


def test_two_baskets_paid_at_once_are_one_purchase(shop: Flask) -> None:
    (person,) = open_shop(shop, units=2)
    first, second = expired(shop, person), placed(shop, person)
    outcomes = together(shop, [lambda: accept(first, "pi_1"), lambda: accept(second, "pi_2")])
    assert sorted(outcomes) == ["accepted", "refused"]
    assert sorted(ask(shop, select(Order.status))) == ["accepted", "cancelled"]
    assert ask(shop, select(func.count(Refund.id))) == [0]


def ask_early(app: Flask, client_id: int) -> int:
    """The client has a roller already, and asks for one more; the id of the wish."""
    with app.app_context():
        accept(place(client_id), "pi_0")
        line = Wanted(db.session.scalars(select(Product).options(*shelf.LOADING)).unique().one(), 1)
        with transaction():
            bought, by = purchases_of(client_id), world.practitioner()
            wish = wish_early(client_id, line, "dropped", bought, by, TODAY, NOW).id
        db.session.remove()
    return wish


def answer(client_id: int, wish: int, grant: Grant | None) -> str:
    with transaction():
        answer_wish(client_id, wish, grant, "as I see it", world.practitioner(), TODAY, NOW)
    return "signed"


def test_an_exception_wanted_by_two_orders_serves_one_and_is_granted_once(shop: Flask) -> None:
    (person,) = open_shop(shop, units=4)
    wish = ask_early(shop, person)
    presses = [lambda: answer(person, wish, Grant(1, TODAY))] * 2
    assert sorted(together(shop, presses)) == ["answered", "signed"]
    with shop.app_context(), transaction():
        baskets.put_in_basket(person, "RL-020", 1, NOW, TODAY)
    first, second = expired(shop, person), placed(shop, person)
    outcomes = together(shop, [lambda: accept(first, "pi_1"), lambda: accept(second, "pi_2")])
    assert sorted(outcomes) == ["accepted", "refused"]
    assert ask(shop, select(func.count(EarlyUse.id))) == [1]
