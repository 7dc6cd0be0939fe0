"""The counts behind the charts: verdicts at each month's end, and what expires in which month."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import drafts, outlook
from catalogue.batches import Batch
from catalogue.products import EvidenceRow
from tests.catalogue import samples

TODAY = samples.TODAY  # 22 November 2026


def on(month: int, day: int = 5) -> datetime:
    return datetime.combine(date(2026, month, day), time(9), UTC)


def enter(session: Session, sku: str, month: int, **facts: Any) -> None:
    dossier = samples.complete("roller", sku, date(2026, month, 28), **facts)
    samples.entered(session, dossier, now=on(month))


def sign(session: Session, sku: str, month: int) -> None:
    product = drafts.locked_product(session, sku)
    assert product is not None
    samples.sign(session, product, today=date(2026, month, 6))


def test_each_month_shows_what_was_signed_last(session: Session) -> None:
    enter(session, "RL-1", 3)
    sign(session, "RL-1", 4)
    enter(session, "RL-2", 3, needle_length_nominal=Decimal(1))
    sign(session, "RL-2", 4)
    product = drafts.locked_product(session, "RL-1")
    assert product is not None
    drafts.enter_dossier(session, replace(drafts.dossier_of(product), name="New"), {}, samples.ADMIN, on(9))
    told = {row.month.month: row.counts for row in outlook.verdict_history(session, TODAY) if row.month}
    assert list(told) == [12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert told[12] == told[2] == (0, 0, 0, 0)
    assert told[3] == (0, 0, 0, 2)
    assert told[4] == told[8] == (1, 0, 1, 0)
    assert told[9] == told[11] == (0, 0, 1, 1)


def test_what_happened_before_the_first_month_still_counts(session: Session) -> None:
    dossier = samples.complete("roller", "RL-1", date(2020, 1, 5))
    samples.entered(session, dossier, now=datetime(2020, 1, 5, tzinfo=UTC))
    assert [row.counts for row in outlook.verdict_history(session, TODAY)] == [(0, 0, 0, 1)] * 12


def test_documents_are_counted_in_the_month_they_expire(session: Session) -> None:
    enter(session, "RL-1", 2)
    days = [date(2026, 11, 21), TODAY, date(2026, 12, 31), date(2028, 4, 30), date(2028, 5, 1)]
    rows = session.scalars(select(EvidenceRow).order_by(EvidenceRow.id)).all()
    for row, day in zip(rows, days, strict=False):
        row.expires_on = day
    told = outlook.proofs_by_month(session, TODAY)
    assert (told[0].is_before, told[0].total) == (True, 1)
    assert [(row.month, row.total) for row in told[1:] if row.total] == [
        (date(2026, 11, 1), 1), (date(2026, 12, 1), 1), (date(2028, 4, 1), 1), (None, 1),
    ]  # fmt: skip


def test_free_units_are_counted_in_the_month_their_batch_expires(session: Session) -> None:
    product = samples.on_sale(session, units=7)
    held = samples.released(session, product, 5, date(2027, 6, 30))
    held.status = "held"
    sold = samples.released(session, product, 3, date(2027, 6, 30))
    sold.sold = 3
    session.flush()
    told = {row.month: row.counts for row in outlook.stock_by_month(session, TODAY)}
    last = session.scalars(select(Batch.expires_on).order_by(Batch.id)).first()
    assert last is not None
    assert told[None if outlook.number_of(last) >= outlook.number_of(TODAY) + outlook.AHEAD else last] == (7, 0)
    assert told[date(2027, 6, 1)] == (0, 5)


def test_a_chart_costs_one_query_and_few_rows(session: Session, count_queries: Any) -> None:
    for number in range(3):
        enter(session, f"RL-{number}", 3)
    session.flush()
    with count_queries() as sent:
        outlook.verdict_history(session, TODAY)
        outlook.proofs_by_month(session, TODAY)
        outlook.stock_by_month(session, TODAY)
    assert len(sent) == 3
