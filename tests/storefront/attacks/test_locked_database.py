"""Somebody holds the database and does not let go: who writes is told to come back, who only reads is served, and nothing is
written by halves."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import func, select

from storefront import db as database
from storefront.accounts.models import Attempt
from storefront.db import db
from storefront.eligibility.consultations import ConsultationRequest

FORM = {"name": "Nora", "email": "nora@example.org", "concern": "A scar."}


@contextmanager
def held() -> Iterator[None]:
    """Another connection keeps everybody else from writing."""
    raw = db.engine.raw_connection()
    cursor = raw.cursor()
    if db.engine.dialect.name == "sqlite":
        cursor.execute("BEGIN EXCLUSIVE")
    else:
        cursor.execute("LOCK TABLE attempt, consultation_request, journal_head IN ACCESS EXCLUSIVE MODE")
    yield
    raw.rollback()
    raw.close()


@pytest.fixture
def shop(fresh_database: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr(database, "BUSY_MS", 200)
    with fresh_database.app_context():
        db.engine.dispose()
        yield fresh_database
        db.session.remove()
        db.engine.dispose()


def test_who_writes_is_told_to_come_back_and_who_reads_is_served(shop: Flask) -> None:
    browser = shop.test_client()
    with held():
        busy = browser.post("/consultation", data=FORM)
        assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
        assert "The shop is busy" in busy.text
        assert browser.get("/products").status_code == 200
    assert browser.post("/consultation", data=FORM).status_code == 303
    assert db.session.scalar(select(func.count(ConsultationRequest.id))) == 1
    assert db.session.scalar(select(func.count(Attempt.id))) == 2
