"""The worker is killed outright in the middle of a change of the specification. Started again, it goes on where it was: every
order that rests on the old rules is stopped, and none is stopped or told of twice."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalogue.journal import JournalEntry
from catalogue.versions import Publication, SpecificationVersion
from storefront import clock
from storefront.app import create_app
from storefront.db import db, transaction
from storefront.messages.models import Message
from storefront.orders import stopping
from storefront.orders.audit import broken_rows
from storefront.orders.stop_models import Cancellation
from tests.catalogue import samples
from tests.catalogue.revisions import drafted
from tests.databases import settings_for
from tests.long.running import until
from tests.process.test_worker import worker
from tests.storefront.orders import world

ORDERS = 6
STOPPED = """SELECT count(*) FROM "order" WHERE status = 'cancelled'"""


@pytest.fixture
def eve(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The world of yesterday: the worker asks the real clock, and for it the version's day has come."""
    day = datetime.now(UTC).date() - timedelta(days=1)
    monkeypatch.setattr(world, "TODAY", day)
    monkeypatch.setattr(world, "NOW", datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12))
    return world.NOW


def on_the_eve(folder: Path, now: datetime) -> Flask:
    """A shop with an unpaid order for each of some rollers, and a version that refuses them all from the next day on."""
    app = create_app(settings_for(f"sqlite:///{folder / 'shop.sqlite3'}", folder))
    today = now.date()
    with app.app_context():
        db.create_all()
        with transaction():
            for number in range(ORDERS):
                client = world.approved_client(f"Client {number}", f"c{number}@example.org")
                world.placed(client, world.on_sale(f"RL-{number}"), now=now, today=today)
            drafted(db.session(), "2099.1", today + timedelta(days=1), now, R_LEN_01=Decimal("0.15"))
        for by in (samples.COLLEAGUE, samples.PRACTITIONER):
            with transaction():
                shown = db.session.scalar(select(SpecificationVersion.hash)) or ""
                stopping.sign_version("2099.1", by, today, now, shown)
        db.session.remove()
    return app


def killed_in_the_middle(folder: Path) -> int:
    """Kills a worker as soon as one order is stopped; how many are stopped then."""
    running = worker(folder)
    with closing(sqlite3.connect(folder / "shop.sqlite3")) as file:
        while running.poll() is None and not file.execute(STOPPED).fetchone()[0]:
            time.sleep(0.001)
        running.kill()
        running.wait()
        return int(file.execute(STOPPED).fetchone()[0])


def counted(kind: type, *conditions: object) -> int:
    wanted = select(func.count()).select_from(kind).where(*conditions)  # type: ignore[arg-type]
    found = db.session.scalar(wanted) or 0
    db.session.rollback()
    return found


def test_a_killed_change_of_rules_goes_on_and_stops_nothing_twice(tmp_path: Path, eve: datetime) -> None:
    app = on_the_eve(tmp_path, eve)
    assert 0 < killed_in_the_middle(tmp_path) < ORDERS
    with app.app_context():
        assert counted(Publication, Publication.done_at.is_not(None)) == 0
        with transaction():  # the lease of the killed one runs out
            db.session.execute(update(Publication).values(due_at=clock.now()))
        second = worker(tmp_path)
        until(lambda: counted(Publication, Publication.done_at.is_not(None)) or None, 60, "the other worker ends it")
        second.kill()
        second.wait()
        told = Message.kind == "order_cancelled"
        stopped = JournalEntry.verb.like("%cancelled%")
        assert [counted(Cancellation), counted(Message, told), counted(JournalEntry, stopped)] == [ORDERS] * 3
        assert [row for row in broken_rows(clock.today()) if "order" in row] == []
        db.session.remove()
        db.engine.dispose()
