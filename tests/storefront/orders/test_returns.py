"""Returns on rows: asked for by line and units, ended once by who saw the goods, with units, money and order moved together."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.verdicts import Refused
from storefront import upkeep
from storefront.db import db, transaction
from storefront.eligibility.records import lock_client
from storefront.orders import audit, dispatch, stopping
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.actions import place_order
from storefront.orders.baskets import put_in_basket
from storefront.orders.invoice_models import Invoice
from storefront.orders.models import Allocation, Order, OrderLine, Refund
from storefront.orders.owing import owe_refund, record_capture, record_refund
from storefront.orders.paying_back import pay_units
from storefront.orders.recall_lists import units_in_order
from storefront.orders.records import locked
from storefront.orders.return_ending import Asked, Seen, ask_return, end_return
from storefront.orders.return_models import GoodsReturn, RefundPart
from storefront.practitioner.reported import reported_of
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, BY_POST, NOTHING_NEW, NOW, TODAY

LATER = NOW + timedelta(days=3)
ROLLER, SERUM = "RL-020-001", "SE-001-001"
Lines = dict[str, int]


@pytest.fixture
def number(session: Session) -> str:
    """An order of two serums and a roller that arrived today."""
    with transaction():
        roller, serum = world.on_sale(), world.on_sale("SE-001", "serum")
        client = world.approved_client(serums=(serum.id,), quantity=2)
    with transaction():
        put_in_basket(client.id, roller.sku, 1, NOW, TODAY)
        put_in_basket(client.id, serum.sku, 2, NOW, TODAY)
        db.session.flush()
        order = place_order(client.id, BY_POST, NOTHING_NEW, world.client_who(client), NOW, TODAY)
        number, total = order.number, order.total
    with transaction():
        accept_order(number, Authorisation("pi_1", total), NOW, TODAY)
        record_capture(locked(number), NOW)
    with transaction():
        picks = {line: [ROLLER if sku == "RL-020" else SERUM] for sku, line in lines_of(number).items()}
        dispatch.pack_order(number, picks, ADMIN, NOW, TODAY)
        dispatch.dispatch_order(number, "", ADMIN, NOW, TODAY)
        dispatch.deliver_order(number, ADMIN, NOW)
    return number


def lines_of(number: str) -> Lines:
    told = select(OrderLine.sku, OrderLine.id).join(Order).where(Order.number == number)
    return {row.sku: row.id for row in db.session.execute(told)}


def ask(number: str, units: Lines, reason: str = "changed-mind", is_opened: bool = False, days: int = 3) -> str:
    ids = lines_of(number)
    asked = Asked(reason, is_opened, {ids[sku]: n for sku, n in units.items()})
    db.session.rollback()
    day = timedelta(days=days)
    with transaction():
        return ask_return(number, asked, ADMIN, NOW + day, TODAY + day).number


def end(name: str, restocked: Lines | None = None, destroyed: Lines | None = None, **seen: str | bool) -> None:
    told = Seen(bool(seen.get("is_opened")), restocked or {}, destroyed or {}, refusal=str(seen.get("refusal", "")))
    with transaction():
        end_return(name, told, ADMIN, LATER)


def standing(session: Session) -> tuple[object, ...]:
    session.rollback()
    return tuple(session.execute(select(Order.status, Order.owed_back_minor)).one())


def stock(session: Session, code: str) -> tuple[int, int, int]:
    session.rollback()
    batch = session.scalars(select(Batch).where(Batch.code == code)).one()
    return batch.free, batch.sold, batch.destroyed


def pay(number: str) -> None:
    with transaction():
        for refund in db.session.scalars(select(Refund).where(Refund.done_at.is_(None)).order_by(Refund.id)):
            record_refund(locked(number), refund.id, f"re_{refund.id}", LATER)


def notes(session: Session) -> list[list[tuple[Any, ...]]]:
    """Of each credit note what it credits, with the tax in it and the units; the invoice comes first."""
    for _ in range(8):
        upkeep.issue_papers(LATER)
    words = session.scalars(select(Invoice.words).order_by(Invoice.id)).all()
    session.rollback()
    told = ("name", "gross", "tax", "quantity")
    return [[tuple(line[name] for name in told) for line in json.loads(each)["lines"]] for each in words]


def test_a_return_in_part_and_then_of_the_rest_gives_back_every_penny(session: Session, number: str) -> None:
    first = ask(number, {"SE-001": 1})
    end(first, restocked={SERUM: 1})
    price = session.scalars(select(OrderLine.unit_minor).where(OrderLine.sku == "SE-001")).one()
    assert standing(session) == ("returned_in_part", price)
    assert stock(session, SERUM) == (9, 1, 0)
    pay(number)
    end(ask(number, {"SE-001": 1, "RL-020": 1}), {SERUM: 1}, {ROLLER: 1})
    total = session.scalars(select(Order.total_minor)).one()
    assert standing(session) == ("returned", total)
    assert (stock(session, SERUM), stock(session, ROLLER)) == ((10, 0, 0), (9, 0, 1))
    pay(number)
    invoice, part, rest = notes(session)
    assert [(line[0], line[1], line[3]) for line in part] == [(invoice[1][0], price, 1)]
    assert (invoice[1][3], [line[3] for line in rest]) == (2, [1, 1, 1])
    assert sum(line[2] for line in (*part, *rest)) == sum(line[2] for line in invoice)
    assert invoice[-1] == rest[-1]  # the delivery, with its tax
    assert list(audit.broken_rows(TODAY + timedelta(days=3))) == []


def test_what_may_not_come_back_leaves_no_trace(session: Session, number: str) -> None:
    for units, opened, days, code in (
        ({"SE-001": 1}, True, 3, "return-opened"),
        ({"SE-001": 1}, False, 15, "return-too-late"),
        ({"SE-001": 3}, False, 3, "return-too-many"),
    ):
        with pytest.raises(Refused) as refused:
            ask(number, units, is_opened=opened, days=days)
        assert refused.value.verdict.codes == (code,)
    assert session.scalar(select(GoodsReturn.id)) is None
    name = ask(number, {"SE-001": 1, "RL-020": 1})
    for restocked, destroyed, opened, code in (
        ({ROLLER: 1}, {}, False, "not-restocked"),
        ({SERUM: 1}, {}, True, "not-restocked"),
        ({SERUM: 1}, {SERUM: 1}, False, "return-too-many"),
        ({}, {"X-1": 1}, False, "no-batch"),
    ):
        with pytest.raises(Refused) as refused:
            end(name, restocked, destroyed, is_opened=opened)
        assert refused.value.verdict.codes == (code,)
    assert (standing(session), stock(session, SERUM)) == (("delivered", 0), (8, 2, 0))
    with pytest.raises(Refused):
        ask(number, {"RL-020": 1}, "faulty")  # it is on its way back already


def test_what_arrives_opened_is_destroyed_and_nothing_is_paid(session: Session, number: str) -> None:
    name = ask(number, {"SE-001": 1})
    end(name, destroyed={SERUM: 1}, is_opened=True)
    assert standing(session) == ("delivered", 0)
    assert stock(session, SERUM) == (8, 1, 1)
    assert "seal broken" in session.scalars(select(GoodsReturn.words)).one()
    session.rollback()
    with pytest.raises(Refused):
        end(name)
    end(ask(number, {"RL-020": 1}))
    assert session.scalars(select(GoodsReturn.words)).all()[-1].startswith("Nothing arrived")
    session.rollback()
    end(ask(number, {"RL-020": 1}, "faulty", is_opened=True), refusal="The picture shows another shop’s roller.")
    assert (standing(session), session.scalar(select(RefundPart.id))) == (("delivered", 0), None)
    assert list(audit.broken_rows(TODAY + timedelta(days=3))) == []


def test_what_harmed_somebody_is_paid_without_coming_back_and_never_twice(session: Session, number: str) -> None:
    total = session.scalars(select(Order.total_minor)).one()
    session.rollback()
    with transaction():
        order = locked(number)
        owe_refund(order, total - 500, "a gesture", ADMIN, NOW)
        client_id, product_id = order.client_id, order.lines[0].product_id
        report = stopping.report_reaction(client_id, "Red since Tuesday.", ADMIN, NOW, product_id).id
    name = ask(number, {"RL-020": 1, "SE-001": 2}, "reaction", is_opened=True, days=300)
    assert reported_of(lock_client(client_id), [], LATER)[report].asked_back == name
    session.rollback()
    end(name)
    assert standing(session) == ("returned", total)
    assert session.scalars(select(RefundPart.amount_minor)).all() == [500]
    assert stock(session, ROLLER) == (9, 1, 0)
    assert set(session.scalars(select(Allocation.returned))) == {0}
    pay(number)
    assert [sum(line[1] for line in each) for each in notes(session)] == [total, total - 500, 500]
    assert list(audit.broken_rows(TODAY + timedelta(days=300))) == []
    with transaction():
        db.session.execute(update(RefundPart).values(amount_minor=501))
    assert any("its parts are 501" in row for row in audit.broken_rows(TODAY + timedelta(days=300)))


def test_what_was_paid_back_for_a_recall_is_not_paid_again_for_a_return(session: Session, number: str) -> None:
    ids, name = lines_of(number), ask(number, {"SE-001": 1}, "faulty", is_opened=True)
    price, total = session.execute(
        select(OrderLine.unit_minor, Order.total_minor).join(Order).where(OrderLine.sku == "SE-001")
    ).one()
    session.rollback()
    batch_id = session.scalars(select(Batch.id).where(Batch.code == SERUM)).one()
    session.rollback()
    with transaction():
        order = locked(number)
        recalled = units_in_order([batch_id], order.id)
        assert recalled == {ids["SE-001"]: 2}
        assert pay_units(order, recalled, "recalled", ADMIN, LATER) is not None
        assert pay_units(locked(number), recalled, "recalled", ADMIN, LATER) is None
    end(name)
    assert standing(session) == ("delivered", 2 * price)
    assert "nothing of it was left" in session.scalars(select(GoodsReturn.words)).one()
    with pytest.raises(Refused) as refused:
        ask(number, {"SE-001": 1}, "faulty")
    assert refused.value.verdict.codes == ("return-too-many",)
    end(ask(number, {"RL-020": 1}, "faulty", is_opened=True))
    assert standing(session) == ("returned", total), "the last unit brings the delivery back"
    pay(number)
    assert sum(line[1] for note in notes(session)[1:] for line in note) == total
    assert list(audit.broken_rows(TODAY + timedelta(days=3))) == []
