"""The whole demo, started as a newcomer starts it: supervisor, web server, worker, stand-in and the loaded clinic. The first
start, which loads the clinic, is made once for all workers and, under `make test`, for all parts; who needs a running demo
starts a copy of it for the second time."""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import config
from tests.ports import free_port

READY = "Ctrl-C ends it.\n"
OF_ALL_PARTS = "TESTS_SHARE"  # the folder of one `make test`, gone with it


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


def copy_rows(folder: Path, to: Path) -> str:
    """The address of a copy of all rows of a demo as they are now."""
    with closing(sqlite3.connect(folder / "shop.sqlite3")) as rows, closing(sqlite3.connect(to)) as copy:
        rows.backup(copy)
    return f"sqlite:///{to}"


@contextmanager
def running(folder: Path) -> Iterator[Demo]:
    """The demo over what is in the folder; over an empty one this is its first start."""
    port = free_port(neighbours=1)
    variables = {"PATH": os.environ["PATH"], "DEMO": "1", "INSTANCE_DIR": str(folder), "PORT": str(port)}
    command = [sys.executable, "-m", "storefront.serve", "--with-parent"]
    with subprocess.Popen(command, cwd=config.ROOT, env=variables, stdout=subprocess.PIPE, text=True) as shop:
        assert shop.stdout is not None
        assert READY in iter(shop.stdout.readline, ""), "the demo did not start; what it said stands above"
        yield Demo(f"http://127.0.0.1:{port}", folder)
        shop.terminate()
        shop.communicate(timeout=60)
    assert shop.returncode == 0


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a demo's first start leaves behind. Whoever comes first makes it; the others wait."""
    mine = tmp_path_factory.getbasetemp()
    of_this_part = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    of_all = Path(os.environ.get(OF_ALL_PARTS, of_this_part))
    folder, done = of_all / "first-start", of_all / "first-start.done"
    with (of_all / "first-start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            with running(folder):
                pass
            done.touch()
    return folder


@pytest.fixture(scope="session")
def demo(first_start: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(shutil.copytree(first_start, tmp_path_factory.mktemp("demo") / "second-start")) as shop:
        yield shop
