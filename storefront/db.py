"""The database and the one place that commits. A write begins fresh: on SQLite it takes the write lock at once
(BEGIN IMMEDIATE), so that what a rule reads cannot change before the commit; on PostgreSQL actions lock rows."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, Update, event

from catalogue import journal
from catalogue.base import Base

db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
BUSY_MS = 5000


@contextmanager
def transaction() -> Iterator[None]:
    """Commits on success; rolls back and re-raises otherwise. Opened by edges only: a POST route, the webhook, a job, a command."""
    db.session.rollback()
    db.session.connection(execution_options={"writes": True})
    try:
        yield
        journal.seal(db.session())
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def rows_changed(statement: Update) -> int:
    """Carries out a guarded update: how many rows it found as it named them. None where somebody else was quicker."""
    return db.session.execute(statement).rowcount  # type: ignore[attr-defined,no-any-return]


@event.listens_for(Engine, "connect")
def _open_postgres(connection: Any, _record: object) -> None:
    """Nobody waits for a lock for ever: a page says that the shop is busy instead. And no query is compiled first: those of a
    shop are short, and where a table has no statistics yet the compiler costs a hundred times what it saves."""
    if type(connection).__module__.startswith("psycopg"):
        connection.execute(f"SET lock_timeout = {BUSY_MS}")
        connection.execute("SET jit = off")
        connection.commit()


@event.listens_for(Engine, "connect")
def _open_sqlite(connection: object, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
