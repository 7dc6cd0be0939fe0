"""What every test stands on: the shop on its own database, rolled back after each test, and no way out of this machine."""

import gc
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from storefront.accounts import passwords

pytest_plugins = ["tests.databases", "tests.demo", "tests.examples"]
PROCESS_TESTS = (
    "tests/process",
    "tests/storefront/standin",
    "tests/storefront/payments/test_stripe_contract.py",
    "tests/storefront/attacks/test_slow_senders.py",
)
LONGEST = ("tests/house/test_reading.py", "tests/storefront/test_stateful.py")
DATABASE_FIXTURES = {"app", "client", "session", "fresh_database"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=["sqlite", "postgres"], default="sqlite", help="what the shop's rows live in"
    )


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays to the end, so the collector of garbage need not go through it again and again; nor
    need it look after every 700 new objects, of which one request makes thousands."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks by what a test uses, so that none is forgotten on PostgreSQL; and begins with what takes longest, because what is
    left to the end runs alone, and with what loads the demo, so that nobody else has to wait for it."""
    process_tests, browser_tests = below(items, *PROCESS_TESTS), below(items, "tests/browser")
    longest = below(items, *LONGEST)
    items.sort(key=lambda item: item.path not in longest)
    for item in items:
        if DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)
        if "first_start" in getattr(item, "fixturenames", ()) or item.path in process_tests:
            item.add_marker(pytest.mark.process)
        if item.path in browser_tests:
            item.add_marker(pytest.mark.browser)


def below(items: list[pytest.Item], *places: str) -> set[Path]:
    """The files of these tests that lie in one of the places; asked of each file once, for there are many tests in one."""
    files = {item.path: item.config.rootpath for item in items}
    return {file for file, root in files.items() if any(file.is_relative_to(root / place) for place in places)}


@pytest.fixture(autouse=True, scope="session")
def stay_here() -> Iterator[None]:
    """Refuses every connection that leaves this machine: no test mails anybody or moves money."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield


@pytest.fixture(autouse=True, scope="session")
def cheap_passwords() -> Iterator[None]:
    """The slowness of a password's hash is for guessers; what it costs in the shop is tested by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield
