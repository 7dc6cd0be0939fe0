"""Every change of stock leaves one row, the rows add up to the stock, and nobody can take a row back."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue import stock
from catalogue.batches import Batch
from catalogue.ledger import Occasion, StockMovement, mass_balance, movements_of, unbalanced
from catalogue.verdicts import Refused, Stale
from tests.catalogue import samples
from tests.catalogue.samples import ADMIN, NOW, OCCASION, TODAY

SILENT = Occasion(ADMIN, NOW)


@pytest.fixture
def batch(session: Session) -> Batch:
    return samples.released(session, samples.entered(session, samples.complete()), 10)


def sell(session: Session, batch: Batch, n: int) -> None:
    stock.reserve(session, batch.id, n, TODAY, OCCASION)
    stock.sell_reserved(session, batch.id, n, TODAY, OCCASION)


def told(session: Session, batch: Batch) -> list[tuple[str, dict[str, int]]]:
    return [(row.kind, row.places) for row in reversed(movements_of(session, batch, 100))]


def test_each_change_is_a_row_with_by_whom_for_which_order_and_why(session: Session, batch: Batch) -> None:
    sell(session, batch, 3)
    stock.put_back(session, batch.id, 1, OCCASION)
    stock.take_back(session, batch.id, 1, OCCASION)
    stock.destroy(session, batch.id, 1, OCCASION, "returned")
    stock.destroy(session, batch.id, 2, OCCASION)
    stock.correct(session, batch.id, -1, OCCASION, seen=0)
    assert told(session, batch) == [
        ("received", {"free": 10}),
        ("reserved", {"free": -3, "reserved": 3}),
        ("sold", {"reserved": -3, "sold": 3}),
        ("put-back", {"free": 1, "sold": -1}),
        ("returned", {"sold": -1, "returned": 1}),
        ("destroyed", {"returned": -1, "destroyed": 1}),
        ("destroyed", {"free": -2, "destroyed": 2}),
        ("corrected", {"free": -1}),
    ]
    (newest,) = movements_of(session, batch, 1)
    assert (newest.by_name, newest.at, newest.order_number, newest.why) == (ADMIN.name, NOW, "R-2345678", "A test")
    assert len(movements_of(session, batch, 5, before=newest.id)) == 5


def test_the_balance_of_a_batch_closes(session: Session, batch: Batch) -> None:
    sell(session, batch, 4)
    stock.take_back(session, batch.id, 1, OCCASION)
    stock.correct(session, batch.id, 2, OCCASION, seen=0)
    balance = mass_balance(session, batch)
    assert (balance.received, balance.corrected, balance.sold, balance.in_stock, balance.returned) == (10, 2, 3, 8, 1)
    assert balance.closes
    assert balance.accounted_for == 12
    assert list(unbalanced(session)) == []


def test_a_counter_that_was_changed_behind_the_ledgers_back_is_named(session: Session, batch: Batch) -> None:
    session.execute(text("UPDATE batch SET sold = sold + 1"))
    session.refresh(batch)
    assert not mass_balance(session, batch).closes
    assert list(unbalanced(session)) == [f"batch {batch.code}: its ledger does not add up to its counters"]


def test_nothing_is_destroyed_corrected_or_returned_without_a_word(session: Session, batch: Batch) -> None:
    sell(session, batch, 1)
    takes: list[Any] = [
        lambda: stock.destroy(session, batch.id, 1, SILENT),
        lambda: stock.correct(session, batch.id, 1, SILENT, seen=0),
        lambda: stock.take_back(session, batch.id, 1, SILENT),
    ]
    for take in takes:
        with pytest.raises(Refused, match="no-reason"):
            take()
    with pytest.raises(ValueError, match="whole"):
        stock.correct(session, batch.id, 0, OCCASION, seen=0)


def test_of_two_corrections_of_one_count_the_second_looks_again(session: Session, batch: Batch) -> None:
    stock.correct(session, batch.id, -1, OCCASION, seen=0)
    with pytest.raises(Stale, match="no-batch"):
        stock.correct(session, batch.id, -1, OCCASION, seen=0)
    stock.correct(session, batch.id, -9, OCCASION, seen=-1)
    with pytest.raises(Stale, match="no-batch"):
        stock.correct(session, batch.id, -1, OCCASION, seen=-10)
    assert batch.free == 0


def test_a_stopped_batch_still_takes_back_and_destroys(session: Session, batch: Batch) -> None:
    sell(session, batch, 1)
    stock.recall_batch(session, batch, ADMIN, NOW, "Bent needles")
    stock.take_back(session, batch.id, 1, OCCASION)
    stock.destroy(session, batch.id, 1, OCCASION, "returned")
    stock.destroy(session, batch.id, 9, OCCASION)
    assert (batch.free, batch.returned, batch.destroyed) == (0, 0, 10)


@pytest.mark.parametrize("statement", ["UPDATE stock_movement SET why = 'other'", "DELETE FROM stock_movement"])
def test_the_database_keeps_the_ledger_as_it_was_written(session: Session, batch: Batch, statement: str) -> None:
    with pytest.raises(IntegrityError, match="kept as they were written"), session.begin_nested():
        session.execute(text(statement))
    assert len(session.scalars(select(StockMovement)).all()) == 1


WRONG = {
    "out of nothing": {"kind": "sold", "sold": 1},
    "a delivery of less than nothing": {"kind": "received", "free": -1},
    "a correction of what is sold": {"kind": "corrected", "free": 1, "sold": 1},
    "an unknown kind": {"kind": "lost", "free": -1, "destroyed": 1},
    "destroyed without a word": {"kind": "destroyed", "free": -1, "destroyed": 1, "why": ""},
}


@pytest.mark.parametrize("what", WRONG)
def test_the_database_refuses_a_row_that_does_not_add_up(session: Session, batch: Batch, what: str) -> None:
    row = {"why": "A test", **WRONG[what]}
    session.add(StockMovement(batch_id=batch.id, by_name="Nobody", at=NOW, **row))
    with pytest.raises(IntegrityError):
        session.flush()


VERBS = some.sampled_from(
    ["reserve", "unreserve", "sell", "put back", "take back", "destroy", "destroy returned", "correct"]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=some.lists(some.tuples(VERBS, some.integers(1, 6)), max_size=12))
def test_whatever_is_done_the_sums_are_the_stock_and_never_below_nothing(
    session: Session, batch: Batch, steps: list[tuple[str, int]]
) -> None:
    batch_id = batch.id
    outer = session.begin_nested()
    do: dict[str, Any] = {
        "reserve": lambda n: stock.reserve(session, batch_id, n, TODAY, OCCASION),
        "unreserve": lambda n: stock.unreserve(session, batch_id, n, OCCASION),
        "sell": lambda n: stock.sell_reserved(session, batch_id, n, TODAY, OCCASION),
        "put back": lambda n: stock.put_back(session, batch_id, n, OCCASION),
        "take back": lambda n: stock.take_back(session, batch_id, n, OCCASION),
        "destroy": lambda n: stock.destroy(session, batch_id, n, OCCASION),
        "destroy returned": lambda n: stock.destroy(session, batch_id, n, OCCASION, "returned"),
        "correct": lambda n: stock.correct(session, batch_id, n - 4 or -4, OCCASION, _corrected(session, batch_id)),
    }
    for verb, n in steps:
        try:
            do[verb](n)
        except Stale:
            continue
    session.flush()
    batch = session.get_one(Batch, batch_id)
    assert min(batch.free, batch.reserved, batch.sold, batch.returned, batch.destroyed) >= 0
    assert mass_balance(session, batch).closes
    outer.rollback()
    session.expire_all()


def _corrected(session: Session, batch_id: int) -> int:
    return session.get_one(Batch, batch_id).corrected
