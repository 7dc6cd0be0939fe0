"""The two kinds of list that leave as a file: the columns of a select, read a few hundred rows at a time; and rows that are worked
out, product by product or rule by rule. Each says who may take it and whose looks have to be noted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from storefront.roles import ADMIN, PRACTITIONER

Arguments = MultiDict[str, str]
ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Looks:
    """Of whom a list tells what nobody reads without a line in the journal: subject and verb of the line, and its reference."""

    subject: str
    verb: str
    reference: Any


@dataclass(frozen=True)
class Export:
    """A list: its columns by title, who may take it, and whether it holds people, which is written to the journal."""

    title: str
    columns: Mapping[str, Any]
    rows: Callable[[Arguments], Select[Any]]
    roles: tuple[str, ...] = (ADMIN, PRACTITIONER)
    holds_people: bool = False
    looks: Looks | None = None

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def read(self, session: Session, arguments: Arguments) -> Iterator[Sequence[object]]:
        """The rows as columns, for the filters that an address says."""
        named = (column.label(f"column_{n}") for n, column in enumerate(self.columns.values()))
        selected = self.rows(arguments).with_only_columns(*named, maintain_column_froms=True)
        for row in session.execute(selected.execution_options(yield_per=ROWS_AT_ONCE)):
            yield self.cells(row)

    def cells(self, row: Row[Any]) -> list[object]:
        """Amounts are kept in pence; a sheet shows pounds."""
        is_money = (title.endswith("(£)") for title in self.columns)
        return [
            Decimal(value) / 100 if money and value is not None else value
            for money, value in zip(is_money, row, strict=True)
        ]

    def seen(self, session: Session, arguments: Arguments) -> list[tuple[str, str]]:
        """Verb and reference of a line for each whose record is in the list."""
        if self.looks is None:
            return []
        found = self.rows(arguments).with_only_columns(self.looks.reference, maintain_column_froms=True)
        return [(self.looks.verb, one) for one in session.scalars(found.order_by(None).distinct())]


@dataclass(frozen=True)
class WorkedOut:
    """A list of which no table is kept."""

    title: str
    titles: tuple[str, ...]
    work_out: Callable[[Session, Arguments], Iterator[Sequence[object]]]
    roles: tuple[str, ...] = (ADMIN, PRACTITIONER)
    holds_people: bool = False
    looks: None = None

    def read(self, session: Session, arguments: Arguments) -> Iterator[Sequence[object]]:
        return self.work_out(session, arguments)

    def seen(self, _session: Session, _arguments: Arguments) -> list[tuple[str, str]]:
        return []
