"""What a monitor reads."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine

import storefront
from catalogue import specification
from storefront import clock
from storefront.db import db, transaction
from storefront.messages.actions import beat


def test_a_well_shop_says_so(client: FlaskClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json == {
        "status": "ok",
        "version": storefront.__version__,
        "database": "ok",
        "worker_last_beat": None,
        "specification": specification.load().version,
    }


def test_the_last_beat_of_the_worker_is_told(client: FlaskClient) -> None:
    for _ in range(2):
        now = clock.now()
        with transaction():
            beat(now)
    assert client.get("/health").json["worker_last_beat"] == now.isoformat(timespec="seconds")


def test_without_its_database_the_shop_is_down(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = create_engine("sqlite:////nowhere/at/all.sqlite3")
    monkeypatch.setitem(db.engines, None, nowhere)
    db.session.remove()
    answer = client.get("/health")
    assert (answer.status_code, answer.json["database"]) == (503, "down")
    assert answer.headers["Retry-After"]
