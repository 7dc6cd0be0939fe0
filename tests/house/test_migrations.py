"""A database that was migrated from nothing is the one that the models describe, on each kind of database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine, inspect, text

from storefront import create_app
from storefront.db import db
from tests.databases import new_database, settings_for

pytestmark = pytest.mark.database


@pytest.fixture
def two_apps(database_kind: str, tmp_path: Path) -> Iterator[tuple[Flask, Flask]]:
    """Two applications, each on an empty database."""
    folders = tmp_path / "migrated", tmp_path / "made"
    for folder in folders:
        folder.mkdir()
    with new_database(database_kind, folders[0]) as one, new_database(database_kind, folders[1]) as other:
        yield tuple(create_app(settings_for(*pair)) for pair in zip((one, other), folders, strict=True))  # type: ignore[misc]


def told(thing: Any) -> str:
    """A part of a table as text; a partial index keeps its condition as an object."""
    if isinstance(thing, dict):
        return str(sorted((str(key), told(value)) for key, value in thing.items()))
    return str(thing)


def shape(engine: Engine) -> dict[str, Any]:
    """All that a database knows of its tables, without the order in which it was told."""
    found = inspect(engine)
    shapes = {}
    for table in set(found.get_table_names()) - {"alembic_version"}:
        shapes[table] = {
            "columns": sorted(map(told, found.get_columns(table))),
            "primary key": told(found.get_pk_constraint(table)),
            "foreign keys": sorted(map(told, found.get_foreign_keys(table))),
            "unique": sorted(map(told, found.get_unique_constraints(table))),
            "checks": sorted(map(told, found.get_check_constraints(table))),
            "indexes": sorted(map(told, found.get_indexes(table))),
        }
    return shapes


TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT p.proname, pg_get_triggerdef(t.oid) || p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
    " WHERE NOT t.tgisinternal",
}


def triggers(engine: Engine) -> set[tuple[str, str]]:
    """What the database refuses by itself, in its own words."""
    with engine.connect() as connection:
        return {(row[0], " ".join(row[1].split())) for row in connection.execute(text(TRIGGERS[engine.dialect.name]))}


def test_migrations_from_nothing_equal_the_models(two_apps: tuple[Flask, Flask]) -> None:
    migrated, made = two_apps
    with migrated.app_context():
        upgrade()
        by_migration, guarded = shape(db.engine), triggers(db.engine)
        db.engine.dispose()
    with made.app_context():
        db.create_all()
        by_models = shape(db.engine)
        assert guarded == triggers(db.engine) != set()
        db.engine.dispose()
    assert set(by_migration) == set(by_models)
    for table in by_models:
        assert by_migration[table] == by_models[table]


def test_migrations_can_be_taken_back(two_apps: tuple[Flask, Flask]) -> None:
    migrated, _ = two_apps
    with migrated.app_context():
        upgrade()
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
        db.engine.dispose()
