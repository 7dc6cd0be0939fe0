"""The worker's command: one round for cron, and an end that waits for nothing but the item in hand."""

import functools
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from flask import Flask

import config
from storefront.app import create_app
from storefront.db import db
from storefront.messages.actions import last_beat
from tests.databases import settings_for
from tests.process.test_supervisor import wait_until


def worker(folder: Path, *words: str, says: IO[str] | None = None) -> subprocess.Popen[bytes]:
    variables = {"PATH": os.environ["PATH"], "DEMO": "1", "INSTANCE_DIR": str(folder)}
    command = [sys.executable, "-m", "flask", "--app", "storefront", "work", *words]
    return subprocess.Popen(command, cwd=config.ROOT, env=variables, stderr=says)


@functools.cache
def shop_in(folder: Path) -> Flask:
    return create_app(settings_for(f"sqlite:///{folder / 'shop.sqlite3'}", folder))


def has_beaten(folder: Path, is_made: bool = True) -> bool:
    with shop_in(folder).app_context():
        if not is_made:
            db.create_all()
        found = last_beat() is not None
        db.session.remove()
        db.engine.dispose()
    return found


def test_one_round_leaves_a_sign_of_life_and_ends(tmp_path: Path) -> None:
    assert not has_beaten(tmp_path, is_made=False)
    assert worker(tmp_path, "--once").wait(60) == 0
    assert has_beaten(tmp_path)


def test_the_worker_goes_on_until_it_is_told_to_end(tmp_path: Path) -> None:
    assert not has_beaten(tmp_path, is_made=False)
    running = worker(tmp_path)
    wait_until(lambda: has_beaten(tmp_path), 60)
    assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 0
    assert has_beaten(tmp_path)


def test_a_worker_without_a_database_tries_again(tmp_path: Path) -> None:
    said = tmp_path / "said"
    with said.open("w") as kept:
        running = worker(tmp_path, says=kept)
    wait_until(lambda: said.read_text().count("the worker tries again") > 1, 60)
    assert running.poll() is None, "the tables are not there yet"
    has_beaten(tmp_path, is_made=False)
    wait_until(lambda: has_beaten(tmp_path), 60)
    running.terminate()
    assert running.wait(30) == 0
    assert has_beaten(tmp_path)
