"""Discount codes and orders: they lower what is paid and lift no limit, a use is claimed with its order and given back once when
the order ends unpaid, and what is paid late keeps what it was shown."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue.money import Money
from catalogue.verdicts import Refused, Stale
from storefront import clock
from storefront.db import transaction
from storefront.eligibility.models import Client
from storefront.orders import baskets, discounts, recall_lists
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.actions import cancel_order, expire_order, place_order
from storefront.orders.audit import broken_rows
from storefront.orders.basket_models import BasketLine
from storefront.orders.discount_models import BasketDiscount, Discount, DiscountUse
from storefront.orders.discounts import DiscountTold
from storefront.orders.edit_rules import Content
from storefront.orders.editing import edit_order
from storefront.orders.models import Allocation, Order, OrderLine
from storefront.orders.paying_back import pay_units
from storefront.orders.records import locked
from storefront.orders.rules import Delivery
from tests.catalogue import samples
from tests.storefront.conftest import once_for_the_file
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOTHING_NEW, NOW, TODAY


@pytest.fixture(scope="module")
def small_world(ground: Connection, built_app: Flask) -> tuple[int, int, int]:
    """A roller in two batches, Ann and Ben who may have three of it, and Tom of whom nothing is known; there for every test."""
    with time_machine.travel(NOW), once_for_the_file(ground, built_app), transaction():
        world.another_batch(world.on_sale(units=2))
        ann, ben = (world.approved_client(name, f"{name}@example.org", quantity=3) for name in ("Ann", "Ben"))
        return ann.id, ben.id, world.new_client("Tom", "tom@example.org").id


@pytest.fixture
def ann(small_world: tuple[int, int, int], session: Session) -> Client:
    return session.get_one(Client, small_world[0])


@pytest.fixture
def ben(small_world: tuple[int, int, int], session: Session) -> Client:
    return session.get_one(Client, small_world[1])


def made(code: str = "AUTUMN", **others: Any) -> None:
    usual: dict[str, Any] = {
        "code": code, "per_cent": 10, "amount_minor": None, "starts_on": TODAY, "ends_on": None, "most_uses": 1,
        "is_once": True, "least_goods_minor": 0, "limited_to": (), "why": "A greeting to those who come back.",
    }  # fmt: skip
    with transaction():
        discounts.make_discount(DiscountTold(**{**usual, **others}), ADMIN, NOW)


def place(client: Client, sku: str = "RL-020", quantity: int = 1, code: str = "", **others: Any) -> Order:
    with transaction():
        baskets.put_in_basket(client.id, sku, quantity, NOW, TODAY)
    if code:
        with transaction():
            discounts.put_code_in_basket(client.id, code, TODAY)
    with transaction():
        return place_order(client.id, world.BY_POST, NOTHING_NEW, world.client_who(client), NOW, TODAY, **others)


def pay(order: Order) -> str:
    number, total = order.number, order.total
    with transaction():
        return accept_order(number, Authorisation(f"pi_{number}", total), NOW, TODAY)


def uses(session: Session) -> tuple[list[int], list[str]]:
    session.expire_all()
    counted = list(session.scalars(select(Discount.used).order_by(Discount.id)))
    return counted, list(session.scalars(select(DiscountUse.state).order_by(DiscountUse.id)))


def test_a_code_is_claimed_with_its_order_and_given_back_once(session: Session, ann: Client, ben: Client) -> None:
    made(code="A u t u m n", limited_to=("RL-020",))
    order = place(ann, quantity=3, code=" aut umn")
    assert (order.discount_code, order.total_minor, order.off) == ("AUTUMN", 9180 + 395, Money(1020))
    assert session.scalars(select(OrderLine.tax_minor)).all() == [1530]
    assert (uses(session), session.scalars(select(BasketDiscount)).all()) == (([1], ["claimed"]), [])
    with pytest.raises(Refused, match="discount-used-up"):
        place(ben, code="autumn")
    for _ in range(2):
        with transaction():
            found = locked(order.number)
            if found.status == "awaiting_payment":
                expire_order(found, NOW)
            else:
                cancel_order(found.number, "Later.", ADMIN, NOW)
        assert uses(session) == ([0], ["given_back"])
    basket = session.scalars(select(BasketDiscount.client_id)).all()
    assert (basket, session.scalars(select(BasketLine.quantity).where(BasketLine.client_id == ann.id)).all()) == (
        [ann.id], [3],
    )  # fmt: skip
    assert (place(ben, code="autumn").total_minor, list(broken_rows(TODAY))) == (3060 + 395, [])
    with pytest.raises(Refused) as over:
        place(ann, quantity=3)
    assert over.value.verdict.codes == ("discount-used-up",), "without a total that tells so, nothing is ordered dearer"
    assert place(ann, quantity=3, shown_minor=10200 + 395).discount_code == ""


def test_what_is_paid_after_its_time_keeps_what_it_was_shown(session: Session, ann: Client, ben: Client) -> None:
    made()
    late = place(ann, code="AUTUMN")
    with transaction():
        expire_order(locked(late.number), NOW)
    assert pay(place(ben, code="AUTUMN")) == "accepted"
    assert pay(late) == "accepted"
    assert uses(session) == ([2], ["kept", "claimed"])
    session.refresh(late)
    assert (late.total_minor, late.discount_code, list(broken_rows(TODAY))) == (3060 + 395, "AUTUMN", [])
    with transaction():
        discounts.end_discount("AUTUMN", ADMIN, NOW)
    with pytest.raises(Stale), transaction():
        discounts.end_discount("AUTUMN", ADMIN, NOW)


def test_a_code_lifts_no_limit(session: Session, ann: Client, ben: Client, small_world: tuple[int, int, int]) -> None:
    made(per_cent=100, most_uses=None, is_once=False)
    tom = session.get_one(Client, small_world[2])
    for client, quantity, code in ((tom, 1, "no-approval"), (ann, 4, "too-many")):
        with transaction():
            discounts.put_code_in_basket(client.id, "AUTUMN", TODAY)
        with pytest.raises(Refused, match=code):
            place(client, quantity=quantity)
    roller = samples.loaded(session, "RL-020")
    session.add(BasketLine(client_id=tom.id, product_id=roller.id, quantity=1, added_at=NOW))
    session.commit()
    with pytest.raises(Refused, match="no-approval"), transaction():
        place_order(tom.id, world.BY_POST, NOTHING_NEW, world.client_who(tom), NOW, TODAY)
    order = place(ann, code="AUTUMN")
    assert (order.total_minor, pay(order)) == (395, "accepted")
    with pytest.raises(Refused, match="too-soon"):
        place(ann, code="AUTUMN")
    with transaction():
        baskets.put_in_basket(ben.id, "RL-020", 1, NOW, TODAY)
        discounts.put_code_in_basket(ben.id, "AUTUMN", TODAY)
    with pytest.raises(Refused, match="total-too-small"), transaction():
        place_order(ben.id, Delivery("collection", "Ben"), NOTHING_NEW, world.client_who(ben), NOW, TODAY)
    assert (uses(session), list(broken_rows(TODAY))) == (([1], ["claimed"]), [])


def test_what_is_changed_of_an_order_never_leaves_goods_for_nothing(session: Session, ann: Client) -> None:
    made(per_cent=100)
    order = place(ann, code="AUTUMN")
    pay(order)
    told = (order.number, Content({line.id: 1 for line in order.lines}, Delivery("collection", "Ann")))
    with pytest.raises(Refused, match="edit-free"), transaction():
        edit_order(*told, "Asked by telephone.", ADMIN, NOW, TODAY)
    session.expire_all()
    assert (order.total_minor, order.owed_back_minor, order.delivery) == (395, 0, "post")


def test_a_code_is_made_with_sense_and_stays_as_it_was_made(session: Session, ann: Client) -> None:
    wrong = {"per_cent": None, "ends_on": TODAY - timedelta(days=1), "limited_to": ("RL-99", "serum"), "why": " "}
    with pytest.raises(Refused) as refusal:
        made(**wrong)
    assert refusal.value.verdict.codes == ("discount-one-way", "discount-days", "no-reason", "no-product")
    made(amount_minor=1000, per_cent=None, limited_to=("roller", "RL-020"), most_uses=None)
    with pytest.raises(Refused, match="discount-taken"):
        made(code="autumn")
    for typed, code in (("SPRING", "discount-unknown"), ("autumn", "")):
        with transaction():
            refused = ""
            try:
                discounts.put_code_in_basket(ann.id, typed, TODAY)
            except Refused as said:
                refused = said.verdict.codes[0]
        assert refused == code
    order = place(ann, quantity=3)
    for statement in (
        "UPDATE discount SET amount_minor = 9", "DELETE FROM discount", "DELETE FROM discount_use",
        "UPDATE discount_use SET off_minor = 1", "UPDATE discount_use SET state = 'kept'",
        "UPDATE order_line SET off_minor = unit_minor * quantity + 1",
    ):  # fmt: skip
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(statement))
    session.execute(text("UPDATE discount SET used = 5"))
    session.execute(text("UPDATE \"order\" SET discount_code = 'X'"))
    assert list(broken_rows(TODAY)) == [
        f"order {order.number}: 1000 off by “X”, its use says 1000 by “AUTUMN”",
        "discount AUTUMN: used 5 times, and 1 orders have it",
    ]


def test_recalled_units_bring_back_what_was_paid_for_them(session: Session, ann: Client) -> None:
    made(amount_minor=1001, per_cent=None)
    order = place(ann, quantity=3, code="AUTUMN")
    session.execute(text("UPDATE allocation SET state = 'packed'"))
    session.execute(text("UPDATE \"order\" SET status = 'dispatched', accepted_at = :now, intent_id = 'pi', "
                         "captured_minor = total_minor"), {"now": clock.now()})  # fmt: skip
    batches = session.scalars(select(Allocation.batch_id).order_by(Allocation.id)).all()
    units = [recall_lists.units_in_order([batch], order.id) for batch in batches]
    (line,) = (line.id for line in order.lines)
    assert (units, recall_lists.units_in_order(batches, order.id)) == ([{line: 2}, {line: 1}], {line: 3})
    costs = []
    for each in units:
        refund = pay_units(order, each, "recalled", ADMIN, clock.now())
        costs.append(refund.amount_minor if refund else 0)
        session.flush()
    assert (sum(costs), costs) == (3 * 3400 - 1001, [6132, 3067])
    assert pay_units(order, {line: 3}, "recalled", ADMIN, clock.now()) is None, "no unit is paid back twice"
    session.execute(text("UPDATE allocation SET returned = 1 WHERE quantity = 2"))
    assert recall_lists.units_in_order(batches, order.id) == {line: 2}
    assert session.scalars(select(Allocation.quantity).order_by(Allocation.id)).all() == [2, 1]
