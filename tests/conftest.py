"""What every test stands on: the shop on its own database, rolled back after each test, and no way out of this machine."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from storefront.accounts import passwords

pytest_plugins = ["tests.databases", "tests.demo"]
PROCESS_TESTS = (
    "tests/process",
    "tests/storefront/standin",
    "tests/storefront/payments/test_stripe_contract.py",
    "tests/storefront/attacks/test_slow_senders.py",
)
DATABASE_FIXTURES = {"app", "client", "session", "fresh_database"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=["sqlite", "postgres"], default="sqlite", help="what the shop's rows live in"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks by what a test uses, so that none is forgotten on PostgreSQL."""
    for item in items:
        if DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)
        if "demo" in getattr(item, "fixturenames", ()) or is_below(item, *PROCESS_TESTS):
            item.add_marker(pytest.mark.process)
        if is_below(item, "tests/browser"):
            item.add_marker(pytest.mark.browser)


def is_below(item: pytest.Item, *folders: str) -> bool:
    return any(Path(item.path).is_relative_to(item.config.rootpath / folder) for folder in folders)


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
