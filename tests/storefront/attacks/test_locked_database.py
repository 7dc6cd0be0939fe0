"""Somebody holds the database and does not let go: who writes is told to come back, who only reads is served, and nothing is
written by halves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from storefront import clock
from storefront import db as database
from storefront.accounts.models import Attempt
from storefront.db import db, transaction
from storefront.eligibility.consultations import ConsultationRequest
from storefront.front.forms import stamp
from tests.storefront.orders import world

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
    form = {**FORM, "began": stamp(clock.now() - timedelta(minutes=1))}
    with held():
        busy = browser.post("/consultation", data=form)
        assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
        assert "The shop is busy" in busy.text
        assert browser.get("/products").status_code == 200
    assert browser.post("/consultation", data=form).status_code == 303
    assert db.session.scalar(select(func.count(ConsultationRequest.id))) == 1
    assert db.session.scalar(select(func.count(Attempt.id))) == 2


def test_who_may_not_is_refused_also_when_the_journal_cannot_be_written(shop: Flask) -> None:
    with transaction():
        client = world.new_client()
    browser = shop.test_client()
    browser.post("/demo/person", data={"email": client.email})
    with held():
        assert browser.get("/admin").status_code == 403
