"""Forward from a batch to its clients, and what comes back from them."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.money import Money
from catalogue.products import Product
from catalogue.verdicts import Refused
from storefront.db import db, transaction
from storefront.orders import dispatch, owing
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.audit import broken_rows
from storefront.orders.models import Order
from storefront.orders.records import locked
from storefront.orders.returning import take_back
from storefront.orders.tracing import clients_of_batch, orders_of_batches, whereabouts
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW, TODAY


def sold(product: Product, email: str, is_sent: bool = True) -> Order:
    """One unit, paid; and sent."""
    with transaction():
        client = world.approved_client("Mara Finch", email)
    with transaction():
        order = world.placed(client, product)
    number, intent_id, total = order.number, f"pi_{email}", Money(order.total_minor)
    with transaction():
        order = locked(number)
        order.intent_id = intent_id
        assert accept_order(number, Authorisation(intent_id, total), NOW, TODAY) == "accepted"
        owing.record_capture(locked(number), NOW)
    if is_sent:
        line_ids = [line.id for line in locked(number).lines]
        db.session.rollback()
        with transaction():
            dispatch.pack_order(number, {line_id: ["RL-020-001"] for line_id in line_ids}, ADMIN, NOW, TODAY)
            dispatch.dispatch_order(number, "", ADMIN, NOW, TODAY)
    return locked(number)


@pytest.fixture
def product(session: Session) -> Product:
    with transaction():
        return world.on_sale()


def the_batch(session: Session) -> Batch:
    return session.scalars(select(Batch).execution_options(populate_existing=True)).one()


def test_a_batch_names_everybody_who_has_units_of_it(session: Session, product: Product) -> None:
    first, second = sold(product, "a@example.org"), sold(product, "b@example.org", is_sent=False)
    batch = the_batch(session)
    assert [(buyer.client_id, buyer.units) for buyer in clients_of_batch(batch.id)] == [
        (first.client_id, 1),
        (second.client_id, 1),
    ]
    rows, after = orders_of_batches([batch.id], most=10)
    assert [(row.number, row.status, row.units) for row in rows] == [
        (first.number, "dispatched", 1),
        (second.number, "accepted", 1),
    ]
    assert after is None


def test_a_long_list_is_read_on_page_by_page_and_names_each_once(session: Session, product: Product) -> None:
    numbers = [sold(product, f"{letter}@example.org", is_sent=False).number for letter in "abc"]
    batch, read, after = the_batch(session), [], None
    for _ in range(3):
        rows, after = orders_of_batches([batch.id], 1, after)
        read += [row.number for row in rows]
    assert (read, after) == (numbers, None)


def test_every_unit_is_somewhere(session: Session, product: Product) -> None:
    sold(product, "a@example.org")
    sold(product, "b@example.org", is_sent=False)
    where = whereabouts(the_batch(session))
    assert (where.with_clients, where.waiting, where.in_stock, where.balance.received) == (1, 1, 9, 10)
    assert where.closes


def test_what_came_back_is_in_quarantine_and_not_for_sale(session: Session, product: Product) -> None:
    order = sold(product, "a@example.org")
    with transaction():
        take_back(order.number, "RL-020-001", 1, ADMIN, NOW, "Never opened")
    batch = the_batch(session)
    assert (batch.returned, batch.sold, batch.free) == (1, 0, 9)
    assert whereabouts(batch).closes
    assert list(broken_rows(TODAY)) == []
    (buyer,) = clients_of_batch(batch.id)
    assert (buyer.units, buyer.returned) == (1, 1)


def test_what_came_back_can_be_destroyed_at_once(session: Session, product: Product) -> None:
    order = sold(product, "a@example.org")
    with transaction():
        take_back(order.number, "RL-020-001", 1, ADMIN, NOW, "Used", "destroyed")
    batch = the_batch(session)
    assert (batch.returned, batch.destroyed, batch.sold) == (0, 1, 0)
    assert list(broken_rows(TODAY)) == []


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "more than they bought": ({"n": 2}, "no-batch"),
    "none": ({"n": 0}, "no-batch"),
    "of another batch": ({"code": "RL-020-777"}, "no-batch"),
    "without a word": ({"why": " "}, "no-reason"),
}


@pytest.mark.parametrize("what", WRONG)
def test_no_more_comes_back_than_left(session: Session, product: Product, what: str) -> None:
    number = sold(product, "a@example.org").number
    changed, code = WRONG[what]
    told = {"number": number, "code": "RL-020-001", "n": 1, "by": ADMIN, "now": NOW, "why": "Sent back", **changed}
    with pytest.raises(Refused, match=code), transaction():
        take_back(**told)
    assert the_batch(session).sold == 1


def test_nothing_comes_back_twice(session: Session, product: Product) -> None:
    number = sold(product, "a@example.org").number
    with transaction():
        take_back(number, "RL-020-001", 1, ADMIN, NOW, "Sent back")
    with pytest.raises(Refused, match="no-batch"), transaction():
        take_back(number, "RL-020-001", 1, ADMIN, NOW, "Sent back")


def test_what_never_left_does_not_come_back(session: Session, product: Product) -> None:
    number = sold(product, "a@example.org", is_sent=False).number
    with pytest.raises(Refused, match="wrong-state"), transaction():
        take_back(number, "RL-020-001", 1, ADMIN, NOW, "Sent back")


def test_tracing_a_batch_takes_a_fixed_number_of_queries(
    session: Session, product: Product, count_queries: Any
) -> None:
    for letter in "abc":
        sold(product, f"{letter}@example.org", is_sent=False)
    batch = the_batch(session)
    with count_queries() as sent:
        clients_of_batch(batch.id)
        orders_of_batches([batch.id], 100)
        whereabouts(batch)
    assert len(sent) == 4
