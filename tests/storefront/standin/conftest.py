"""One stand-in for the tests that only ask it, and a fresh one, with a webhook, for those that shift, break or end it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storefront.standin.running import SECRET, Listener, Standin, running


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with running(tmp_path_factory.mktemp("standin") / "standin.sqlite3") as process:
        yield process


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()
    yield heard
    heard.close()


@pytest.fixture
def telling(tmp_path: Path, listener: Listener) -> Iterator[Standin]:
    """A stand-in of its own that tells the listener."""
    more = ("--webhook-url", listener.url, "--webhook-secret", SECRET)
    with running(tmp_path / "standin.sqlite3", *more) as process:
        yield process
