"""The ground on which tests stand: nothing stays behind, requests see what was written, nothing leaves this machine."""

import socket
import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM, JournalEntry, broken_links, note
from storefront import clock
from storefront.db import db, transaction


def write(verb: str) -> None:
    with transaction():
        note(db.session(), verb, "test", "1", SYSTEM, clock.now())


@pytest.mark.parametrize("turn", [1, 2])
def test_what_one_test_commits_is_gone_in_the_next(session: Session, turn: int) -> None:
    assert session.scalars(select(JournalEntry)).all() == []
    write(f"turn {turn}")
    write("again")
    assert [entry.number for entry in session.scalars(select(JournalEntry))] == [1, 2]
    assert list(broken_links(session)) == []


def test_a_failed_transaction_leaves_no_trace(session: Session) -> None:
    write("first")

    def fail() -> None:
        with transaction():
            note(db.session(), "second", "test", "1", SYSTEM, clock.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [entry.verb for entry in session.scalars(select(JournalEntry))] == ["first"]


def test_a_request_and_its_test_see_each_other(app: Flask, client: FlaskClient, session: Session) -> None:
    entry = JournalEntry(at=clock.now(), verb="typed", subject="s", reference="1", by_name="", by_role="")
    session.add(entry)
    session.flush()
    assert client.get("/nowhere", headers={"Accept": "application/json"}).status_code == 404
    write("after")
    assert {found.verb for found in session.scalars(select(JournalEntry))} == {"typed", "after"}


def test_queries_are_counted(session: Session, count_queries: Any) -> None:
    with count_queries() as sent:
        session.scalars(select(JournalEntry)).all()
        session.scalars(select(JournalEntry.id)).all()
    assert len(sent) == 2


def test_two_connections_write_one_after_the_other(fresh_database: Flask) -> None:
    def work() -> None:
        with fresh_database.app_context():
            write("raced")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with fresh_database.app_context():
        numbers = db.session.scalars(select(JournalEntry.number).order_by(JournalEntry.number)).all()
        assert numbers == [1, 2, 3, 4]
        assert list(broken_links(db.session())) == []


def test_fresh_database_is_empty(fresh_database: Flask) -> None:
    with fresh_database.app_context():
        assert db.session.scalars(select(JournalEntry)).all() == []


def test_no_test_reaches_beyond_this_machine() -> None:
    with socket.socket() as probe, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        probe.connect(("192.0.2.1", 25))
