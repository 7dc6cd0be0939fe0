"""The stand-in's own SQLite file: objects as Stripe would answer them, and what is due to be delivered.

One `Book` is one transaction. All that must survive a `kill -9` is a row; rows that are due are the queue.
"""

import json
import secrets
import sqlite3
import string
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

Thing = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS thing (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created INTEGER NOT NULL, body TEXT NOT NULL, hidden TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS thing_kind ON thing (kind, seq);
CREATE INDEX IF NOT EXISTS thing_intent ON thing (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS thing_status ON thing (kind, json_extract(body, '$.status'));
CREATE TABLE IF NOT EXISTS answer (
    key TEXT PRIMARY KEY, path TEXT NOT NULL, asked TEXT NOT NULL, status INTEGER, body TEXT,
    at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS delivery (
    event TEXT PRIMARY KEY, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    delivered_at REAL, last_error TEXT);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (due_at) WHERE delivered_at IS NULL;
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL, status INTEGER NOT NULL, delay REAL NOT NULL,
    happens TEXT NOT NULL, times INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY CHECK (id = 1), shift INTEGER NOT NULL);
"""
ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    """An identifier in Stripe's manner, which nobody can guess."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(length))


class Book:
    """One transaction on the stand-in's rows. `asked` is the request it serves, for its events."""

    def __init__(self, connection: sqlite3.Connection, asked: Thing, delivers: bool) -> None:
        self.sql = connection
        self.asked = asked
        self.delivers = delivers
        shift = connection.execute("SELECT shift FROM clock").fetchone()
        self.now = int(time.time()) + (shift[0] if shift else 0)

    def add(self, thing: Thing, hidden: Thing | None = None) -> Thing:
        """Keep a new object. What Stripe knows but does not show (a card's number) goes into `hidden`."""
        self.sql.execute(
            "INSERT INTO thing (id, kind, created, body, hidden) VALUES (?, ?, ?, ?, ?)",
            (thing["id"], thing["object"], thing["created"], json.dumps(thing), json.dumps(hidden or {})),
        )
        return thing

    def save(self, thing: Thing) -> Thing:
        self.sql.execute("UPDATE thing SET body = ? WHERE id = ?", (json.dumps(thing), thing["id"]))
        return thing

    def find(self, kind: str, id_: str) -> Thing | None:
        row = self.sql.execute("SELECT body FROM thing WHERE id = ? AND kind = ?", (id_, kind)).fetchone()
        return json.loads(row[0]) if row else None

    def known(self, id_: str) -> Thing:
        """An object that one of ours points to."""
        body = self.sql.execute("SELECT body FROM thing WHERE id = ?", (id_,)).fetchone()[0]
        return json.loads(body)  # type: ignore[no-any-return]

    def hidden(self, id_: str) -> Thing:
        body = self.sql.execute("SELECT hidden FROM thing WHERE id = ?", (id_,)).fetchone()[0]
        return json.loads(body)  # type: ignore[no-any-return]

    def hide(self, id_: str, hidden: Thing) -> None:
        self.sql.execute("UPDATE thing SET hidden = ? WHERE id = ?", (json.dumps(hidden), id_))

    def all(self, kind: str, **equal: Any) -> list[Thing]:
        """Every object of a kind whose fields equal these, newest first."""
        where, values = _equal(equal)
        rows = self.sql.execute(
            f"SELECT body FROM thing WHERE kind = ?{where} ORDER BY seq DESC",  # noqa: S608 - names are our own
            [kind, *values],
        )
        return [json.loads(row[0]) for row in rows]

    def page(
        self, kind: str, equal: Mapping[str, Any], more: str = "", values: Sequence[Any] = (), limit: int = 10
    ) -> list[Thing]:
        """One page, newest first; `more` is further SQL of our own with its values."""
        where, first = _equal(equal)
        order = "ASC" if "seq >" in more else "DESC"
        rows = self.sql.execute(
            f"SELECT body FROM thing WHERE kind = ?{where}{more} ORDER BY seq {order} LIMIT ?",  # noqa: S608
            [kind, *first, *values, limit],
        )
        found = [json.loads(row[0]) for row in rows]
        return found if order == "DESC" else found[::-1]

    def tell(self, kind: str, thing: Thing) -> None:
        """Write an event with the object as it is now; it is due once this transaction commits."""
        event = {
            "id": new_id("evt_"),
            "object": "event",
            "api_version": self.asked.get("version"),
            "created": self.now,
            "data": {"object": thing},
            "livemode": False,
            "pending_webhooks": 1 if self.delivers else 0,
            "request": {"id": self.asked.get("id"), "idempotency_key": self.asked.get("key")},
            "type": kind,
        }
        self.add(event)
        if self.delivers:
            self.sql.execute("INSERT INTO delivery (event, due_at) VALUES (?, ?)", (event["id"], time.time()))


def _equal(fields: Mapping[str, Any]) -> tuple[str, list[Any]]:
    where = "".join(f" AND json_extract(body, '$.{name}') = ?" for name in fields)
    return where, list(fields.values())


class Store:
    """The database file. Each transaction has a connection of its own, so any thread may open one."""

    def __init__(self, path: str | Path, delivers: bool = False) -> None:
        self.path = str(path)
        self.delivers = delivers
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    @contextmanager
    def writing(self, asked: Thing | None = None) -> Iterator[Book]:
        """A writing transaction: all of it, or nothing when an error leaves the block."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Book(connection, asked or {}, self.delivers)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[Book]:
        with closing(self._connect()) as connection:
            connection.execute("BEGIN")
            yield Book(connection, {}, delivers=False)
