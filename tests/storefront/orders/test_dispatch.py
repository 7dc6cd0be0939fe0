"""Packing and sending: nothing unpaid, nothing stopped, nothing of another product; the gate is asked again at the door."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import goods_in
from catalogue.batches import Batch
from catalogue.specification import load
from catalogue.validity import months_after
from catalogue.verdicts import Refused
from storefront.db import transaction
from storefront.eligibility import actions as care
from storefront.messages.models import Message
from storefront.orders import dispatch, holding, stopping
from storefront.orders.audit import broken_rows
from storefront.orders.models import Allocation, OrderLine, Parcel
from storefront.orders.owing import owe_the_rest
from storefront.orders.records import locked
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW, TODAY
from tests.storefront.till import Till


@pytest.fixture
def paid(till: Till) -> Till:
    till.knock(till.pay())
    till.work()
    return till


def pack(till: Till, *codes: str, days: int = 0) -> None:
    with transaction():
        (line_id,) = till.line_ids()
        dispatch.pack_order(till.number, {line_id: codes}, ADMIN, NOW, TODAY + timedelta(days=days))


def send(till: Till, days: int = 0) -> None:
    with transaction():
        dispatch.dispatch_order(till.number, " RM1GB ", ADMIN, NOW + timedelta(days=days), TODAY + timedelta(days=days))


def held(session: Session) -> dict[str, str]:
    session.rollback()
    rows = session.execute(select(Batch.code, Allocation.state).join(Batch, Batch.id == Allocation.batch_id))
    return {code: state for code, state in rows if state != "released"}


def test_a_paid_order_is_packed_sent_and_delivered(session: Session, paid: Till) -> None:
    pack(paid, "]C110LOT-1")  # what a scanner types off the box
    assert (paid.order.status, held(session)) == ("packed", {"RL-020-001": "packed"})
    send(paid)
    assert paid.order.status == "dispatched"
    assert session.scalars(select(Parcel.tracking)).one() == "RM1GB"
    session.rollback()
    with transaction():
        dispatch.deliver_order(paid.number, ADMIN, NOW)
    assert paid.order.status == "delivered"
    assert list(broken_rows(TODAY)) == []


def test_nothing_is_packed_before_its_money_is_taken(till: Till) -> None:
    till.knock(till.pay())
    with pytest.raises(Refused, match="not-paid"):
        pack(till, "RL-020-001")
    assert till.order.status == "accepted"


def test_nothing_is_packed_whose_money_all_goes_back(paid: Till) -> None:
    with transaction():
        owe_the_rest(locked(paid.number), "a dent", ADMIN, NOW)
    with pytest.raises(Refused, match="not-paid"):
        pack(paid, "RL-020-001")


def test_a_line_without_a_batch_is_refused(paid: Till) -> None:
    with pytest.raises(Refused, match="batch-missing"):
        pack(paid)
    with pytest.raises(Refused, match="batch-missing"):
        pack(paid, "RL-020-001", "RL-020-001")


def test_an_unknown_batch_and_one_of_another_product_are_refused(paid: Till) -> None:
    with transaction():
        world.on_sale("RL-025")
    for code in ("NOWHERE-1", "RL-025-001"):
        with pytest.raises(Refused, match="wrong-batch"):
            pack(paid, code)
    assert paid.order.status == "accepted"


@pytest.mark.parametrize("stop", [goods_in.hold_batch, goods_in.recall_batch])
def test_a_stopped_batch_is_not_packed(session: Session, paid: Till, stop: object) -> None:
    with transaction():
        stop(session, session.scalars(select(Batch)).one(), ADMIN, NOW, "a report")  # type: ignore[operator]
    with pytest.raises(Refused, match="wrong-batch"):
        pack(paid, "RL-020-001")


def test_a_batch_too_near_its_end_is_not_packed(session: Session, paid: Till) -> None:
    with transaction():
        session.scalars(select(Batch)).one().expires_on = TODAY + timedelta(days=20)
    with pytest.raises(Refused, match="wrong-batch"):
        pack(paid, "RL-020-001")


def test_what_was_really_picked_is_what_is_sold(session: Session, paid: Till) -> None:
    with transaction():
        other = world.another_batch(paid.product)
    pack(paid, other.code)
    session.expire_all()
    assert [(batch.code, batch.sold) for batch in session.scalars(select(Batch).order_by(Batch.id))] == [
        ("RL-020-001", 0),
        (other.code, 1),
    ]
    assert held(session) == {other.code: "packed"}
    assert list(broken_rows(TODAY)) == []


def test_the_units_of_a_line_may_come_from_two_batches(session: Session, till: Till) -> None:
    with transaction():
        other = world.another_batch(till.product)
        client = world.approved_client("Theo Lane", "theo@example.org", quantity=2)
    with transaction():
        order = world.placed(client, till.product, 2)
    till.number = order.number
    till.knock(till.pay())
    till.work()
    pack(till, other.code, other.code)
    assert held(session)[other.code] == "packed"
    assert list(broken_rows(TODAY)) == []


def test_a_packed_order_may_be_packed_again_from_another_batch(session: Session, paid: Till) -> None:
    pack(paid, "RL-020-001")
    with transaction():
        other = world.another_batch(paid.product)
    pack(paid, other.code)
    assert (paid.order.status, held(session)) == ("packed", {other.code: "packed"})


@pytest.mark.parametrize("step", [pack, send])
def test_the_gate_is_asked_again_at_the_door(paid: Till, step: object) -> None:
    if step is send:
        pack(paid, "RL-020-001")
    before = paid.order.status
    with transaction():
        care.withdraw_approval(paid.client.id, "seen in the clinic", world.practitioner(), NOW)
    with pytest.raises(Refused, match="approval-withdrawn"):
        step(paid, *(["RL-020-001"] if step is pack else []))  # type: ignore[operator]
    assert paid.order.status == before


def test_a_batch_that_lasts_too_short_in_its_parcel_is_not_sent(session: Session, paid: Till) -> None:
    pack(paid, "RL-020-001")
    months = load().shelf_life_months("roller")
    with transaction():
        session.scalars(select(Batch)).one().expires_on = months_after(TODAY + timedelta(days=3), months)
    with pytest.raises(Refused, match="wrong-batch"):
        send(paid, days=4)
    send(paid, days=3)


def test_nothing_is_sent_twice_or_before_it_is_packed(paid: Till) -> None:
    with pytest.raises(Refused, match="wrong-state"):
        send(paid)
    pack(paid, "RL-020-001")
    send(paid)
    with pytest.raises(Refused, match="wrong-state"):
        send(paid)
    with pytest.raises(Refused, match="wrong-state"):
        pack(paid, "RL-020-001")


def test_a_held_order_goes_on_from_another_batch(session: Session, paid: Till) -> None:
    pack(paid, "RL-020-001")
    with transaction():
        stopping.hold_batch("RL-020-001", ADMIN, NOW, "a report")
    assert (paid.order.status, paid.order.owed_back_minor) == ("on_hold", 0)
    with pytest.raises(Refused, match="wrong-state"):
        send(paid)
    with transaction():
        other = world.another_batch(paid.product)
        holding.lift_order(paid.number, ADMIN, NOW, TODAY)
    assert paid.order.status == "accepted"
    told = session.scalars(select(Message.kind).order_by(Message.id.desc()).limit(2)).all()
    assert told == ["order_goes_on", "order_held"]
    pack(paid, other.code)
    send(paid)
    assert list(broken_rows(TODAY)) == []


def test_an_order_whose_money_goes_back_does_not_go_on(session: Session, paid: Till) -> None:
    with transaction():
        stopping.recall_batch("RL-020-001", ADMIN, NOW, "the maker recalls it")
    with pytest.raises(Refused, match="wrong-state"), transaction():
        holding.lift_order(paid.number, ADMIN, NOW, TODAY)
    assert session.scalars(select(OrderLine.quantity)).one() == 1
