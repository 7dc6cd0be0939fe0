"""The tables of the charts as files: the same months and counts, and the same names of the series."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from sqlalchemy.orm import Session

from catalogue import outlook
from catalogue.outlook import Counted
from storefront import clock
from storefront.admin.export_kinds import Arguments, WorkedOut

VERDICTS = ("Accepted", "Incomplete", "Rejected", "Waiting")
PROOFS = ("Documents",)
STOCK = ("Released", "Not released")


def charted(title: str, series: tuple[str, ...], count: Callable[[Session, date], list[Counted]]) -> WorkedOut:
    def rows(session: Session, _arguments: Arguments) -> Iterator[Sequence[object]]:
        for row in count(session, clock.today()):
            yield (when(row), *row.counts)

    return WorkedOut(title, ("Month", *series), rows)


def when(row: Counted) -> str:
    """The month, or that it lies before or after all of them, as the chart says."""
    return f"{row.month:%Y-%m}" if row.month else "Expired" if row.is_before else "Later"


CHARTED = {
    "verdicts-by-month": charted("Products by verdict, month by month", VERDICTS, outlook.verdict_history),
    "proofs-by-month": charted("Documents by month of expiry", PROOFS, outlook.proofs_by_month),
    "stock-by-month": charted("Stock by month of expiry", STOCK, outlook.stock_by_month),
}
