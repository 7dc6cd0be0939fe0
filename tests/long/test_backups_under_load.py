"""Backups that are written while clients buy. Each is one instant: put back, it breaks no rule, and whatever was answered before it
was begun is in it."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from storefront import backups, clock
from storefront.app import create_app
from storefront.db import db
from storefront.orders.audit import broken_rows
from storefront.orders.models import Order
from tests import postgres
from tests.databases import settings_for
from tests.long.buyer import Buyer, patiently
from tests.long.running import Running
from tests.storefront.test_backups import broken_copy

pytestmark = pytest.mark.process
BUYERS = ("clara.whitlock@example.org", "quinn.adair@example.org", "amara.bell@example.org")
BACKUPS = 3


@contextmanager
def buying(shop: Running, email: str) -> Iterator[list[str]]:
    """A client who orders and changes their mind, again and again; the numbers that they were told."""
    told: list[str] = []
    over = threading.Event()
    buyer = patiently(lambda: Buyer(shop.settings.base_url, shop.settings.stripe_api_url, email))

    def buy() -> None:
        while not over.is_set():
            told.append(buyer.order()[0])
            buyer.cancel(told[-1])

    going = threading.Thread(target=buy)
    going.start()
    try:
        yield told
    finally:
        over.set()
        going.join()


def empty_shop(shop: Running, folder: Path, number: int) -> Flask:
    """The same clinic over an empty database."""
    if shop.settings.database_url.startswith("sqlite"):
        return create_app(settings_for(f"sqlite:///{folder / f'again-{number}.sqlite3'}", folder))
    with shop.app.app_context(), db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(f"CREATE DATABASE again_{number}"))
        address = db.engine.url.set(database=f"again_{number}").render_as_string(hide_password=False)
    return create_app(settings_for(address, folder))


def what_is_in(backup: Path, again: Flask) -> set[str]:
    """The orders of a backup that was put back, once it was found whole."""
    with again.app_context():
        with pytest.raises(backups.Unusable, match="has changed"):
            backups.put_back(broken_copy(backup))
        backups.put_back(backup)
        assert list(broken_rows(clock.today())) == []
        found = set(db.session.scalars(select(Order.number)))
        db.session.remove()
        db.engine.dispose()
    return found


def test_a_backup_under_load_is_one_instant_and_whole(
    shop: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shop.settings.database_url.startswith("sqlite"):
        monkeypatch.setenv("PATH", f"{postgres.binaries(tmp_path)}:{os.environ['PATH']}")
    with ExitStack() as crowd:
        told = [crowd.enter_context(buying(shop, email)) for email in BUYERS]
        before = []
        for number in range(BACKUPS):
            patiently(lambda: min(map(len, told)) > len(before))
            before.append({order for orders in told for order in orders})
            with shop.app.app_context():
                backups.write_backup(tmp_path / f"{number}.backup")
    for number, known in enumerate(before):
        assert known <= what_is_in(tmp_path / f"{number}.backup", empty_shop(shop, tmp_path, number))
    shop.check_books()
