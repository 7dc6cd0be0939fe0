"""Changing an order on rows until it is packed: units, money, mail and the row of the change move together, whether its money was
taken before, is taken after, or the worker was killed in between."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.verdicts import Reason, Refused, Verdict
from storefront import upkeep
from storefront.db import db, transaction
from storefront.eligibility import actions as care
from storefront.messages.models import Message
from storefront.orders import dispatch, holding
from storefront.orders.actions import place_order
from storefront.orders.baskets import put_in_basket
from storefront.orders.edit_models import EditedLine, OrderEdit
from storefront.orders.edit_rules import Content
from storefront.orders.editing import content_of, edit_order, edits_of
from storefront.orders.invoice_models import Invoice
from storefront.orders.models import OrderLine, Refund
from storefront.orders.records import locked, purchases_of
from storefront.orders.return_ending import Asked, Seen, ask_return, end_return
from storefront.orders.rules import Delivery
from tests.storefront.conftest import once_for_the_file
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, BY_POST, NOTHING_NEW, NOW, TODAY
from tests.storefront.payments.ledger import Ledger
from tests.storefront.till import Till

ROLLER, SERUM = "RL-020", "SE-001"
CLINIC = Delivery("collection", "Mara Finch")


class FullTill(Till):
    """At this one an order of a roller and two serums waits."""

    def __init__(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ledger, self.patch = ledger, monkeypatch
        self.at(NOW)
        with transaction():
            roller, serum = world.on_sale(), world.on_sale(SERUM, "serum", units=1)
            world.another_batch(serum)
            client = world.approved_client(serums=(serum.id,), quantity=2)
            self.sku, self.client_id = roller.sku, client.id
        with transaction():
            for product, n in ((roller, 1), (serum, 2)):
                put_in_basket(client.id, product.sku, n, NOW, TODAY)
            db.session.flush()
            self.number = place_order(client.id, BY_POST, NOTHING_NEW, world.client_who(client), NOW, TODAY).number

    def edit(self, units: Mapping[str, int], delivery: Delivery = BY_POST, why: str = "Asked by telephone.") -> bool:
        """Whether a row of the change was kept."""
        with transaction():
            order = locked(self.number)
            wished = {line.id: units.get(line.sku, line.units) for line in order.kept_lines}
            return edit_order(self.number, Content(wished, delivery), why, ADMIN, self.now, TODAY) is not None

    def sums(self) -> tuple[int, int, int]:
        order = self.order
        return order.captured_minor, order.owed_back_minor, order.refunded_minor


@pytest.fixture(scope="module")
def opened_till(ground: Connection, built_app: Flask) -> Iterator[Till]:
    with once_for_the_file(ground, built_app) as (ledger, patch):
        yield FullTill(ledger, patch)


def sold(session: Session) -> dict[str, int]:
    session.rollback()
    return {row[0]: row[1] for row in session.execute(select(Batch.code, Batch.sold).order_by(Batch.id))}


def prices(session: Session) -> dict[str, int]:
    session.rollback()
    return {row[0]: row[1] for row in session.execute(select(OrderLine.sku, OrderLine.unit_minor))}


def words(session: Session, now: Any) -> list[dict[str, Any]]:
    for _ in range(8):
        upkeep.issue_papers(now)
    found = [json.loads(each) for each in session.scalars(select(Invoice.words).order_by(Invoice.id))]
    session.rollback()
    return found


def test_what_is_taken_out_goes_back_to_its_batch_and_to_the_card(session: Session, till: FullTill) -> None:
    till.knock(till.pay())
    till.work()
    price, total = prices(session), till.order.total_minor
    assert till.edit({SERUM: 1}, CLINIC)
    back = price[SERUM] + till.order.delivery_minor
    assert till.sums() == (total, back, 0)
    assert sold(session) == {"RL-020-001": 1, "SE-001-001": 1, "SE-001-002": 0}, "what expires last goes back"
    till.work()
    assert till.sums() == (total, back, back)
    (edit,) = edits_of(till.order.id)
    assert (edit.by_name, edit.why, edit.back_minor) == (ADMIN.name, "Asked by telephone.", back)
    assert [": 1, before: 2." in text for text in edit.changes] == [True, False]
    assert "in place of" in edit.changes[1]
    mail = session.scalars(select(Message).where(Message.kind == "order_changed")).one()
    assert "telephone" not in mail.subject + mail.text
    session.rollback()
    assert till.edit({ROLLER: 0}, CLINIC)
    till.work()
    invoice, first, second = words(session, till.now)
    assert [line["gross"] for line in invoice["lines"]] == [price[ROLLER], 2 * price[SERUM], till.order.delivery_minor]
    assert [line["gross"] for line in first["lines"]] == [price[SERUM], till.order.delivery_minor]
    assert [line["gross"] for line in second["lines"]] == [price[ROLLER]]
    assert (till.sums()[2], till.is_whole()) == (total - price[SERUM], True)
    assert [(each.kind, each.quantity) for each in purchases_of(till.client_id)] == [("serum", 1)]
    session.rollback()
    sent_and_returned_whole(till, total)


def sent_and_returned_whole(till: FullTill, total: int) -> None:
    """Of what is left: one code is packed, one unit comes back, and no penny is over."""
    (line,) = [each for each in till.line_ids() if db.session.get_one(OrderLine, each).units]
    db.session.rollback()
    with transaction():
        dispatch.pack_order(till.number, {line: ["SE-001-001"]}, ADMIN, NOW, TODAY)
        dispatch.dispatch_order(till.number, "", ADMIN, NOW, TODAY)
    with transaction():
        name = ask_return(till.number, Asked("faulty", True, {line: 1}), ADMIN, NOW, TODAY).number
        end_return(name, Seen(True, {}, {}), ADMIN, NOW)
    till.work()
    assert (till.order.status, till.sums()) == ("returned", (total, total, total))
    assert till.is_whole()


def test_before_the_capture_the_refund_waits_for_it_whoever_is_killed(session: Session, till: FullTill) -> None:
    till.knock(till.pay())
    total, price = till.order.total_minor, prices(session)
    assert till.edit({SERUM: 1})
    assert till.sums() == (0, price[SERUM], 0)
    till.ledger.lose_answers = True
    till.work()  # taken, and killed before it is written down
    assert (till.sums(), till.intent.received.minor) == ((0, price[SERUM], 0), total)
    till.ledger.lose_answers = False
    till.later(days=1)
    till.ledger.lose_answers = False
    till.work()
    assert till.sums() == (total, price[SERUM], price[SERUM])
    assert (till.ledger.calls.count("capture"), till.intent.kept.minor) == (1, total - price[SERUM])
    assert till.is_whole()
    assert not till.edit({ROLLER: 0, SERUM: 0}), "nothing is left: it is stopped"
    till.work()
    assert (till.order.status, till.sums()) == ("refunded", (total, total, total))
    assert set(sold(session).values()) == {0}
    assert till.is_whole()


def test_a_stopped_order_of_which_units_were_taken_out_is_never_charged(session: Session, till: FullTill) -> None:
    till.knock(till.pay())
    assert till.edit({SERUM: 0})
    assert not till.edit({ROLLER: 0})
    till.work()
    assert (till.order.status, till.intent.status, till.sums()) == ("cancelled", "canceled", (0, 0, 0))
    assert session.scalars(select(Refund.id)).all() == []
    assert till.is_whole()


def test_a_held_order_of_which_units_were_taken_out_may_go_on(session: Session, till: FullTill) -> None:
    till.knock(till.pay())
    assert till.edit({SERUM: 1})
    till.at(NOW + timedelta(days=1))
    why = Verdict((Reason("asked-to-wait", "The client is away.", "the clinic", ""),))
    with transaction():
        holding.hold_order(locked(till.number), why, ADMIN, till.now, gives_back=False)
    till.work()
    assert till.sums()[0] == 0, "nobody has decided: nothing is taken"
    with transaction():
        assert holding.may_go_on(locked(till.number))
        holding.lift_order(till.number, ADMIN, till.now, TODAY)
    till.later(days=1)
    till.work()
    assert till.sums()[0] == till.order.total_minor
    assert till.is_whole()


def test_what_the_rules_or_the_gate_refuse_leaves_no_trace(session: Session, till: FullTill) -> None:
    with pytest.raises(Refused) as unpaid:
        till.edit({SERUM: 1})
    till.knock(till.pay())
    with pytest.raises(Refused) as more:
        till.edit({SERUM: 3})
    with pytest.raises(Refused) as abroad:
        till.edit({}, replace(BY_POST, address="1 Example Road\nSt Helier\nJE2 3AB"))
    assert abroad.value.verdict.codes == ("wrong-postcode",), "another country has another tax"
    with transaction():  # only the record changes: nothing stops the order but the gate
        who = world.client_who(till.client)
        care.answer_screening(till.client_id, world.answers(C_CON_01="yes"), who, TODAY, NOW)
    with pytest.raises(Refused) as closed:
        till.edit({SERUM: 1})
    told = [each.value.verdict.codes for each in (unpaid, more, closed)]
    assert told == [("wrong-state",), ("edit-adds",), ("contraindication",)]
    assert session.scalar(select(OrderEdit.id)) is None
    assert (sold(session)["SE-001-002"], till.sums()) == (1, (0, 0, 0))


def test_the_rows_of_a_change_are_kept_as_they_were_written(session: Session, till: FullTill) -> None:
    till.knock(till.pay())
    assert till.edit({SERUM: 1})
    for row in (EditedLine, OrderEdit):
        with pytest.raises(IntegrityError), transaction():
            session.execute(delete(row))
    content = content_of(locked(till.number))
    assert sorted(content.units.values()) == [1, 1]
