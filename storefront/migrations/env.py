"""Alembic's door into the shop: the application's own engine, every table of it, one transaction per upgrade."""

from typing import Any, Literal

from alembic import context
from flask import current_app

from storefront.db import db


def render_item(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """A migration names our column type by its module, so that it reads the same in a year."""
    if kind == "type" and type(thing).__name__ == "UTCDateTime":
        return "catalogue.base.UTCDateTime()"
    return False


def run() -> None:
    options = current_app.extensions["migrate"].configure_args
    with db.engine.connect() as connection:
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
            context.run_migrations()


run()
