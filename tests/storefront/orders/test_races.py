"""People and machines that press at the same moment, on several connections with real commits: whoever comes first, what is
sold may be sold, no unit is sold twice, and money moves once."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from catalogue.batches import Batch
from catalogue.money import Money
from catalogue.verdicts import Refused
from storefront import clock, jobs
from storefront.db import db, transaction
from storefront.messages.models import Message
from storefront.orders import actions, baskets, discounts, dispatch, stopping
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.discount_models import Discount
from storefront.orders.discounts import DiscountTold
from storefront.orders.models import Capture, Order, OrderLine, Refund
from storefront.orders.owing import owe_refund
from storefront.orders.records import locked
from storefront.orders.stop_models import Hold
from storefront.payments import EXTENSION, paying, webhook
from tests.storefront.books import books_agree
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, BY_POST, NOTHING_NEW, NOW, TODAY
from tests.storefront.payments.ledger import Ledger

CROWD = 6
CLIENTS = int(os.environ.get("CLIENTS", CROWD))  # who want the last unit; `make check-long` sends fifty
Press = Callable[[], object]


@pytest.fixture
def shop(fresh_database: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    fresh_database.extensions[EXTENSION] = Ledger(NOW)
    yield fresh_database
    with fresh_database.app_context():
        books_agree(TODAY)


def together(app: Flask, presses: Sequence[Press]) -> list[str]:
    """What became of each press, in their own order."""
    outcomes = [""] * len(presses)
    start = threading.Barrier(len(presses))

    def one(number: int, press: Press) -> None:
        with app.app_context():
            start.wait()
            try:
                outcomes[number] = str(press())
            except Refused as refused:
                outcomes[number] = refused.verdict.codes[0]
            finally:
                db.session.remove()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(presses)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def open_shop(app: Flask, clients: int = 1, units: int = 1, in_basket: bool = True) -> list[int]:
    """Approved clients, each with the roller in the basket; their ids."""
    with app.app_context():
        with transaction():
            product = world.on_sale(units=units)
            people = [world.approved_client(f"P{n}", f"p{n}@example.org").id for n in range(clients)]
        for person in people if in_basket else ():
            with transaction():
                baskets.put_in_basket(person, product.sku, 1, NOW, TODAY)
        db.session.remove()
    return people


def place(client_id: int) -> str:
    with transaction():
        return actions.place_order(client_id, BY_POST, NOTHING_NEW, ADMIN, NOW, TODAY).number


def patiently(press: Callable[[int], str], client_id: int) -> str:
    """Who is told that the shop is busy presses again."""
    for _ in range(20):
        try:
            return press(client_id)
        except (OperationalError, PoolTimeout):
            db.session.rollback()
    return "busy"


def placed(app: Flask, client_id: int) -> str:
    with app.app_context():
        return place(client_id)


def paid(app: Flask, number: str) -> str:
    """The payment of an order, authorised at Stripe and not heard of yet."""
    with app.app_context():
        paying.start_payment(number)
        return str(app.extensions[EXTENSION].pay(number).id)


def ask(app: Flask, statement: object) -> list[object]:
    with app.app_context():
        found = list(db.session.scalars(statement))  # type: ignore[call-overload]
        db.session.rollback()
        return found


def test_the_last_unit_goes_to_one_of_many(shop: Flask) -> None:
    people = open_shop(shop, CLIENTS)
    outcomes = together(shop, [lambda person=person: patiently(place, person) for person in people])  # type: ignore[misc]
    assert outcomes.count("no-batch") == CLIENTS - 1
    assert ask(shop, select(func.count(Order.id))) == [1]
    assert ask(shop, select(Batch.reserved)) == [1]


def test_the_last_use_of_a_code_goes_to_one_of_many(shop: Flask) -> None:
    people = open_shop(shop, 3, units=3)
    told = DiscountTold("LAST", 10, None, TODAY, None, 1, False, 0, (), "A race.")
    with shop.app_context():
        with transaction():
            discounts.make_discount(told, ADMIN, NOW)
        for person in people:
            with transaction():
                discounts.put_code_in_basket(person, "last", TODAY)
        db.session.remove()
    outcomes = together(shop, [lambda person=person: patiently(place, person) for person in people])  # type: ignore[misc]
    assert outcomes.count("discount-used-up") == 2
    assert ask(shop, select(Order.discount_code)) == ["LAST"]
    assert ask(shop, select(Discount.used)) == [1]


def test_two_tabs_meet_in_one_order(shop: Flask) -> None:
    (person,) = open_shop(shop, units=CROWD)
    numbers = together(shop, [lambda: place(person)] * CROWD)
    assert len(set(numbers)) == 1
    assert ask(shop, select(Batch.reserved)) == [1]


def test_two_tabs_open_one_payment_page(shop: Flask) -> None:
    (person,) = open_shop(shop)
    number = placed(shop, person)
    assert len(set(together(shop, [lambda: paying.start_payment(number)] * CROWD))) == 1
    assert len(shop.extensions[EXTENSION].sessions) == 1


def test_an_event_delivered_many_times_at_once_has_one_effect(shop: Flask) -> None:
    (person,) = open_shop(shop)
    intent = paid(shop, placed(shop, person))
    knock = shop.extensions[EXTENSION].knock(intent)
    outcomes = together(shop, [lambda: webhook.take(knock, NOW)] * CROWD)
    assert sorted(outcomes) == ["accepted"] + ["known"] * (CROWD - 1)
    assert ask(shop, select(func.count(Capture.id))) == [1]
    assert ask(shop, select(Message.kind).where(Message.kind == "order_accepted")) == ["order_accepted"]


def test_different_events_of_one_payment_accept_it_once(shop: Flask) -> None:
    (person,) = open_shop(shop)
    intent = paid(shop, placed(shop, person))
    knocks = [shop.extensions[EXTENSION].knock(intent) for _ in range(CROWD)]
    outcomes = together(shop, [lambda knock=knock: webhook.take(knock, NOW) for knock in knocks])  # type: ignore[misc]
    assert sorted(outcomes) == ["accepted"] + ["accepted before"] * (CROWD - 1)
    assert ask(shop, select(func.count(Capture.id))) == [1]


def withdraw(client_id: int) -> str:
    with transaction():
        stopping.withdraw_approval(client_id, "seen in the clinic", world.practitioner(), NOW)
    return "withdrawn"


def accept(number: str, intent_id: str = "pi_1") -> str:
    with transaction():
        return accept_order(number, Authorisation(intent_id, Money(3795)), NOW, TODAY)


@pytest.mark.parametrize("turn", range(3))
def test_a_withdrawal_and_an_acceptance_never_both_have_their_way(shop: Flask, turn: int) -> None:
    (person,) = open_shop(shop)
    number = placed(shop, person)
    presses: list[Press] = [lambda: withdraw(person), lambda: accept(number)]
    outcomes = together(shop, presses if turn % 2 else presses[::-1])
    effect = next(outcome for outcome in outcomes if outcome != "withdrawn")
    (status,) = ask(shop, select(Order.status))
    owed = ask(shop, select(Refund.amount_minor))
    assert (effect, status, owed) in [
        ("released", "cancelled", []),
        ("refused", "cancelled", []),
        ("accepted", "on_hold", [3795]),
    ]


def hold() -> str:
    with transaction():
        stopping.hold_batch("RL-020-001", ADMIN, NOW, "a report")
    return "held"


def test_a_held_batch_and_an_acceptance_never_both_have_their_way(shop: Flask) -> None:
    (person,) = open_shop(shop)
    number = placed(shop, person)
    _, effect = together(shop, [hold, lambda: accept(number)])
    assert (effect, *ask(shop, select(Order.status))) in [("refused", "cancelled"), ("accepted", "on_hold")]


def test_many_hands_hold_a_batch_once(shop: Flask) -> None:
    (person,) = open_shop(shop)
    number = placed(shop, person)
    with shop.app_context():
        accept(number)
    assert sorted(together(shop, [hold] * CROWD)) == ["batch-moved"] * (CROWD - 1) + ["held"]
    assert ask(shop, select(Hold.codes)) == ["batch-held"]


def test_a_held_batch_and_a_packing_never_both_have_their_way(shop: Flask) -> None:
    (person,) = open_shop(shop)
    number = placed(shop, person)
    intent = paid(shop, number)
    with shop.app_context():
        webhook.take(shop.extensions[EXTENSION].knock(intent), NOW)
        jobs.run_due(NOW)
        (line,) = db.session.scalars(select(OrderLine.id)).all()
        db.session.rollback()

    def pack() -> str:
        with transaction():
            return dispatch.pack_order(number, {line: ["RL-020-001"]}, ADMIN, NOW, TODAY).status

    _, packed = together(shop, [hold, pack])
    assert packed in ("packed", "wrong-state", "wrong-batch")
    assert ask(shop, select(Order.status)) == ["on_hold"]


def test_money_is_promised_back_once_by_many_hands(shop: Flask) -> None:
    (person,) = open_shop(shop)
    number = placed(shop, person)
    with shop.app_context():
        accept(number)

    def give() -> str:
        with transaction():
            owe_refund(locked(number), 2000, "a dent", ADMIN, NOW)
        return "given"

    assert sorted(together(shop, [give] * CROWD)) == ["given"] + ["refund-too-large"] * (CROWD - 1)
    assert ask(shop, select(Order.owed_back_minor)) == [2000]


def test_several_workers_do_each_thing_once(shop: Flask) -> None:
    (person,) = open_shop(shop)
    number = placed(shop, person)
    intent = paid(shop, number)
    with shop.app_context():
        webhook.take(shop.extensions[EXTENSION].knock(intent), NOW)
    together(shop, [lambda: jobs.run_due(NOW)] * 3)
    assert shop.extensions[EXTENSION].calls.count("capture") == 1
    assert ask(shop, select(Order.captured_minor)) == [3795]
    # Only the approval's own mail waits: for a moment it may still be taken back.
    assert set(ask(shop, select(Message.attempts).where(Message.kind != "approved"))) == {1}
    assert ask(shop, select(Message.attempts).where(Message.kind == "approved")) == [0]


def test_who_waited_for_a_product_being_taken_off_sale_does_not_get_it(shop: Flask) -> None:
    """The lock alone is not enough: what hangs on the product has to be read after it, not with it."""
    (person,) = open_shop(shop, units=CROWD)
    is_off = threading.Event()

    def take_off() -> str:
        with transaction():
            stopping.void_vetting("RL-020", ADMIN, NOW, "A certificate turned out to be forged.")
            is_off.set()
            time.sleep(0.5)  # the client presses now and waits for the product's lock
        return "off sale"

    def press() -> str:
        is_off.wait()
        return place(person)

    assert together(shop, [take_off, press]) == ["off sale", "not-vetted"]
    assert ask(shop, select(func.count(Order.id))) == [0]
