"""The worker's command: one round for cron, and an end that waits for nothing but the item in hand."""

import functools
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from flask import Flask
from sqlalchemy import delete, select, update

import config
from storefront import clock
from storefront.app import create_app
from storefront.db import db, transaction
from storefront.messages.actions import last_beat, queue_message
from storefront.messages.models import Message, WorkerBeat
from tests.databases import settings_for
from tests.process.test_supervisor import wait_until
from tests.storefront.messages.letterbox import LOOPBACK, opened


def worker(folder: Path, *words: str, says: IO[str] | None = None, mail_url: str = "") -> subprocess.Popen[bytes]:
    variables = {"PATH": os.environ["PATH"], "DEMO": "1", "INSTANCE_DIR": str(folder)}
    variables |= {"MAIL_URL": mail_url} if mail_url else {}
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


def test_killed_after_a_mail_was_taken_one_round_sends_it_again_under_the_same_name_and_ends(tmp_path: Path) -> None:
    """Whether the server took it nobody can know: it is sent at least once, and the same Message-ID tells that it is one mail."""
    assert not has_beaten(tmp_path, is_made=False)
    with shop_in(tmp_path).app_context():
        with transaction():
            queue_message("not_this_person", "clinic@example.org", clock.now(), number="C-1001")
        with opened() as (box, port):
            first = worker(tmp_path, mail_url=f"smtp://{LOOPBACK}:{port}")
            box.taken = first.kill
            assert first.wait(60) == -signal.SIGKILL
            box.taken = lambda: None
            with transaction():  # its lease runs out
                db.session.execute(delete(WorkerBeat))
                db.session.execute(update(Message).where(Message.sent_at.is_(None)).values(due_at=clock.now()))
            assert worker(tmp_path, "--once", mail_url=f"smtp://{LOOPBACK}:{port}").wait(60) == 0
        assert db.session.execute(select(Message.attempts, Message.due_at)).all() == [(2, None)]
        db.session.remove()
        db.engine.dispose()
    assert has_beaten(tmp_path)
    one, again = box.mails
    assert one["Message-ID"] == again["Message-ID"]


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
