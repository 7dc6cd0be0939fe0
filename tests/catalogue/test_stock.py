"""Batches from goods-in to recall, and units that are taken by guarded updates."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue import specification, stock
from catalogue.batches import Batch, BatchDecision
from catalogue.goods_in import Arrival, reasons_against
from catalogue.products import Product
from catalogue.validity import months_after
from catalogue.verdicts import Refused, Stale
from tests.catalogue import samples
from tests.catalogue.samples import ADMIN, NOW, OCCASION, TODAY, arrival

RULES = specification.load()


def received(session: Session, came: Arrival | None = None, kind: str = "roller") -> Batch:
    product = samples.entered(session, samples.complete(kind, "X-1"))
    return stock.receive_batch(session, product, came or arrival(kind), RULES, ADMIN, TODAY, NOW)


def release(session: Session, batch: Batch, today: date = TODAY) -> None:
    stock.release_batch(session, batch, RULES, ADMIN, today, NOW)


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_a_batch_whose_every_rule_is_answered_is_released(session: Session, kind: str) -> None:
    batch = received(session, kind=kind)
    assert (batch.code, batch.status, batch.free) == ("X-1-001", "waiting", 10)
    release(session, batch)
    assert batch.status == "released"
    assert session.scalars(select(BatchDecision.decision).order_by(BatchDecision.id)).all() == ["received", "released"]


BATCH_RULES = [rule.id for kind in ("roller", "serum") for rule in RULES.rules_for(kind, "batch")]


@pytest.mark.parametrize("rule_id", BATCH_RULES)
@pytest.mark.parametrize("gap", ["unanswered", "unproven", "broken"])
def test_a_batch_with_one_rule_open_stays_waiting_and_says_which(session: Session, rule_id: str, gap: str) -> None:
    rule = RULES.rule(rule_id)
    came = arrival(rule.product)
    facts: dict[str, Any] = {**came.facts}
    if gap == "unanswered":
        del facts[rule.fact]
    elif gap == "broken":
        facts[rule.fact] = not facts[rule.fact] if isinstance(facts[rule.fact], bool) else 1000
    kept = tuple(
        replace(e, covers=tuple(c for c in e.covers if gap != "unproven" or c != rule.fact)) for e in came.evidence
    )
    batch = received(session, replace(came, facts=facts, evidence=kept), rule.product)
    with pytest.raises(Refused) as refused:
        release(session, batch)
    assert batch.status == "waiting"
    assert [reason.text.split()[0] for reason in refused.value.verdict.reasons] == [rule_id]


@pytest.mark.parametrize(
    "wrong",
    [
        {"supplier_lot": " "},
        {"quantity": 0},
        {"quantity": -1},
        {"quantity": 10**12},
        {"supplier_lot": "l" * 61},
        {"delivery_note": "n" * 81},
        {"expires_on": TODAY - timedelta(days=1)},
    ],
)
def test_no_lot_no_stock(session: Session, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="goods-in"):
        received(session, replace(arrival(), **wrong))
    assert session.scalars(select(Batch)).all() == []


def test_our_codes_are_made_one_after_another_and_never_twice(session: Session) -> None:
    product = samples.entered(session, samples.complete("roller", "X-1"))
    codes = ["", "X-1-003", "", ""]
    made = [
        stock.receive_batch(session, product, replace(arrival(), code=code), RULES, ADMIN, TODAY, NOW).code
        for code in codes
    ]
    assert made == ["X-1-001", "X-1-003", "X-1-004", "X-1-005"]
    with pytest.raises(Refused, match="goods-in"):
        stock.receive_batch(session, product, replace(arrival(), code="X-1-003"), RULES, ADMIN, TODAY, NOW)


def test_a_batch_that_lasts_too_short_is_not_released(session: Session) -> None:
    """It must last, from the day of its release, as long as the rules ask of a unit that leaves."""
    months = RULES.shelf_life_months("roller")
    batch = received(session, replace(arrival(), expires_on=months_after(TODAY, months)))
    assert reasons_against(batch, "roller", RULES, TODAY).is_yes
    assert reasons_against(batch, "roller", RULES, TODAY + timedelta(days=1)).codes == ("too-short",)
    assert reasons_against(batch, "roller", RULES, batch.expires_on).codes[0] == "too-short"
    assert reasons_against(batch, "roller", RULES, batch.expires_on + timedelta(days=1)).codes[0] == "expired"
    with pytest.raises(Refused, match="too-short"):
        stock.release_batch(session, batch, RULES, ADMIN, TODAY + timedelta(days=1), NOW)


def test_a_hold_is_one_press_and_lifting_it_asks_for_a_new_release(session: Session) -> None:
    batch = received(session)
    release(session, batch)
    stock.hold_batch(session, batch, ADMIN, NOW, "")
    with pytest.raises(Stale):
        stock.hold_batch(session, batch, ADMIN, NOW, "")
    with pytest.raises(Stale):
        release(session, batch)
    with pytest.raises(Refused, match="no-reason"):
        stock.lift_hold(session, batch, ADMIN, NOW, " ")
    stock.lift_hold(session, batch, ADMIN, NOW, "The count was right after all")
    assert batch.status == "waiting"
    release(session, batch)
    assert batch.status == "released"


@pytest.mark.parametrize("before", ["waiting", "released", "held"])
def test_a_recall_needs_a_reason_and_is_for_good(session: Session, before: str) -> None:
    batch = received(session)
    batch.status = before
    session.flush()
    with pytest.raises(Refused, match="no-reason"):
        stock.recall_batch(session, batch, ADMIN, NOW, "")
    stock.recall_batch(session, batch, ADMIN, NOW, "Bent needles")
    for move in (stock.hold_batch, stock.lift_hold, stock.recall_batch):
        with pytest.raises(Stale):
            move(session, batch, ADMIN, NOW, "why")
    assert batch.status == "recalled"


def batches(*rows: tuple[int, int, int]) -> list[Batch]:
    """(id, days until it expires, free units)"""
    counts = {"reserved": 0, "sold": 0, "returned": 0, "destroyed": 0, "corrected": 0, "status": "released"}
    return [Batch(id=i, expires_on=TODAY + timedelta(days=d), received=n, **counts) for i, d, n in rows]


CHOICES = {
    "first expiring first": ([(1, 400, 5), (2, 300, 5)], 3, [(2, 3)]),
    "over several, in the order of ids": ([(1, 400, 5), (2, 300, 5)], 7, [(1, 2), (2, 5)]),
    "the older of two equal ones": ([(2, 300, 5), (1, 300, 5)], 1, [(1, 1)]),
    "none that expires too soon": ([(1, 180, 5), (2, 300, 5)], 2, [(2, 2)]),
    "to the last unit": ([(1, 300, 2), (2, 301, 1)], 3, [(1, 2), (2, 1)]),
}


@pytest.mark.parametrize("what", CHOICES)
def test_which_batches_are_chosen(what: str) -> None:
    rows, quantity, chosen = CHOICES[what]
    picks = stock.choose_batches(batches(*rows), quantity, TODAY, 6)
    assert [(batch.id, n) for batch, n in picks] == chosen


@pytest.mark.parametrize(("rows", "quantity"), [([], 1), ([(1, 300, 2)], 3), ([(1, 100, 9)], 1), ([(1, 300, 2)], 0)])
def test_too_few_units_are_refused_whole(rows: list[tuple[int, int, int]], quantity: int) -> None:
    with pytest.raises(Refused, match="no-batch"):
        stock.choose_batches(batches(*rows), quantity, TODAY, 6)


def units(session: Session, batch: Batch) -> tuple[int, int, int]:
    session.refresh(batch)
    return batch.reserved, batch.sold, batch.free


def live(session: Session, n: int = 3) -> Batch:
    product = session.scalar(select(Product)) or samples.entered(session, samples.complete())
    return samples.released(session, product, n)


def test_a_unit_goes_from_free_to_reserved_to_sold_and_back(session: Session) -> None:
    batch = live(session)
    stock.reserve(session, batch.id, 2, TODAY, OCCASION)
    assert units(session, batch) == (2, 0, 1)
    stock.unreserve(session, batch.id, 1, OCCASION)
    stock.sell_reserved(session, batch.id, 1, TODAY, OCCASION)
    assert units(session, batch) == (0, 1, 2)
    stock.put_back(session, batch.id, 1, OCCASION)
    stock.destroy(session, batch.id, 1, OCCASION)
    assert units(session, batch) == (0, 0, 2)
    assert batch.received == batch.free + batch.reserved + batch.sold + batch.destroyed


def test_more_than_there_is_is_refused_and_changes_nothing(session: Session) -> None:
    batch = live(session)
    takes: list[Any] = [
        lambda: stock.reserve(session, batch.id, 4, TODAY, OCCASION),
        lambda: stock.unreserve(session, batch.id, 1, OCCASION),
        lambda: stock.sell_reserved(session, batch.id, 1, TODAY, OCCASION),
        lambda: stock.put_back(session, batch.id, 1, OCCASION),
        lambda: stock.destroy(session, batch.id, 4, OCCASION),
        lambda: stock.reserve(session, 999, 1, TODAY, OCCASION),
    ]
    for take in takes:
        with pytest.raises(Stale, match="no-batch"):
            take()
    assert units(session, batch) == (0, 0, 3)
    with pytest.raises(ValueError, match="whole"):
        stock.reserve(session, batch.id, -1, TODAY, OCCASION)


@pytest.mark.parametrize("status", ["waiting", "held", "recalled"])
def test_nothing_is_reserved_or_sold_out_of_a_stopped_batch_but_everything_given_back(
    session: Session, status: str
) -> None:
    batch = live(session)
    stock.reserve(session, batch.id, 1, TODAY, OCCASION)
    batch.status = status
    session.flush()
    for take in (stock.reserve, stock.sell_reserved):
        with pytest.raises(Stale):
            take(session, batch.id, 1, TODAY, OCCASION)
    stock.unreserve(session, batch.id, 1, OCCASION)
    assert units(session, batch) == (0, 0, 3)


def test_nothing_is_sold_after_its_last_day(session: Session) -> None:
    batch = live(session)
    stock.reserve(session, batch.id, 1, batch.expires_on, OCCASION)
    with pytest.raises(Stale):
        stock.sell_reserved(session, batch.id, 1, batch.expires_on + timedelta(days=1), OCCASION)


def test_another_batch_than_chosen_is_packed(session: Session) -> None:
    first, second = live(session), live(session)
    stock.reserve(session, first.id, 3, TODAY, OCCASION)
    stock.sell_reserved(session, first.id, 3, TODAY, OCCASION)
    stock.swap(session, first.id, second.id, 2, TODAY, OCCASION)
    assert (units(session, first), units(session, second)) == ((0, 1, 2), (0, 2, 1))
    with pytest.raises(Stale):
        stock.swap(session, first.id, second.id, 2, TODAY, OCCASION)


def test_the_database_never_lets_stock_go_below_nothing(session: Session) -> None:
    batch = live(session)
    for wrong in ("reserved = 4", "sold = -1", "received = 0", "supplier_lot = ''", "status = 'lost'"):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(f"UPDATE batch SET {wrong} WHERE id = {batch.id}"))


def test_what_was_found_at_goods_in_is_kept(session: Session) -> None:
    batch = received(session)
    assert {finding["verdict"] for finding in json.loads(batch.findings)} == {"pass"}
