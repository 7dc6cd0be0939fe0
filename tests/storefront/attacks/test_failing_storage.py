"""What keeps the shop from writing while money moves: a database that somebody holds, a full disk, a connection that is cut in the
middle of a transaction. Client, Stripe and worker are told to come back, nothing is done by halves, and everything comes about
once when the fault is over, without a start."""

import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from catalogue.batches import Batch
from storefront import clock, jobs
from storefront import db as database
from storefront.db import db, transaction
from storefront.orders.models import Capture, Order
from storefront.payments import EXTENSION
from storefront.payments.models import StripeEvent
from tests.storefront.attacks.test_locked_database import held
from tests.storefront.books import books_agree
from tests.storefront.orders import world
from tests.storefront.orders.world import NOW, TODAY
from tests.storefront.payments import test_webhook
from tests.storefront.payments.ledger import Ledger

FORM = {"delivery": "collection", "nothing_new": "y"}
Fault = Callable[[], AbstractContextManager[None]]
# Said by the server itself at the last row of a transaction.
NO_SPACE = "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'"
CUT = "PERFORM pg_terminate_backend(pg_backend_pid())"


@contextmanager
def full_file_system() -> Iterator[None]:
    """This process can add nothing to any file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def failing(how: str) -> Fault:
    @contextmanager
    def fault() -> Iterator[None]:
        tell(f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {how}; RETURN new; END $$")
        tell("CREATE TRIGGER fails BEFORE INSERT ON journal_entry FOR EACH ROW EXECUTE FUNCTION fail()")
        try:
            yield
        finally:
            tell("DROP FUNCTION fail() CASCADE")

    return fault


def tell(statement: str) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def faults() -> dict[str, Fault]:
    if db.engine.dialect.name == "sqlite":
        return {"held": held, "disk": full_file_system}
    return {"held": held, "disk": failing(NO_SPACE), "cut": failing(CUT)}


@pytest.fixture
def shop(fresh_database: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr(database, "BUSY_MS", 200)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    fresh_database.extensions[EXTENSION] = Ledger(NOW)
    with fresh_database.app_context():
        db.engine.dispose()
        with transaction():
            world.on_sale(units=9)
        yield fresh_database
        db.session.remove()
        db.engine.dispose()


def ask(statement: object) -> list[object]:
    db.session.rollback()
    found = list(db.session.scalars(statement))  # type: ignore[call-overload]
    db.session.rollback()
    return found


class Buying:
    """One client, one order, and a fault before each of its steps."""

    def __init__(self, app: Flask, name: str, fault: Fault) -> None:
        self.app, self.fault, self.ledger = app, fault, app.extensions[EXTENSION]
        with transaction():
            self.client_id = world.approved_client(name, f"{name}@example.org").id
        self.browser = app.test_client()
        self.browser.post("/demo/person", data={"email": f"{name}@example.org"})
        self.browser.post("/basket/lines", data={"sku": "RL-020", "quantity": 1})

    def mine(self, column: object) -> list[object]:
        return ask(select(column).where(Order.client_id == self.client_id))  # type: ignore[call-overload]

    def place(self) -> str:
        before = ask(select(Batch.reserved))
        with self.fault():
            busy = self.browser.post("/checkout", data=FORM)
        assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
        assert (self.mine(Order.id), ask(select(Batch.reserved))) == ([], before)
        assert self.browser.post("/checkout", data=FORM).status_code == 303
        (number,) = self.mine(Order.number)
        return str(number)

    def pay(self, number: str) -> None:
        intent = self.ledger.pay(number).id
        body = test_webhook.event(intent, f"evt_{intent}")
        signed = test_webhook.signature(body, test_webhook.secret_of(self.app))
        known = ask(select(func.count(StripeEvent.event_id)))
        with self.fault():
            busy = test_webhook.knock(self.browser, body, signed)
        assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
        assert (self.mine(Order.status), ask(select(func.count(StripeEvent.event_id)))) == (["awaiting_payment"], known)
        assert test_webhook.knock(self.browser, body, signed).json == {"effect": "accepted"}

    def work(self) -> None:
        with self.fault(), pytest.raises(OperationalError):
            jobs.run_due(NOW)
        db.session.remove()
        assert self.mine(Order.captured_minor) == [0]
        jobs.run_due(NOW + jobs.LEASE)


def test_nothing_is_done_by_halves_when_nothing_can_be_written(shop: Flask) -> None:
    for name, fault in faults().items():
        buying = Buying(shop, name, fault)
        buying.pay(buying.place())
        buying.work()
        assert buying.mine(Order.captured_minor) == buying.mine(Order.total_minor)
        books_agree(TODAY)
    ledger = shop.extensions[EXTENSION]
    assert ledger.calls.count("capture") == len(faults()) == ask(select(func.count(Capture.id)))[0]
