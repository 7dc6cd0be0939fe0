"""The trade in numbers for the charts of the desk: money taken and given back by week, how long it takes from the payment to the
parcel, and how many clients order again. Weeks and months begin where the clinic is; each chart costs a fixed number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import Label, case, func, literal, select
from sqlalchemy.orm import Session

from catalogue.outlook import first_day, number_of
from storefront.clock import beginning_of, day_of
from storefront.eligibility.models import Approval, Client
from storefront.orders.dispute_models import Dispute
from storefront.orders.models import Capture, Order, OrderLine, Parcel, Refund
from storefront.orders.rules import BOUGHT

WEEKS = 13
MONTHS = 12
WITHIN = (timedelta(days=1), timedelta(days=2), timedelta(days=4))
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """A week or a month with a number for each series in order."""

    label: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Bought:
    """An order that was accepted: whose, when, and after how many days its approval lets the client order again."""

    client_id: int
    on: date
    days: int


def weeks_until(today: date, count: int = WEEKS) -> list[date]:
    """The Mondays of the last weeks, this one last."""
    monday = today - timedelta(days=today.weekday())
    return [monday - timedelta(weeks=back) for back in reversed(range(count))]


def sales_by_week(session: Session, today: date) -> list[Figures]:
    """Pence taken, and pence given back, in each week."""
    weeks = weeks_until(today)
    taken = sums_between(session, Capture.done_at, Capture.amount_minor, weeks)
    given = sums_between(session, Refund.done_at, Refund.amount_minor, weeks)
    return [Figures(f"{week:%d %b}", (taken[nth], given[nth])) for nth, week in enumerate(weeks)]


def contested_now(session: Session) -> int:
    """Pence that count as taken while their bank has not decided; what is lost becomes a refund, and counts as given back."""
    return (
        session.scalar(select(func.coalesce(func.sum(Dispute.amount_minor), 0)).where(Dispute.ended_at.is_(None))) or 0
    )


def sums_between(session: Session, at: Any, amount: Any, days: Sequence[date]) -> list[int]:
    """The sum of what was done from each of these days on until the next; all that came after the last belongs to it."""
    begun = [beginning_of(day) for day in days]
    found = select(place_among(at, begun), func.sum(amount)).where(at >= begun[0]).group_by("place")
    sums = {int(row[0]): int(row[1]) for row in session.execute(found)}
    return [sums.get(place, 0) for place in range(len(days))]


def place_among(at: Any, begun: Sequence[object]) -> Label[int]:
    """Since which of these beginnings, as its place among them, named `place` to group by."""
    ladder = [(at < until, literal(nth)) for nth, until in enumerate(begun[1:])]
    last = literal(len(begun) - 1)
    return (case(*ladder, else_=last) if ladder else last).label("place")


def dispatch_times(session: Session, today: date) -> tuple[list[Figures], timedelta | None]:
    """How many parcels left within one, two, four days of their payment, or later, by the week in which they left; and the time
    that half of them stayed under."""
    weeks = weeks_until(today)
    found = select(Parcel.dispatched_at, Capture.done_at).join(Capture, Capture.order_id == Parcel.order_id)
    found = found.where(Parcel.dispatched_at >= beginning_of(weeks[0]), Capture.done_at.is_not(None))
    rows: Iterable[Any] = session.execute(found)
    counts = {week: [0] * (len(WITHIN) + 1) for week in weeks}
    seconds: list[float] = []
    for left_at, paid_at in rows:
        took = max(left_at - paid_at, timedelta())
        seconds.append(took.total_seconds())
        counts[min(monday_of(left_at), weeks[-1])][sum(took > within for within in WITHIN)] += 1
    half = timedelta(seconds=median(seconds)) if seconds else None
    return [Figures(f"{week:%d %b}", tuple(counts[week])) for week in weeks], half


def monday_of(instant: datetime) -> date:
    day = day_of(instant)
    return day - timedelta(days=day.weekday())


def reorders_by_month(session: Session, today: date) -> list[Figures]:
    """Clients whose time to order again ended in each month: those who did, and those who did not."""
    last = number_of(today)
    found = followed(bought(session), today)
    return [
        Figures(f"{first_day(month):%b %Y}", (len(found[month][True]), len(found[month][False])))
        if month in found
        else Figures(f"{first_day(month):%b %Y}", (0, 0))
        for month in range(last - MONTHS + 1, last + 1)
    ]


def bought(session: Session) -> list[Bought]:
    """Every order that was accepted and not given back, by client and time; a merged record counts as the one that was kept."""
    person = func.coalesce(Client.kept_as_id, Client.id)
    found = select(person, Order.accepted_at, func.max(Approval.reorder_days)).join(
        Client, Client.id == Order.client_id
    )
    found = found.join(OrderLine, OrderLine.order_id == Order.id).join(Approval, Approval.id == OrderLine.approval_id)
    found = found.where(Order.status.in_(BOUGHT), Order.accepted_at.is_not(None))
    found = found.group_by(person, Order.id, Order.accepted_at).order_by(person, Order.accepted_at, Order.id)
    rows: Iterable[Any] = session.execute(found)
    return [Bought(client_id, day_of(at), days) for client_id, at, days in rows]


def followed(orders: Iterable[Bought], today: date) -> dict[int, dict[bool, set[int]]]:
    """By the month in which the time for the next order ended: the clients who ordered again by then, and the others. A client
    whose time ended twice in a month counts by the last of them. Pure; `orders` by client and time."""
    found: dict[int, dict[bool, set[int]]] = {}
    for one, after in pairwise([*orders, None]):
        assert one is not None
        ends = ends_on(one)
        if ends >= today:
            continue
        again = after is not None and after.client_id == one.client_id and after.on <= ends
        month = found.setdefault(number_of(ends), {True: set(), False: set()})
        month[not again].discard(one.client_id)
        month[again].add(one.client_id)
    return found


def ends_on(one: Bought) -> date:
    """The last day on which the next order is in time: the interval of the approval, and as long again."""
    return one.on + 2 * one.days * DAY


def share(figures: Iterable[Figures]) -> int | None:
    """The per cent of the first series; None where nothing was counted."""
    rows = list(figures)
    whole = sum(row.total for row in rows)
    return round(100 * sum(row.counts[0] for row in rows) / whole) if whole else None
