"""The running shop, on both databases, each with commits that last: what is killed here may be the database too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.long.running import Running, running


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    if request.param == "sqlite":
        with running(tmp_path, "") as opened:
            yield opened
    else:
        with postgres.server(postgres.LASTING) as address, running(tmp_path, address) as opened:
            yield opened
