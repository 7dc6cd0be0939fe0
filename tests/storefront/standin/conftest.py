"""One stand-in for the tests that only ask it, and one with a webhook; those that end or kill it start their own."""

from collections.abc import Iterator

import pytest

from tests.storefront.standin.running import SECRET, Listener, Standin, running, until


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with running(tmp_path_factory.mktemp("standin") / "standin.sqlite3") as process:
        yield process


@pytest.fixture(scope="session")
def door() -> Iterator[Listener]:
    heard = Listener()
    yield heard
    heard.close()


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory, door: Listener) -> Iterator[Standin]:
    more = ("--webhook-url", door.url, "--webhook-secret", SECRET)
    with running(tmp_path_factory.mktemp("telling") / "standin.sqlite3", *more) as process:
        yield process


@pytest.fixture
def telling(told: Standin, door: Listener) -> Iterator[Standin]:
    """A stand-in that tells the listener. Its clock is right again, and nothing waits to be told, when a test begins."""
    yield told
    door.answers = []
    told.shift(0)
    until(lambda: '"events_waiting":0' in told.ask("GET", "/health")[2].replace(" ", ""))
    door.heard.clear()


@pytest.fixture
def own_listener() -> Iterator[Listener]:
    heard = Listener()
    yield heard
    heard.close()


@pytest.fixture
def listener(door: Listener) -> Listener:
    return door
