"""The accounts of one month, as an accountant books them: every invoice and credit note by rate of VAT, what was taken or given
back and has no paper yet, and the proof that all of it is the money that went through the payment provider, to the penny."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Executable, case, func, select
from sqlalchemy.orm import Session

from catalogue.outlook import first_day, number_of
from storefront.clock import beginning_of, day_of
from storefront.orders.invoice_models import Invoice
from storefront.orders.invoice_rules import InvoiceLine, by_rate
from storefront.orders.models import Capture, Order, Refund
from storefront.orders.trade_figures import place_among, sums_between

KINDS = {"invoice": "Invoice", "credit_note": "Credit note"}
NO_PAPER = {"invoice": "Taken, no invoice yet", "credit_note": "Given back, no credit note yet"}
SIGNS = {"invoice": 1, "credit_note": -1}
ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Booked:
    """One line of the accounts in pence; what goes back to a client is negative. Without a paper nobody knows the rate yet."""

    what: str
    day: date | None
    paper: str
    order: str
    accepted_on: date | None
    reference: str
    rate: str
    net: int | None
    tax: int | None
    gross: int


@dataclass(frozen=True, slots=True)
class Month:
    """What was booked in a month beside what went through the payment provider."""

    first: date
    net: int
    tax: int
    taken: int
    given: int

    @property
    def gross(self) -> int:
        return self.net + self.tax

    @property
    def has_moved(self) -> bool:
        return any((self.net, self.tax, self.taken, self.given))

    @property
    def missing(self) -> int:
        """What has no paper yet; nothing where the books are complete."""
        return self.taken - self.given - self.gross


def month_asked(text: str, today: date) -> date:
    """The first day of the month of an address, as YYYY-MM; of the month of today for anything else."""
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == 7 else "")
    except ValueError:
        return today.replace(day=1)


def next_month(first: date) -> date:
    return first_day(number_of(first) + 1)


def accounts_of(session: Session, first: date) -> Iterator[Booked]:
    """Every paper of the month by rate, what has none, then the sums by rate and the proof."""
    sums: dict[str, tuple[int, int]] = {}
    booked = 0
    for line in [*_papers(session, first), *_without_paper(session, first)]:
        yield line
        booked += line.gross
        if line.net is not None and line.tax is not None:
            net, tax = sums.get(line.rate, (0, 0))
            sums[line.rate] = net + line.net, tax + line.tax
    for rate in sorted(sums, key=Decimal, reverse=True):
        yield _sum("Sum at this rate", rate, *sums[rate])
    net, tax = sum(each[0] for each in sums.values()), sum(each[1] for each in sums.values())
    yield _sum("Sum of all papers", "", net, tax)
    taken, given = _moved(session, first)
    yield _money("Taken at the payment provider", taken)
    yield _money("Given back at the payment provider", -given)
    yield _money("Difference", booked - (taken - given))


def _papers(session: Session, first: date) -> Iterator[Booked]:
    found = select(Invoice, Order.number, Order.accepted_at, Order.intent_id, Refund.stripe_id)
    found = found.join(Order, Order.id == Invoice.order_id).outerjoin(Refund, Refund.id == Invoice.refund_id)
    found = found.where(Invoice.supplied_on >= first, Invoice.supplied_on < next_month(first))
    found = found.order_by(Invoice.supplied_on, Invoice.id).execution_options(yield_per=ROWS_AT_ONCE)
    rows: Iterable[Any] = session.execute(found)
    for invoice, number, accepted_at, intent, refund in rows:
        sign, reference = SIGNS[invoice.kind], (refund if invoice.refund_id else intent) or ""
        named = (KINDS[invoice.kind], invoice.supplied_on, invoice.number, number, day_of(accepted_at), reference)
        for rate in by_rate(InvoiceLine(**line) for line in json.loads(invoice.words)["lines"]):
            yield Booked(*named, rate.tax_percent, sign * rate.net, sign * rate.tax, sign * (rate.net + rate.tax))


def _without_paper(session: Session, first: date) -> Iterator[Booked]:
    """Money that moved in the month and whose paper the worker has not issued yet."""
    taken = select(Capture.done_at, Order.number, Order.accepted_at, Order.intent_id, Capture.amount_minor)
    taken = taken.join(Order, Order.id == Capture.order_id).where(
        Capture.order_id.not_in(select(Invoice.order_id).where(Invoice.kind == "invoice"))
    )
    given = select(Refund.done_at, Order.number, Order.accepted_at, Refund.stripe_id, Refund.amount_minor)
    given = given.join(Order, Order.id == Refund.order_id).where(
        Refund.id.not_in(select(Invoice.refund_id).where(Invoice.refund_id.is_not(None)))
    )
    yield from _unbooked(session, "invoice", taken.where(*_within(Capture.done_at, first)).order_by(Capture.id))
    yield from _unbooked(session, "credit_note", given.where(*_within(Refund.done_at, first)).order_by(Refund.id))


def _unbooked(session: Session, kind: str, found: Executable) -> Iterator[Booked]:
    rows: Iterable[Any] = session.execute(found)
    for at, number, accepted_at, reference, amount in rows:
        gross = SIGNS[kind] * amount
        named = (NO_PAPER[kind], day_of(at), "", number, day_of(accepted_at), reference or "")
        yield Booked(*named, "", None, None, gross)


def _within(column: Any, first: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    begun, ended = _ends(first)
    return column >= begun, column < ended


def _ends(first: date) -> tuple[datetime, datetime]:
    return beginning_of(first), beginning_of(next_month(first))


def _moved(session: Session, first: date) -> tuple[int, int]:
    """Pence taken and given back in a month."""
    days = [first, next_month(first)]
    taken = sums_between(session, Capture.done_at, Capture.amount_minor, days)
    return taken[0], sums_between(session, Refund.done_at, Refund.amount_minor, days)[0]


def _sum(what: str, rate: str, net: int, tax: int) -> Booked:
    return Booked(what, None, "", "", None, "", rate, net, tax, net + tax)


def _money(what: str, amount: int) -> Booked:
    return Booked(what, None, "", "", None, "", "", None, None, amount)


def months_of(session: Session, today: date, count: int) -> Sequence[Month]:
    """The last months, this one first, each with its papers and its money. Three queries."""
    last = number_of(today)
    firsts = [first_day(month) for month in range(last - count + 1, last + 1)]
    booked = _booked(session, firsts)
    taken = sums_between(session, Capture.done_at, Capture.amount_minor, firsts)
    given = sums_between(session, Refund.done_at, Refund.amount_minor, firsts)
    months = zip(firsts, taken, given, strict=True)
    return [Month(first, *booked.get(nth, (0, 0)), was, back) for nth, (first, was, back) in enumerate(months)][::-1]


def _booked(session: Session, firsts: Sequence[date]) -> dict[int, tuple[int, int]]:
    """Net and tax of the papers by the place of their month."""
    sign = case((Invoice.kind == "invoice", 1), else_=-1)
    net, tax = sign * (Invoice.gross_minor - Invoice.tax_minor), sign * Invoice.tax_minor
    place = place_among(Invoice.supplied_on, firsts)
    found = select(place, func.sum(net), func.sum(tax)).where(Invoice.supplied_on >= firsts[0]).group_by("place")
    return {int(row[0]): (int(row[1]), int(row[2])) for row in session.execute(found)}
