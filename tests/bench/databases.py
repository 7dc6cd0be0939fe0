"""Databases with very many rows, made by the database itself, and the time that it takes to answer."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Column, Connection, Date, Integer, Numeric, event
from sqlalchemy.schema import CreateIndex, DropIndex

from catalogue.base import Base, UTCDateTime
from storefront.db import db
from tests import postgres
from tests.databases import build, new_database

Tell = Callable[[str], Any]
KINDS = ("sqlite", "postgres")
NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) ",
    "postgresql": "WITH numbers(n) AS (SELECT generate_series(1, {count})) ",
}
# While filling, nothing has to reach the disk, and rows may come before those that they name.
HASTE = {
    "sqlite": [
        f"PRAGMA {setting}"
        for setting in ("foreign_keys=OFF", "journal_mode=OFF", "synchronous=OFF", "cache_size=-500000")
    ],
    "postgresql": ["SET session_replication_role = replica", "SET maintenance_work_mem = '1GB'"],
}


@contextmanager
def shop_on(kind: str, commits: str = postgres.FAST) -> Iterator[Flask]:
    """The shop on an empty database of that kind, inside its application context."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "rows"
        place.mkdir()
        with new_database(kind, place, commits) as address:
            app = build(address, place)
            with app.app_context():
                yield app
                db.session.remove()
                db.engine.dispose()


@contextmanager
def filling() -> Iterator[Tell]:
    """A connection in a hurry, each statement by itself; afterwards the database has seen what it holds."""
    with _by_itself() as tell:
        for setting in HASTE[db.engine.dialect.name]:
            tell(setting)
        yield tell
    look()


def look() -> None:
    """The database looks at all rows, as it does now and then in daily use."""
    with _by_itself() as tell:
        tell("ANALYZE" if db.engine.dialect.name == "sqlite" else "VACUUM ANALYZE")


@contextmanager
def _by_itself() -> Iterator[Tell]:
    raw = db.engine.raw_connection()
    if db.engine.dialect.name == "postgresql":  # on SQLite every connection of the shop is so
        raw.driver_connection.autocommit = True  # type: ignore[union-attr]
    yield raw.cursor().execute
    raw.invalidate()


def fill(tell: Tell, model: type[Base], count: int, columns: Mapping[str, str]) -> None:
    """So many rows, their columns as SQL over n = 1, 2, …; what must be there and is not named gets a value of its type.
    Indexes are made afterwards, which is much quicker."""
    table, dialect = db.metadata.tables[model.__tablename__], db.engine.dialect
    told = {column.name: _any(column) for column in table.columns if not column.nullable and not column.primary_key}
    told |= columns
    for index in table.indexes:
        tell(str(DropIndex(index).compile(dialect=dialect)))
    names, values = ", ".join(f'"{name}"' for name in told), ", ".join(told.values())
    numbers = NUMBERS[dialect.name].format(count=count)
    tell(f'INSERT INTO "{table.name}" ({names}) {numbers} SELECT {values} FROM numbers')
    for index in table.indexes:
        tell(str(CreateIndex(index).compile(dialect=dialect)))


def _any(column: Column[Any]) -> str:
    if isinstance(column.type, (Integer, Numeric)):
        return "1"
    if isinstance(column.type, UTCDateTime):
        return "'2026-01-01 12:00:00'"
    return "'2026-01-01'" if isinstance(column.type, Date) else "''"


def milliseconds(call: Callable[[], object], times: int = 9) -> float:
    """How long the database takes for the statements that the call sends: the quickest of several runs, which whatever
    else the machine does disturbed least, and without what Python makes of the rows. PostgreSQL tells it by its own clock,
    planning included; SQLite works in our thread, whose clock stands still while others have the core."""
    sent: list[tuple[str, Any]] = []

    def keep(_connection: Connection, _cursor: Any, statement: str, given: Any, *_others: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append((statement, given))

    event.listen(db.engine, "before_cursor_execute", keep)
    call()
    event.remove(db.engine, "before_cursor_execute", keep)
    db.session.rollback()
    raw = db.engine.raw_connection()
    ask = _asked_of_postgres if db.engine.dialect.name == "postgresql" else _asked_of_sqlite
    try:
        return min(sum(ask(raw.cursor(), *each) for each in sent) for _ in range(times))
    finally:
        raw.close()


def _asked_of_sqlite(cursor: Any, statement: str, given: Any) -> float:
    begun = time.thread_time()
    cursor.execute(statement, given)
    cursor.fetchall()
    return (time.thread_time() - begun) * 1000


def _asked_of_postgres(cursor: Any, statement: str, given: Any) -> float:
    cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", given)
    told = cursor.fetchone()[0][0]
    return float(told["Planning Time"] + told["Execution Time"])
