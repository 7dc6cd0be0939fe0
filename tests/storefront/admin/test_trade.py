"""The trade in numbers: who ordered again in time, by rule; and the accounts of a month, which add up with the money that moved."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.outlook import number_of
from storefront import upkeep
from storefront.db import transaction
from storefront.orders import accounts, dispatch, owing, trade_figures
from storefront.orders.models import Capture, Refund
from storefront.orders.records import locked
from storefront.orders.trade_figures import Bought, Figures, followed, share
from storefront.payments import webhook
from tests.storefront.orders.world import ADMIN, NOW, TODAY
from tests.storefront.till import Till

FIRST = date(2026, 1, 1)
END = FIRST + timedelta(days=140)  # of the time to order again after 70 days
NOVEMBER = date(2026, 11, 1)


def test_who_orders_by_the_end_of_a_second_interval_has_ordered_again() -> None:
    def outcome(*days: int, today: date = date(2027, 6, 1)) -> list[tuple[int, set[int], set[int]]]:
        orders = [Bought(7, FIRST + timedelta(days=day), 70) for day in days]
        return [(month, found[True], found[False]) for month, found in sorted(followed(orders, today).items())]

    month = number_of(END)
    assert outcome(0) == [(month, set(), {7})]
    assert outcome(0, 140, today=END + timedelta(days=1)) == [(month, {7}, set())]
    assert outcome(0, 141, today=END + timedelta(days=1)) == [(month, set(), {7})]
    assert outcome(0, today=END) == []  # its last day is not over
    assert outcome(0, 1, today=END + timedelta(days=2)) == [(month, set(), {7})]  # the last of two counts
    strangers = [Bought(7, FIRST, 70), Bought(8, FIRST + timedelta(days=3), 70)]
    assert followed(strangers, date(2027, 6, 1)) == {month: {True: set(), False: {7, 8}}}
    assert followed([], TODAY) == {}


def test_the_share_is_of_those_whose_time_is_over() -> None:
    assert share([Figures("", (2, 1)), Figures("", (0, 0))]) == 67
    assert share([Figures("", (0, 0))]) is None


def test_a_month_is_read_from_an_address_or_is_this_one() -> None:
    assert accounts.month_asked("2026-02", TODAY) == date(2026, 2, 1)
    assert {accounts.month_asked(text, TODAY) for text in ("", "2026-13", "2026-1", "2026-02-01", "²026-01")} == {
        NOVEMBER
    }
    assert accounts.next_month(date(2026, 12, 1)) == date(2027, 1, 1)


@pytest.fixture
def sold(session: Session, till: Till) -> Till:
    """An order that left after 30 hours, and of which money was given back twice; the second credit note is not written yet."""
    till.knock(till.pay())
    till.work()
    (line,) = till.line_ids()
    with transaction():
        dispatch.pack_order(till.number, {line: ["RL-020-001"]}, ADMIN, till.now, TODAY)
    till.later(hours=30)
    with transaction():
        dispatch.dispatch_order(till.number, "RM1", ADMIN, till.now, TODAY)
        owing.owe_refund(locked(till.number), 1001, "a dent", ADMIN, till.now)
    till.work()
    while upkeep.issue_papers(till.now):
        pass
    with transaction():
        owing.owe_refund(locked(till.number), 7, "a scratch", ADMIN, till.now)
    owed = session.scalars(select(Refund.id).where(Refund.done_at.is_(None))).one()
    with transaction():
        owing.record_refund(locked(till.number), owed, "re_late", till.now)

    till.at(NOW)  # when the admin signs in
    return till


def test_what_was_taken_given_back_and_sent_stands_in_its_week(session: Session, sold: Till) -> None:
    sales = trade_figures.sales_by_week(session, TODAY)
    times, half_within = trade_figures.dispatch_times(session, TODAY)
    assert sum(row.counts[0] for row in sales) == session.scalars(select(Capture.amount_minor)).one()
    assert sum(row.counts[1] for row in sales) == 1008
    assert [sum(row.counts[nth] for row in times) for nth in range(4)] == [0, 1, 0, 0]
    assert half_within == timedelta(hours=30)


def test_the_accounts_of_a_month_add_up_to_the_penny(session: Session, sold: Till, admin: FlaskClient) -> None:
    told = admin.get("/admin/exports/accounts?month=2026-11", buffered=True).data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(told, newline="")))
    papers, sums = [row for row in rows if row["Order"]], {row["What"]: row for row in rows if not row["Order"]}
    assert [row["What"] for row in papers] == ["Invoice", "Credit note", "Given back, no credit note yet"]
    assert {row["Order"] for row in papers} == {sold.number}
    assert sum(Decimal(row["Gross (£)"]) for row in papers) == Decimal("37.95") - Decimal("10.08")
    assert all(
        Decimal(row["Net (£)"]) + Decimal(row["VAT (£)"]) == Decimal(row["Gross (£)"])
        for row in papers
        if row["VAT (£)"]
    )
    assert sums["Taken at the payment provider"]["Gross (£)"] == "37.95"
    assert sums["Given back at the payment provider"]["Gross (£)"] == "-10.08"
    assert Decimal(sums["Difference"]["Gross (£)"]) == 0
    assert (
        Decimal(sums["Sum of all papers"]["Gross (£)"])
        == Decimal(sums["Sum at this rate"]["Gross (£)"])
        == Decimal("27.94")
    )

    this, before, *_ = accounts.months_of(session, TODAY, 3)
    assert (this.first, this.gross, this.taken, this.given, this.missing) == (NOVEMBER, 2794, 3795, 1008, -7)
    assert (before.gross, before.taken, before.missing) == (0, 0, 0)
    assert "To be written: -£0.07" in admin.get("/admin/trade").text
    while upkeep.issue_papers(NOW):
        pass
    assert not accounts.months_of(session, TODAY, 1)[0].missing


def test_what_is_contested_counts_as_taken_and_what_is_lost_as_given_back(
    session: Session, sold: Till, admin: FlaskClient
) -> None:
    intent = sold.intent.id
    webhook.take(sold.ledger.contest(intent, "needs_response", 3795 - 1008, "dp_1"), sold.now)
    assert trade_figures.contested_now(session) == 3795 - 1008
    assert "(now: £27.87)" in admin.get("/admin/trade").text
    assert sum(row.counts[1] for row in trade_figures.sales_by_week(session, TODAY)) == 1008
    session.rollback()
    webhook.take(sold.ledger.contest(intent, "lost", 3795 - 1008, "dp_1"), sold.now)
    while upkeep.issue_papers(NOW):
        pass
    assert trade_figures.contested_now(session) == 0
    assert sum(row.counts[1] for row in trade_figures.sales_by_week(session, TODAY)) == 3795
    (month,) = accounts.months_of(session, TODAY, 1)
    assert (month.taken, month.given, month.net, month.tax, month.missing) == (3795, 3795, 0, 0, 0)
    rows = {row.what: row for row in accounts.accounts_of(session, NOVEMBER)}
    assert (rows["Difference"].gross, rows["Sum of all papers"].gross) == (0, 0)
    lost = [row for row in accounts.accounts_of(session, NOVEMBER) if row.reference.startswith("d")]
    assert sum(row.gross for row in lost) == 1008 - 3795


def test_weeks_begin_on_monday_where_the_clinic_is(till: Till) -> None:
    assert trade_figures.weeks_until(date(2026, 11, 22), 2) == [date(2026, 11, 9), date(2026, 11, 16)]
    assert trade_figures.monday_of(datetime(2026, 7, 5, 23, 30, tzinfo=UTC)) == date(2026, 7, 6)
