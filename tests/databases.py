"""The databases of the tests. The schema is made once; the tests of a file run inside one outer transaction that is rolled
back, each test one step inside it, so that what all of them start from may be built once for the file. Races
get a database of their own, with real commits and several connections, emptied afterwards."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session

import config
from storefront.app import create_app
from storefront.db import db
from storefront.orders.invoice_models import InvoiceBook, open_books
from tests import postgres

COMPILED = (
    config.ROOT / "build" / "templates"
)  # found by what a template says, so each is compiled once for all workers
SAVEPOINTS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


@contextmanager
def new_database(kind: str, folder: Path, commits: str | None = None) -> Iterator[str]:
    """An empty one. On PostgreSQL all of this process stand on one server, unless commits are to be as slow as in earnest."""
    if kind == "postgres":
        with postgres.server(commits) if commits is not None else postgres.database() as address:
            yield address
    else:
        yield f"sqlite:///{folder / 'shop.sqlite3'}"
        shutil.rmtree(folder)


def settings_for(address: str, folder: Path, **others: str) -> config.Settings:
    """The demo's settings over one database; what a test changes goes by the name of the variable."""
    demo = {"DEMO": "1", "INSTANCE_DIR": str(folder), "DATABASE_URL": address, "PORT": "8000"}
    return config.read_settings({**demo, **others})


def build(address: str, folder: Path) -> Flask:
    app = create_app(settings_for(address, folder))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.test_client_class = Visitor
    keep_compiled(app)
    with app.app_context():
        db.create_all()
    return app


def keep_compiled(app: Flask) -> None:
    """Spares the compiling of a template that any test of any run has drawn before."""
    COMPILED.mkdir(parents=True, exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(COMPILED))


class Visitor(FlaskClient):
    """Each request stands alone as in real life, and what the test wrote before is committed as it would be."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        mine = db.session() if db.session.registry.has() else None
        if mine is not None:
            mine.commit()
        with self.application.app_context():
            answer = super().open(*args, **kwargs)
        if mine is not None:
            mine.expire_all()
        return answer


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> Iterator[str]:
    yield str(request.config.getoption("--database"))
    postgres.end()


@pytest.fixture(scope="session")
def built_app(database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("shop")
    with new_database(database_kind, folder) as address:
        app = build(address, folder)
        yield app
        with app.app_context():
            db.engine.dispose()


@contextmanager
def writing_into(connection: Connection, app: Flask) -> Iterator[None]:
    """Whatever the shop commits meanwhile stays within the transaction of this connection."""
    with app.app_context():
        engine = db.engine
        engines: dict[str | None, Any] = db.engines  # type: ignore[assignment]
        db.session.remove()
        db.session.configure(join_transaction_mode="create_savepoint")
        engines[None] = connection
        try:
            yield
        finally:
            db.session.remove()
            engines[None] = engine
            db.session.configure(join_transaction_mode="conditional_savepoint")


@pytest.fixture(scope="module")
def ground(built_app: Flask) -> Iterator[Connection]:
    """What all tests of a file stand on: rows written into it are there for each of them, and go away with the file."""
    with built_app.app_context():
        engine = db.engine
    with engine.connect() as connection, connection.begin() as outer:
        yield connection
        outer.rollback()


@pytest.fixture
def app(built_app: Flask, ground: Connection) -> Iterator[Flask]:
    """The shop. Everything that the test and its requests commit goes away with the test."""
    with ground.begin_nested() as mine:
        with writing_into(ground, built_app):
            yield built_app
        mine.rollback()


@pytest.fixture
def session(app: Flask) -> Session:
    return db.session()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def races_app(database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("races")
    with new_database(database_kind, folder) as address:
        app = build(address, folder)
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def fresh_database(races_app: Flask) -> Iterator[Flask]:
    """An application on an empty database with real commits, for tests with several connections or processes."""
    yield races_app
    with races_app.app_context():
        db.session.remove()
        empty(db.engine)


def empty(engine: Engine) -> None:
    tables = ", ".join(f'"{table.name}"' for table in db.metadata.sorted_tables)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        else:
            connection.connection.execute("PRAGMA defer_foreign_keys=ON")
            with untriggered(connection):
                for table in reversed(db.metadata.sorted_tables):
                    connection.execute(table.delete())
        open_books(db.metadata.tables[InvoiceBook.__tablename__], connection)
        connection.commit()


@contextmanager
def untriggered(connection: Connection) -> Iterator[None]:
    """On SQLite nothing empties a table but DELETE, which the triggers of lasting rows refuse."""
    triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, statement in triggers:
        connection.exec_driver_sql(statement)


class Counted(list[str]):
    """The statements that were sent, in order."""


@pytest.fixture
def count_queries() -> Any:
    """`with count_queries() as sent:` keeps every statement but savepoints in `sent`."""

    @contextmanager
    def counting() -> Iterator[Counted]:
        sent = Counted()

        def keep(_connection: Connection, _cursor: Any, statement: str, *_others: Any) -> None:
            if not statement.startswith(SAVEPOINTS) and statement not in ("BEGIN", "BEGIN IMMEDIATE"):
                sent.append(statement)

        event.listen(Engine, "before_cursor_execute", keep)
        try:
            yield sent
        finally:
            event.remove(Engine, "before_cursor_execute", keep)

    return counting
