"""How the catalogue stood at the end of each month, and what runs out in each month to come. Counted in the database, so that a
chart costs one query whatever the number of products, documents and batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, extract, func, literal, select, union_all
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.products import DossierChange, DossierRow, EvidenceRow, Vetting
from catalogue.stock import free

STATES = ("accepted", "incomplete", "rejected", "waiting")
BEHIND, AHEAD = 12, 18  # months


@dataclass(frozen=True, slots=True)
class Counted:
    """A month, or what lies before or after all of them, with a count for each series in order."""

    month: date | None
    counts: tuple[int, ...]
    is_before: bool = False

    @property
    def total(self) -> int:
        return sum(self.counts)


def verdict_history(session: Session, today: date) -> list[Counted]:
    """How many products stood at each month's end under each verdict, by what was signed last; a dossier that was entered or
    changed since is waiting. The month of today is as of now."""
    last = number_of(today)
    months = range(last - BEHIND + 1, last + 1)
    rows = session.execute(_periods(months[0])).all()
    return [Counted(first_day(month), tuple(_standing(rows, state, month) for state in STATES)) for month in months]


def proofs_by_month(session: Session, today: date) -> list[Counted]:
    """Documents of dossiers by the month in which they expire; those without a last day are left out."""
    month = _month_ahead(EvidenceRow.expires_on, today)
    found = select(month, func.count()).where(EvidenceRow.expires_on.is_not(None)).group_by(month)
    return _ahead(session.execute(found).all(), today, 1)


def stock_by_month(session: Session, today: date) -> list[Counted]:
    """Free units by the month in which their batch expires: released, and not released."""
    month, is_released = _month_ahead(Batch.expires_on, today), Batch.status == "released"
    released = func.sum(case((is_released, free), else_=0))
    found = select(month, released, func.sum(case((is_released, 0), else_=free))).where(free > 0).group_by(month)
    return _ahead(session.execute(found).all(), today, 2)


def number_of(day: date) -> int:
    """Months since the year 0, so that they can be counted on."""
    return day.year * 12 + day.month - 1


def first_day(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _number(column: Any) -> ColumnElement[int]:
    return extract("year", column) * 12 + extract("month", column) - 1


def _periods(first: int) -> Select[Any]:
    """For each verdict how many products had it from which month until which; what began before the first month, in it."""
    signed = select(Vetting.product_id, Vetting.signed_at, literal(1), Vetting.id, Vetting.verdict)
    changed = select(DossierRow.product_id, DossierChange.at, literal(0), DossierChange.id, literal("waiting"))
    changed = changed.join(DossierRow, DossierRow.id == DossierChange.dossier_id)
    product, at, rank, number, state = (events := union_all(signed, changed).subquery()).c
    month = case((_number(at) < first, first), else_=_number(at))
    until = func.lead(month).over(partition_by=product, order_by=(at, rank, number))
    each = select(state.label("state"), month.label("month"), until.label("until")).select_from(events).subquery()
    return select(each.c.state, each.c.month, each.c.until, func.count()).group_by(*each.c)


def _standing(rows: Sequence[Any], state: str, month: int) -> int:
    return sum(
        count
        for was, begun, until, count in rows
        if was == state and begun <= month and (until is None or until > month)
    )


def _month_ahead(column: Any, today: date) -> ColumnElement[int]:
    """The month's number; the one before this for what has expired, the one after the last for all that is later."""
    this = number_of(today)
    month = _number(column)
    return case((column < today, this - 1), (month >= this + AHEAD, this + AHEAD), else_=month)


def _ahead(rows: Sequence[Any], today: date, series: int) -> list[Counted]:
    """What has expired, each month from this one on, and all that is later."""
    this = number_of(today)
    known = {int(row[0]): tuple(int(count) for count in row[1:]) for row in rows}
    none = (0,) * series
    months = [Counted(first_day(month), known.get(month, none)) for month in range(this, this + AHEAD)]
    before = Counted(None, known.get(this - 1, none), is_before=True)
    return [before, *months, Counted(None, known.get(this + AHEAD, none))]
