"""Alembic's door into the shop: the application's own engine, every table of it, one transaction per upgrade."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection, inspect

from catalogue.listing_guards import lay_guards, take_guards_down
from storefront.db import db


def render_item(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """A migration names our column type by its module, so that it reads the same in a year."""
    if kind == "type" and type(thing).__name__ == "UTCDateTime":
        return "catalogue.base.UTCDateTime()"
    return False


@contextmanager
def _tables_made_anew(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, while rows of others point at it: the keys are looked at when all is done."""
    raw = connection.connection
    if connection.dialect.name != "sqlite":
        yield
        return
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def run() -> None:
    options = current_app.extensions["migrate"].configure_args
    with db.engine.connect() as connection, _tables_made_anew(connection):
        # Says "immediately" to SQLite: an upgrade that is interrupted leaves the database as it was.
        connection = connection.execution_options(writes=True)
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            transactional_ddl=True,
            render_item=render_item,
            **options,
        )
        with context.begin_transaction():
            take_guards_down(connection)
            context.run_migrations()
            if inspect(connection).has_table("listing"):
                lay_guards(connection)
            if connection.dialect.name == "sqlite":
                orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                assert not orphans, f"rows that point at nothing: {orphans}"


run()
