"""The tables of the trade as files, and the accounts of a month for the accountant: the same numbers as on the page, in pounds."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from decimal import Decimal

from sqlalchemy.orm import Session

from storefront import clock
from storefront.admin.export_kinds import Arguments, WorkedOut
from storefront.orders import accounts, trade_figures
from storefront.roles import ADMIN

SALES = ("Taken", "Given back")
DISPATCHED = ("1 day", "2 days", "4 days", "Longer")
REORDERED = ("Ordered again", "Did not")
ACCOUNTS = (
    "What", "Tax point", "Paper", "Order", "Accepted", "At the payment provider", "VAT rate (%)", "Net (£)", "VAT (£)",
    "Gross (£)",
)  # fmt: skip


def pounds(pence: int | None) -> Decimal | None:
    return None if pence is None else Decimal(pence) / 100


def sales(session: Session, _arguments: Arguments) -> Iterator[Sequence[object]]:
    for row in trade_figures.sales_by_week(session, clock.today()):
        yield (row.label, *map(pounds, row.counts))


def dispatched(session: Session, _arguments: Arguments) -> Iterator[Sequence[object]]:
    for row in trade_figures.dispatch_times(session, clock.today())[0]:
        yield (row.label, *row.counts)


def reordered(session: Session, _arguments: Arguments) -> Iterator[Sequence[object]]:
    for row in trade_figures.reorders_by_month(session, clock.today()):
        yield (row.label, *row.counts, trade_figures.share([row]))


def booked(session: Session, arguments: Arguments) -> Iterator[Sequence[object]]:
    """The accounts of the month that the address says, as YYYY-MM; of this month where it says none."""
    first = accounts.month_asked(arguments.get("month", ""), clock.today())
    for row in accounts.accounts_of(session, first):
        *named, net, tax, gross = astuple(row)
        yield (*named, pounds(net), pounds(tax), pounds(gross))


TRADE = {
    "sales-by-week": WorkedOut(
        "Sales and refunds by week", ("Week from", *(f"{n} (£)" for n in SALES)), sales, (ADMIN,)
    ),
    "dispatch-times": WorkedOut(
        "From paid to dispatched, by week", ("Week from", *(f"Parcels: {n}" for n in DISPATCHED)), dispatched, (ADMIN,)
    ),
    "reorders-by-month": WorkedOut(
        "Clients who ordered again, by month", ("Month", *REORDERED, "Share (%)"), reordered, (ADMIN,)
    ),
    "accounts": WorkedOut("Accounts of a month", ACCOUNTS, booked, (ADMIN,)),
}
