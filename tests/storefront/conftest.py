"""People for the tests of the rooms: a client with a date of birth, a member of staff with a password, and becoming one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM
from storefront import clock
from storefront.accounts.actions import make_account
from storefront.accounts.models import Account
from storefront.eligibility.models import Client
from storefront.front.forms import stamp
from storefront.payments import EXTENSION
from tests.databases import writing_into
from tests.storefront.agreed import agree
from tests.storefront.orders.world import NOW
from tests.storefront.payments.ledger import Ledger
from tests.storefront.till import Till

PASSWORD = "seven small blue boats"


@pytest.fixture
def on_the_day() -> Iterator[None]:
    """The day of the small world of `orders/world.py`, whatever day it is."""
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def stamped(app: Flask) -> str:
    """What a visitor's form carries that was given out a minute ago."""
    with app.app_context():
        return stamp(clock.now() - timedelta(minutes=1))


@pytest.fixture
def member(session: Session) -> Account:
    return make_member(session, "mara@example.org", "Mara Finch", "C-1001")


def make_member(session: Session, email: str, name: str, number: str) -> Account:
    account = make_account(email, name, "client", SYSTEM, clock.now())
    row = {"name": account.name, "email": account.email, "born_on": date(1988, 4, 9), "created_at": clock.now()}
    client = Client(account_id=account.id, number=number, **row)
    session.add(client)
    session.flush()
    agree(client.id)
    session.commit()
    return account


@pytest.fixture
def worker(session: Session) -> Account:
    account = make_account("ines@example.org", "Dr Ines Holt", "practitioner", SYSTEM, clock.now(), PASSWORD)
    session.commit()
    return account


@pytest.fixture
def signed_in(app: Flask) -> Callable[[Account], FlaskClient]:
    """A browser of its own in which this person is signed in."""

    def become(account: Account) -> FlaskClient:
        browser = app.test_client()
        assert browser.post("/demo/person", data={"email": account.email}).status_code == 303
        return browser

    return become


@pytest.fixture
def ledger(app: Flask) -> Ledger:
    """Stripe's place is taken by a book in memory."""
    book = Ledger(NOW)
    app.extensions[EXTENSION] = book
    return book


@contextmanager
def once_for_the_file(ground: Connection, built_app: Flask) -> Iterator[tuple[Ledger, pytest.MonkeyPatch]]:
    """What is written meanwhile is there for each test of a file; with the book of payments that goes with it."""
    with writing_into(ground, built_app), pytest.MonkeyPatch.context() as patch:
        book = Ledger(NOW)
        patch.setitem(built_app.extensions, EXTENSION, book)
        yield book, patch


@pytest.fixture(scope="module")
def opened_till(ground: Connection, built_app: Flask) -> Till:
    with once_for_the_file(ground, built_app) as (ledger, patch):
        return Till(ledger, patch)


@pytest.fixture
def till(opened_till: Till, session: Session, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Till:
    """One client with an order that awaits its payment. The rows are there for every test of a file that asks for a till."""
    return opened_till.again(ledger, monkeypatch)
