"""The shop on the day of its small world: an approved client, two products on sale, and the payment stand-in as it really runs."""

from collections.abc import Callable, Iterator
from datetime import UTC

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from catalogue.products import Product
from storefront import payments
from storefront.db import transaction
from storefront.eligibility.models import Client
from storefront.payments.stripe_api import StripeApi
from tests.catalogue import samples
from tests.storefront.conftest import once_for_the_file
from tests.storefront.orders import world
from tests.storefront.standin import running


@pytest.fixture(autouse=True)
def always_on_the_day(on_the_day: None) -> None:
    """Everything here happens on the day of the small world."""


@pytest.fixture(scope="module")
def small_world(ground: Connection, built_app: Flask) -> int:
    """A roller on sale and Mara, there for every test of a file that asks for one of them; Mara's id."""
    with time_machine.travel(world.NOW), once_for_the_file(ground, built_app), transaction():
        world.on_sale()
        return world.approved_client().id


@pytest.fixture
def roller(small_world: int, session: Session) -> Product:
    return samples.loaded(session, "RL-020")


@pytest.fixture
def mara(small_world: int, session: Session) -> Client:
    """Approved for one roller of 0.20 mm at a time."""
    return session.get_one(Client, small_world)


@pytest.fixture
def tom(session: Session) -> Client:
    """A client about whom nothing is known."""
    with transaction():
        return world.new_client("Tom Achebe", "tom@example.org")


@pytest.fixture
def browser(app: Flask) -> Callable[[str], FlaskClient]:
    """A browser of its own in which the person of this address is signed in."""

    def become(email: str = "mara@example.org") -> FlaskClient:
        browser = app.test_client()
        assert browser.post("/demo/person", data={"email": email}).status_code == 303
        return browser

    return become


@pytest.fixture(scope="session")
def standin_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[running.Standin]:
    standin = running.Standin(tmp_path_factory.mktemp("standin") / "standin.sqlite3")
    standin.start()
    yield standin
    standin.end()


@pytest.fixture
def standin(app: Flask, standin_process: running.Standin, monkeypatch: pytest.MonkeyPatch) -> running.Standin:
    """The shop talks to a stand-in process, whose clock is brought to the same day."""
    behind = world.NOW - time_machine.escape_hatch.datetime.datetime.now(UTC)
    standin_process.shift(int(behind.total_seconds()))
    monkeypatch.setitem(app.extensions, payments.EXTENSION, StripeApi(running.KEY, standin_process.url))
    return standin_process
