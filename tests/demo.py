"""The whole demo, started once as a newcomer starts it: supervisor, web server, worker, stand-in and the loaded clinic."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

import config
from tests.ports import free_port

READY = "Ctrl-C ends it.\n"


@dataclass(frozen=True)
class Demo:
    """A running demo: where it is and what it keeps."""

    url: str
    folder: Path

    @property
    def settings(self) -> config.Settings:
        return config.read_settings(
            {"DEMO": "1", "INSTANCE_DIR": str(self.folder), "PORT": self.url.rpartition(":")[2]}
        )

    def copy_rows(self, to: Path) -> str:
        """The address of a copy of all rows as they are now."""
        with closing(sqlite3.connect(self.folder / "shop.sqlite3")) as rows, closing(sqlite3.connect(to)) as copy:
            rows.backup(copy)
        return f"sqlite:///{to}"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder, port = tmp_path_factory.mktemp("demo"), free_port(neighbours=1)
    variables = {"PATH": os.environ["PATH"], "DEMO": "1", "INSTANCE_DIR": str(folder), "PORT": str(port)}
    command = [sys.executable, "-m", "storefront.serve", "--with-parent"]
    with subprocess.Popen(command, cwd=config.ROOT, env=variables, stdout=subprocess.PIPE, text=True) as shop:
        assert shop.stdout is not None
        assert READY in iter(shop.stdout.readline, ""), "the demo did not start; what it said stands above"
        yield Demo(f"http://127.0.0.1:{port}", folder)
        shop.terminate()
        shop.communicate(timeout=60)
    assert shop.returncode == 0
