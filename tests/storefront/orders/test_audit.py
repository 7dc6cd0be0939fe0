"""The audit says nothing of a shop that is whole, and names each row that somebody broke behind its back."""

from collections.abc import Iterator
from copy import copy
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.listing_guards import take_guards_down
from storefront import cli, jobs
from storefront.db import db, transaction
from storefront.orders import actions, baskets, dispatch, stopping
from storefront.orders.audit import broken_rows
from storefront.orders.models import Order, OrderLine
from storefront.payments import paying, webhook
from tests.storefront.conftest import once_for_the_file
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, BY_POST, NOTHING_NEW, NOW, TODAY
from tests.storefront.payments.ledger import Ledger

LATER = NOW + timedelta(days=100)
capture = next(kind for kind in jobs.KINDS if kind.name == "capture")


class Shop:
    """Ann's kit was sent; Ben's order awaits its payment; Cleo's was refused; Dora's was packed and is held."""

    def __init__(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ledger = ledger
        monkeypatch.setattr("storefront.clock.now", lambda: NOW)
        with transaction():
            self.roller, self.serum = world.on_sale(), world.on_sale("SE-001", "serum")
            allowed = (self.serum.id,)
            self.people = [
                world.approved_client(name, f"{name.lower()}@example.org", allowed)
                for name in ("Ann", "Ben", "Cleo", "Dora")
            ]
        self.ann, self.ben, self.cleo, self.dora = [self.place(person) for person in self.people]
        self.pay(self.ann)
        with transaction():
            picks = self.picks(self.ann)
            dispatch.pack_order(self.ann, picks, ADMIN, NOW, TODAY)
            dispatch.dispatch_order(self.ann, "RM1GB", ADMIN, NOW, TODAY)
        with transaction():
            stopping.withdraw_approval(self.people[2].id, "asked to pause", world.practitioner(), NOW)
        self.pay(self.dora)
        with transaction():
            actions.cancel_order(self.dora, "ordered by mistake", ADMIN, NOW)

    def again(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> "Shop":
        """The same shop for another test, from where it stood when it was built."""
        ledger.go_on_from(self.ledger)
        monkeypatch.setattr("storefront.clock.now", lambda: NOW)
        another = copy(self)
        another.ledger = ledger
        return another

    def place(self, person: object) -> str:
        with transaction():
            for product in (self.roller, self.serum):
                baskets.put_in_basket(person.id, product.sku, 1, NOW, TODAY)  # type: ignore[attr-defined]
            by, told = world.client_who(person), (BY_POST, NOTHING_NEW)  # type: ignore[arg-type]
            return actions.place_order(person.id, *told, by, NOW, TODAY).number  # type: ignore[attr-defined]

    def pay(self, number: str) -> None:
        paying.start_payment(number)
        webhook.take(self.ledger.knock(self.ledger.pay(number).id), NOW)
        while capture(NOW):
            pass

    def picks(self, number: str) -> dict[int, list[str]]:
        lines = select(OrderLine.id, OrderLine.kind).join(Order).where(Order.number == number)
        codes = {"roller": "RL-020-001", "serum": "SE-001-001"}
        return {line: [codes[kind]] for line, kind in db.session.execute(lines)}

    def values(self, session: Session) -> dict[str, object]:
        """What the statements speak of: days, numbers, and the ids of Ann's roller."""
        line = select(OrderLine).join(Order).where(Order.number == self.ann, OrderLine.kind == "roller")
        roller = session.scalars(line).one()
        batch = session.scalars(select(Batch.id).where(Batch.code == "RL-020-001")).one()
        days = {"later": LATER, "long_ago": NOW - timedelta(days=9), "yesterday": TODAY - timedelta(days=1)}
        told: dict[str, object] = {name: str(day) for name, day in days.items()}
        told |= {"ann": self.ann, "ben": self.ben, "cleo": self.cleo, "dora": self.dora, "batch": batch}
        told |= {"approval": roller.approval_id, "vetting": roller.vetting_id, "screening": roller.screening_id}
        return told | {"order_id": roller.order_id}


@pytest.fixture(scope="module")
def built(ground: Connection, built_app: Flask) -> Shop:
    with once_for_the_file(ground, built_app) as (ledger, patch):
        return Shop(ledger, patch)


@pytest.fixture
def shop(built: Shop, session: Session, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    yield built.again(ledger, monkeypatch)
    session.rollback()
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA ignore_check_constraints=0"))
        session.execute(text("PRAGMA defer_foreign_keys=0"))


def loosen(session: Session, table: str, *constraints: str) -> None:
    """Lets a row be broken that the database itself would refuse; undone with the test."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA ignore_check_constraints=1"))
        session.execute(text("PRAGMA defer_foreign_keys=1"))
        return
    for constraint in constraints:
        session.execute(text(f'ALTER TABLE "{table}" DROP CONSTRAINT {constraint}'))


def test_a_whole_shop_breaks_no_rule(session: Session, shop: Shop) -> None:
    statuses = dict(session.execute(select(Order.number, Order.status)).all())
    found = [statuses[number] for number in (shop.ann, shop.ben, shop.cleo, shop.dora)]
    assert found == ["dispatched", "awaiting_payment", "cancelled", "on_hold"]
    session.rollback()
    assert list(broken_rows(TODAY)) == []


ORDER = '"order" SET'
OF_ANN = '(SELECT id FROM "order" WHERE number = :ann)'
LAST = "treated_on = (SELECT max(treated_on) FROM treatment)"
FIRST = "treated_on = (SELECT min(treated_on) FROM treatment)"


def told_anew(which: str, **others: str) -> str:
    """Nothing of a treatment can be updated: a version behind the shop's back, written long ago, that says something else."""
    kept = ("course_id", "practitioner_name", "needle_um", "end_point", "numbing_cream", "bleeding", "track_marks", "reactions",
            "notes", "gap_reason", "by_name", "treated_on", "is_struck")  # fmt: skip
    told = {name: name for name in kept} | {"replaces_id": "id", "correction": "'x'", "at": ":long_ago"} | others
    return f"INSERT INTO treatment ({', '.join(told)}) SELECT {', '.join(told.values())} FROM treatment WHERE {which}"


# What the audit says, and the UPDATE that makes it true. The ids are those of Ann's order.
BREAKS = {
    "is another client's": "approval SET client_id = (SELECT max(client_id) FROM approval) WHERE id = :approval",
    "was not in force": "approval SET valid_until = :yesterday WHERE id = :approval",
    "was withdrawn before": "withdrawal SET at = :long_ago",
    "does not allow this depth": "approval SET greatest_needle_um = 100 WHERE id = :approval",
    "2 of one kind (roller), its approval allows 1": f"order_line SET quantity = 2 WHERE order_id = {OF_ANN} AND kind = 'roller'",
    "did not allow it": "vetting SET signed_at = :later WHERE id = :vetting",
    "had lapsed": "vetting SET lapses_on = :yesterday WHERE id = :vetting",
    "line SE-001: screening": "screening SET at = :later WHERE id = :screening",
    "had an answer that stops sales": "answer SET answer = 'yes' WHERE screening_id = :screening AND condition = 'C-CON-01'",
    "batch RL-020-001: 4 reserved, orders hold 2": "batch SET reserved = reserved + 2 WHERE code = 'RL-020-001'",
    "batch SE-001-001: 1 sold, orders hold 2": "batch SET sold = sold - 1 WHERE code = 'SE-001-001'",
    "1 ordered, 0 held": "allocation SET state = 'released' WHERE state = 'packed'",
    "units are sold, the order is dispatched": "allocation SET state = 'sold' WHERE state = 'packed'",
    "units of another product's batch": "allocation SET batch_id = (SELECT max(id) FROM batch)",
    "dispatched without a parcel that is": "parcel SET dispatched_at = NULL",
    "had expired when it left": "batch SET expires_on = :yesterday WHERE code = 'RL-020-001'",
    "on_hold, without an open hold": "hold SET lifted_at = :later",
    "costs 9999, its lines and delivery": f"{ORDER} total_minor = 9999, captured_minor = 9999 WHERE number = :ann",
    "its refunds (0 of 7195 done) are not what it says": f"{ORDER} owed_back_minor = 100 WHERE number = :dora",
    "did not come before it with a “no” to both": f"{ORDER} placed_at = :long_ago WHERE number = :ann",
    "accepted without a capture": f"{ORDER} status = 'accepted', accepted_at = :later, intent_id = 'pi_x' WHERE number = :ben",
    "its capture is of another sum or payment": f"capture SET amount_minor = 1 WHERE order_id = {OF_ANN}",
    "7195 taken, its capture says 0": f"capture SET done_at = NULL WHERE order_id = {OF_ANN}",
    "cancelled, without a cancellation": f"cancellation SET order_id = {OF_ANN}",
    "accepted on a day that is yet to come": f"{ORDER} accepted_at = :later WHERE number = :ann",
    "the gate said under-age": "client SET born_on = '2015-06-01'",
    "the gate said screening-due": "screening SET answered_on = '2020-01-01'",
    "the gate said approval-expired": "approval SET valid_until = :yesterday",
    "the gate said approval-withdrawn": "withdrawal SET at = :long_ago, approval_id = :approval",
    "the chain does not hold": "journal_entry SET verb = 'nothing' WHERE number = 2",
}
MORE = {
    "does not allow this serum": "DELETE FROM approved_serum WHERE approval_id = :approval",
    "batch RL-020-001 was recalled before it left": (
        "INSERT INTO batch_decision (batch_id, decision, by_name, at, why) VALUES (:batch, 'recalled', 'A', :long_ago, 'x')"
    ),
    "batch RL-020-001 was held before it left": (
        "INSERT INTO batch_decision (batch_id, decision, by_name, at, why) VALUES (:batch, 'held', 'A', :long_ago, 'x')"
    ),
    "batch RL-020-001 was received before it left": "DELETE FROM batch_decision WHERE decision = 'released'",
    "the gate said treatments-too-close": told_anew(LAST, treated_on="'2026-08-05'"),
    "the gate said over-treated": told_anew(LAST, bleeding="'more'"),
    "course-incomplete, too-soon": told_anew(LAST, treated_on=":yesterday"),
    "the gate said course-incomplete": told_anew(FIRST, treated_on="'2025-08-05'"),
    "the gate said no-approval": "UPDATE approval SET at = :later",
    "the gate said reaction-open": (
        "INSERT INTO reaction (client_id, told, by_name, at) "
        "SELECT client_id, 'x', 'A', :long_ago FROM \"order\" WHERE number = :ann"
    ),
    "line RL-020: accepted although the gate said allergen": (
        "INSERT INTO allergy (client_id, name, by_name, at) "
        "SELECT client_id, 'nickel', 'A', :long_ago FROM \"order\" WHERE number = :ann"
    ),
    "was void": "INSERT INTO voiding (vetting_id, by_name, at, why) VALUES (:vetting, 'A', :long_ago, 'x')",
    "one payment to be captured and released": (
        "INSERT INTO release (order_id, intent_id, owed_at, attempts, last_error) "
        "SELECT order_id, intent_id, owed_at, 0, '' FROM capture WHERE order_id = :order_id"
    ),
    "refused, and its payment is not released": "UPDATE \"order\" SET intent_id = 'pi_kept' WHERE number = :cleo",
    "ended, and its payment page is not to be closed": "DELETE FROM closing",
    "bought again too soon": 'UPDATE "order" SET client_id = (SELECT client_id FROM "order" WHERE number = :ann)',
}  # fmt: skip
STATEMENTS = {named: f"UPDATE {statement}" for named, statement in BREAKS.items()} | MORE


def test_each_broken_row_is_named(session: Session, shop: Shop) -> None:
    """One shop, broken in one way after the other and mended in between."""
    values, missed = shop.values(session), {}
    for named, statement in STATEMENTS.items():
        wanted = {name: value for name, value in values.items() if f":{name}" in statement}
        with session.begin_nested() as broken:
            session.execute(text(statement), wanted)
            found = list(broken_rows(TODAY))
            broken.rollback()
        if not any(named in row for row in found):
            missed[named] = found
    assert missed == {}
    assert list(broken_rows(TODAY)) == []


@pytest.mark.parametrize(
    ("stopped", "named"),
    [
        ("status = 'recalled'", "is recalled"),
        ("status = 'held'", "is held"),
        ("status = 'waiting'", "is waiting"),
        ("expires_on = :yesterday", "has expired"),
    ],
)
def test_a_stopped_batch_that_waits_to_be_sent_is_named(session: Session, shop: Shop, stopped: str, named: str) -> None:
    session.execute(text("DELETE FROM refund"))
    session.execute(text("UPDATE \"order\" SET status = 'accepted', owed_back_minor = 0 WHERE status = 'on_hold'"))
    values = {"yesterday": TODAY - timedelta(days=1)} if ":yesterday" in stopped else {}
    session.execute(text(f"UPDATE batch SET {stopped} WHERE code = 'RL-020-001'"), values)
    assert any(f"batch RL-020-001 {named} and waits to be sent" in row for row in broken_rows(TODAY))


def test_what_was_written_down_after_an_order_was_accepted_is_no_fault_of_it(session: Session, shop: Shop) -> None:
    for statement in (
        "INSERT INTO reaction (client_id, told, by_name, at) SELECT id, 'x', 'A', :later FROM client",
        "INSERT INTO allergy (client_id, name, by_name, at) SELECT id, 'nickel', 'A', :later FROM client",
    ):
        session.execute(text(statement), {"later": LATER})
    assert list(broken_rows(TODAY)) == []


def test_an_order_that_was_never_asked_the_two_questions_is_named(session: Session, shop: Shop) -> None:
    on_table = "" if session.get_bind().dialect.name == "sqlite" else " ON order_asked"
    session.execute(text(f"DROP TRIGGER order_asked_no_delete{on_table}"))
    session.execute(text(f"DELETE FROM order_asked WHERE order_id = {OF_ANN}"), {"ann": shop.ann})
    assert list(broken_rows(TODAY)) == [f"order {shop.ann}: accepted although the two questions were not answered"]


def test_a_batch_below_zero_is_named(session: Session, shop: Shop) -> None:
    loosen(session, "batch", "ck_batch_never_negative")
    session.execute(text("UPDATE batch SET destroyed = 99 WHERE code = 'RL-020-001'"))
    assert "batch RL-020-001: below zero" in list(broken_rows(TODAY))


def test_an_order_packed_unpaid_is_named(session: Session, shop: Shop) -> None:
    loosen(session, "order", "ck_order_taken")
    session.execute(text('UPDATE "order" SET captured_minor = 0 WHERE number = :ann'), {"ann": shop.ann})
    assert f"order {shop.ann}: dispatched and not paid" in list(broken_rows(TODAY))


def test_more_given_back_than_taken_is_named(session: Session, shop: Shop) -> None:
    loosen(session, "order", "ck_order_refunded", "ck_order_owed_back")
    session.execute(text('UPDATE "order" SET refunded_minor = 9999 WHERE number = :ann'), {"ann": shop.ann})
    assert f"order {shop.ann}: more given back than taken" in list(broken_rows(TODAY))


def test_who_signed_their_own_entry_and_what_lacks_its_note_is_named(session: Session, shop: Shop) -> None:
    loosen(session, "vetting", "ck_vetting_two_people")
    take_guards_down(session.connection())
    rl_020 = "(SELECT id FROM product WHERE sku = 'RL-020')"
    session.execute(text(f"UPDATE vetting SET signed_by_id = entered_by_id WHERE product_id = {rl_020}"))
    told_anew = text("UPDATE vetting SET dossier = replace(dossier, :signed, :new)")
    for signed, new in (('"test report"', '"note"'), ('"0.2"', '"0.2001"')):
        session.execute(told_anew, {"signed": signed, "new": new})
    found = "; ".join(broken_rows(TODAY))
    told = ("RL-020: signed by the person who entered it", "note that this serum needs", "note that this depth needs")
    assert [named for named in told if named not in found] == []


def test_the_command_prints_each_broken_row_and_fails(app: Flask, session: Session, shop: Shop) -> None:
    def run() -> Result:
        return app.test_cli_runner().invoke(cli.audit)

    assert (run().output, run().exit_code) == ("", 0)
    session.execute(text("UPDATE batch SET reserved = reserved + 2 WHERE code = 'RL-020-001'"))
    session.commit()
    answer = run()
    assert (answer.exit_code, answer.output) == (
        1,
        "batch RL-020-001: 4 reserved, orders hold 2\nbatch RL-020-001: its ledger does not add up to its counters\n",
    )
