"""The instant of acceptance: the gate is asked again, and either all of it happens or the authorisation is to be released."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue import goods_in, signing
from catalogue.batches import Batch
from catalogue.money import Money
from catalogue.products import Product
from storefront.db import transaction
from storefront.eligibility import actions as care
from storefront.eligibility.models import Client
from storefront.messages.models import Message
from storefront.orders import actions
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.models import Allocation, Capture, Order, OrderLine, Release
from storefront.orders.owing import record_closing
from storefront.orders.records import locked
from storefront.orders.stop_models import Cancellation
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW, TODAY

HELD = Authorisation("pi_1", Money(3795))


@pytest.fixture
def shop(session: Session) -> tuple[Product, Client, Order]:
    with transaction():
        product = world.on_sale(units=1)
        client = world.approved_client()
    with transaction():
        order = world.placed(client, product)
    return product, client, order


Shop = tuple[Product, Client, Order]


def accept(order: Order, held: Authorisation = HELD, days: int = 0) -> str:
    with transaction():
        return accept_order(order.number, held, NOW + timedelta(days=days), TODAY + timedelta(days=days))


def units(session: Session) -> tuple[int, int]:
    batch = session.scalars(select(Batch).execution_options(populate_existing=True)).one()
    return batch.reserved, batch.sold


def nothing_is_taken(session: Session, order: Order, code: str) -> None:
    session.refresh(order)
    assert (order.status, order.captured_minor) == ("cancelled", 0)
    assert session.scalars(select(Capture)).all() == []
    assert [row.intent_id for row in session.scalars(select(Release))] == ["pi_1"]
    assert code in session.scalars(select(Cancellation)).one().codes.split(",")
    assert units(session) == (0, 0)
    assert set(session.scalars(select(Allocation.state))) == {"released"}
    assert "order_refused" in session.scalars(select(Message.kind)).all()


def test_an_accepted_order_owes_one_capture_and_its_units_are_sold(session: Session, shop: Shop) -> None:
    assert accept(shop[2]) == "accepted"
    session.refresh(shop[2])
    assert (shop[2].status, shop[2].intent_id, shop[2].accepted_at) == ("accepted", "pi_1", NOW)
    assert [(row.intent_id, row.amount_minor) for row in session.scalars(select(Capture))] == [("pi_1", 3795)]
    assert units(session) == (0, 1)


def test_accepting_twice_is_accepting_once(session: Session, shop: Shop) -> None:
    assert [accept(shop[2]) for _ in range(3)] == ["accepted", "accepted before", "accepted before"]
    assert session.scalar(select(func.count(Capture.id))) == 1
    assert units(session) == (0, 1)


def test_a_second_authorisation_for_the_same_order_is_released(session: Session, shop: Shop) -> None:
    accept(shop[2])
    assert accept(shop[2], Authorisation("pi_2", Money(3795))) == "released"
    assert session.scalars(select(Release.intent_id)).all() == ["pi_2"]


@pytest.mark.parametrize("money", [Money(3794), Money(3796), Money(3795, "EUR")])
def test_another_amount_or_currency_is_refused(session: Session, shop: Shop, money: Money) -> None:
    assert accept(shop[2], Authorisation("pi_1", money)) == "refused"
    nothing_is_taken(session, shop[2], "payment-differs")


def test_an_approval_withdrawn_meanwhile_refuses(session: Session, shop: Shop) -> None:
    with transaction():
        care.withdraw_approval(shop[1].id, "seen in the clinic", world.practitioner(), NOW)
    assert accept(shop[2]) == "refused"
    nothing_is_taken(session, shop[2], "approval-withdrawn")


def test_the_mail_says_nothing_of_care(session: Session, shop: Shop) -> None:
    with transaction():
        care.withdraw_approval(shop[1].id, "seen in the clinic", world.practitioner(), NOW)
    accept(shop[2])
    mail = session.scalars(select(Message).where(Message.kind == "order_refused")).one()
    assert "behind the sign-in" in mail.text
    assert "withdr" not in mail.text + mail.subject


@pytest.mark.parametrize(("days", "effect"), [(10, "accepted"), (11, "refused")])
def test_the_last_day_of_an_approval_counts(session: Session, shop: Shop, days: int, effect: str) -> None:
    with transaction():
        world.approve(shop[1].id, now=NOW + timedelta(minutes=1), valid_until=TODAY + timedelta(days=10))
    assert accept(shop[2], days=days) == effect


def test_a_product_taken_off_sale_meanwhile_refuses(session: Session, shop: Shop) -> None:
    with transaction():
        signing.void_vetting(session, shop[0], ADMIN, NOW, "the maker warns")
    assert accept(shop[2]) == "refused"
    nothing_is_taken(session, shop[2], "not-vetted")


def test_a_certificate_that_lapsed_overnight_refuses(session: Session, shop: Shop) -> None:
    with transaction():
        lapses_on = session.scalars(select(Product)).one().listing.vetting.lapses_on
        session.connection().exec_driver_sql(f"UPDATE vetting SET lapses_on = '{TODAY.isoformat()}'")
    assert lapses_on is not None
    assert accept(shop[2], days=1) == "refused"
    nothing_is_taken(session, shop[2], "not-vetted")


def test_a_batch_held_meanwhile_refuses_when_there_is_no_other(session: Session, shop: Shop) -> None:
    with transaction():
        goods_in.hold_batch(session, session.scalars(select(Batch)).one(), ADMIN, NOW, "a report")
    assert accept(shop[2]) == "refused"
    nothing_is_taken(session, shop[2], "no-batch")


def test_a_batch_held_meanwhile_is_replaced_by_a_good_one(session: Session, shop: Shop) -> None:
    with transaction():
        bad = session.scalars(select(Batch)).one()
        good = world.another_batch(shop[0])
        goods_in.hold_batch(session, bad, ADMIN, NOW, "a report")
    assert accept(shop[2]) == "accepted"
    session.expire_all()
    assert [(batch.reserved, batch.sold) for batch in (bad, good)] == [(0, 0), (0, 1)]
    assert {tuple(row) for row in session.execute(select(Allocation.batch_id, Allocation.state))} == {
        (bad.id, "released"),
        (good.id, "sold"),
    }


def expire(order: Order) -> None:
    with transaction():
        actions.expire_order(locked(order.number), NOW + timedelta(minutes=31))
    with transaction():
        record_closing(locked(order.number), NOW + timedelta(minutes=32))


def test_money_that_comes_after_the_time_ran_out_is_still_accepted(session: Session, shop: Shop) -> None:
    expire(shop[2])
    assert units(session) == (0, 0)
    assert accept(shop[2]) == "accepted"
    assert units(session) == (0, 1)


def test_money_that_comes_when_the_last_unit_went_to_another_is_released(session: Session, shop: Shop) -> None:
    expire(shop[2])
    with transaction():
        other = world.approved_client("Theo Lane", "theo@example.org")
        world.placed(other, shop[0])
    assert accept(shop[2]) == "refused"
    session.refresh(shop[2])
    assert shop[2].status == "cancelled"
    assert units(session) == (1, 0)


def test_money_for_a_cancelled_order_is_released(session: Session, shop: Shop) -> None:
    with transaction():
        actions.cancel_order(shop[2].number, "changed my mind", world.client_who(shop[1]), NOW)
    assert accept(shop[2]) == "released"
    assert session.scalars(select(Release.intent_id)).all() == ["pi_1"]


def test_lines_are_bound_to_what_allowed_them_at_acceptance(session: Session, shop: Shop) -> None:
    with transaction():
        world.approve(shop[1].id, now=NOW + timedelta(minutes=1), quantity=2)
    accept(shop[2])
    newest = max(approval.id for approval in shop[1].approvals)
    assert session.scalars(select(OrderLine.approval_id)).all() == [newest]


def test_an_unknown_order_is_left_alone(session: Session) -> None:
    with transaction():
        assert accept_order("R-NOTHERE", HELD, NOW, TODAY) == "unknown order"
