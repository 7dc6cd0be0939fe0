"""Placing an order: the whole basket or nothing, prices and reasons frozen, units reserved, one order per client at a time."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.verdicts import Refused
from storefront.db import db, transaction
from storefront.messages.models import Message
from storefront.orders import baskets
from storefront.orders.actions import place_order
from storefront.orders.basket_models import BasketLine
from storefront.orders.models import Allocation, Order, OrderLine
from tests.storefront.orders import world
from tests.storefront.orders.world import BY_POST, NOTHING_NEW, NOW, TODAY


def counted(session: Session) -> dict[str, int]:
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in db.metadata.sorted_tables
        if table.name not in ("journal_entry", "journal_head")
    }


def test_an_order_freezes_what_was_shown(session: Session) -> None:
    with transaction():
        product = world.on_sale()
        client = world.approved_client()
    with transaction():
        order = world.placed(client, product)
    line = session.scalars(select(OrderLine)).one()
    assert (order.status, order.total_minor, order.delivery_tax_minor) == ("awaiting_payment", 3795, 66)
    assert (line.unit_minor, line.tax_minor, line.sku) == (3400, 567, "RL-020")
    assert line.vetting_id == product.listing.vetting_id
    assert (line.approval_id, line.screening_id) == (client.approvals[0].id, client.screenings[0].id)
    assert session.scalars(select(BasketLine)).all() == []
    assert [row.kind for row in session.scalars(select(Message).where(Message.about == order.number))] == [
        "order_placed"
    ]


def test_units_come_from_the_batch_that_expires_first(session: Session) -> None:
    with transaction():
        product = world.on_sale(units=0)
        later, sooner = world.another_batch(product, days=900), world.another_batch(product, 1, days=700)
        client = world.approved_client(quantity=2)
    with transaction():
        world.placed(client, product, 2)
    held = session.execute(select(Allocation.batch_id, Allocation.quantity).order_by(Allocation.batch_id)).all()
    assert {tuple(row) for row in held} == {(sooner.id, 1), (later.id, 1)}
    assert [batch.reserved for batch in session.scalars(select(Batch).order_by(Batch.id))] == [1, 1]


@pytest.mark.parametrize("delivery", ["post", "collection"])
def test_the_second_tab_meets_the_same_order(session: Session, delivery: str) -> None:
    with transaction():
        product = world.on_sale()
        client = world.approved_client()
    with transaction():
        first = world.placed(client, product)
    with transaction():
        again = place_order(
            client.id, BY_POST, NOTHING_NEW, world.client_who(client), NOW + timedelta(minutes=5), TODAY
        )
    assert again.number == first.number
    assert session.scalar(select(func.count(Order.id))) == 1


def test_an_order_whose_time_ran_out_makes_room_for_a_new_one(session: Session) -> None:
    with transaction():
        product = world.on_sale()
        client = world.approved_client()
    with transaction():
        old = world.placed(client, product)
    later = NOW + timedelta(minutes=32)
    with transaction():
        new = place_order(client.id, BY_POST, NOTHING_NEW, world.client_who(client), later, TODAY)
    session.refresh(old)
    assert (old.status, new.status) == ("expired", "awaiting_payment")


def test_an_empty_basket_is_refused(session: Session) -> None:
    with transaction():
        client = world.approved_client()
    with pytest.raises(Refused, match="empty-basket"), transaction():
        place_order(client.id, BY_POST, NOTHING_NEW, world.client_who(client), NOW, TODAY)


def test_a_refusal_leaves_no_trace(session: Session) -> None:
    with transaction():
        product = world.on_sale(units=1)
        client = world.approved_client()
        baskets.put_in_basket(client.id, product.sku, 1, NOW, TODAY)
        client.approvals[0].valid_until = TODAY
    before = counted(session)
    with pytest.raises(Refused, match="approval-expired"), transaction():
        place_order(client.id, BY_POST, NOTHING_NEW, world.client_who(client), NOW, TODAY + timedelta(days=1))
    assert counted(session) == before
    assert session.scalars(select(Batch.reserved)).one() == 0


def test_a_changed_price_is_shown_before_it_is_asked_for(session: Session) -> None:
    with transaction():
        product = world.on_sale()
        client = world.approved_client()
        baskets.put_in_basket(client.id, product.sku, 1, NOW, TODAY)
    with pytest.raises(Refused, match="price-changed"), transaction():
        place_order(client.id, BY_POST, NOTHING_NEW, world.client_who(client), NOW, TODAY, shown_minor=3794)
    with transaction():
        order = place_order(client.id, BY_POST, NOTHING_NEW, world.client_who(client), NOW, TODAY, shown_minor=3795)
    assert order.total_minor == 3795


def test_the_basket_refuses_a_client_without_approval(session: Session) -> None:
    with transaction():
        product = world.on_sale()
        client = world.new_client()
    with pytest.raises(Refused, match="no-approval"), transaction():
        baskets.put_in_basket(client.id, product.sku, 1, NOW, TODAY)
    assert session.scalars(select(BasketLine)).all() == []


def test_the_basket_keeps_the_last_number_that_was_asked_for(session: Session) -> None:
    with transaction():
        product = world.on_sale()
        client = world.approved_client(quantity=3)
    for quantity in (1, 3, 2):
        with transaction():
            baskets.put_in_basket(client.id, product.sku, quantity, NOW, TODAY)
    assert session.scalars(select(BasketLine.quantity)).all() == [2]
    with transaction():
        baskets.remove_line(client.id, product.sku, NOW)
    assert baskets.basket_of(client.id) == []


def test_the_whole_order_takes_a_fixed_number_of_queries(session: Session, count_queries: Any) -> None:
    with transaction():
        rollers = world.on_sale()
        serum = world.on_sale("SE-001", "serum")
        world.another_batch(serum)
        client = world.approved_client(serums=(serum.id,))
    with count_queries() as adding, transaction():
        baskets.put_in_basket(client.id, rollers.sku, 1, NOW, TODAY)
    with transaction():
        baskets.put_in_basket(client.id, serum.sku, 1, NOW, TODAY)
    with count_queries() as placing, transaction():
        place_order(client.id, BY_POST, NOTHING_NEW, world.client_who(client), NOW, TODAY)
    assert len(adding) <= 14
    assert len(placing) <= 39
