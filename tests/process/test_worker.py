"""The worker's command: one round for cron, and an end that waits for nothing but the item in hand."""

import functools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from flask import Flask

import config
from storefront.app import create_app
from storefront.db import db
from storefront.messages.actions import last_beat
from tests.databases import settings_for


def worker(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    variables = {"PATH": os.environ["PATH"], "DEMO": "1", "INSTANCE_DIR": str(folder)}
    command = [sys.executable, "-m", "flask", "--app", "storefront", "work", *words]
    return subprocess.Popen(command, cwd=config.ROOT, env=variables)


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
    until = time.monotonic() + 60
    while not has_beaten(tmp_path) and time.monotonic() < until:
        time.sleep(0.2)
    assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 0
    assert has_beaten(tmp_path)


def test_a_worker_without_a_database_tries_again(tmp_path: Path) -> None:
    running = worker(tmp_path)
    time.sleep(4)
    assert running.poll() is None, "the tables are not there yet"
    has_beaten(tmp_path, is_made=False)
    until = time.monotonic() + 60
    while not has_beaten(tmp_path) and time.monotonic() < until:
        time.sleep(0.5)
    running.terminate()
    assert running.wait(30) == 0
    assert has_beaten(tmp_path)
