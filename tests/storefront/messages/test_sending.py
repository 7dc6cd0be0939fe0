"""Mail leaves the outbox through a real mail server: at least once, with one Message-ID, and a failure is tried again."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from storefront import jobs
from storefront.db import db, transaction
from storefront.messages import log, sending
from storefront.messages.actions import queue_message
from storefront.messages.models import Message
from tests.ports import free_port
from tests.storefront.messages.letterbox import Letterbox, encrypting, listening, opened, posting_to

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.fixture
def letterbox(app: Flask) -> Iterator[Letterbox]:
    with listening(app) as box:
        yield box


@pytest.fixture
def message(app: Flask, session: Session) -> Message:
    with transaction():
        return queue_message("sign_in", "mara@example.org", NOW, account={"name": "Mara Ünal"}, address="https://…")


def sent_at(session: Session) -> datetime | None:
    session.rollback()
    return session.scalars(select(Message.sent_at)).one()


def test_a_mail_is_sent_once(session: Session, letterbox: Letterbox, message: Message) -> None:
    assert jobs.run_due(NOW) == 1
    assert jobs.run_due(NOW + timedelta(days=1)) == 0
    (mail,) = letterbox.mails
    assert (mail["To"], mail["Subject"]) == ("mara@example.org", "Your link to sign in")
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert all("Mara Ünal" in part.get_content() for part in mail.iter_parts())
    assert sent_at(session) == NOW


def test_a_server_without_room_gets_it_again_later(session: Session, letterbox: Letterbox, message: Message) -> None:
    letterbox.is_shut = True
    jobs.run_due(NOW)
    session.expire_all()
    assert (message.sent_at, message.attempts) == (None, 1)
    assert "no room" in message.last_error
    session.rollback()
    letterbox.is_shut = False
    assert jobs.run_due(NOW + timedelta(seconds=9)) == 0
    assert jobs.run_due(NOW + timedelta(seconds=10)) == 1
    assert len(letterbox.mails) == 1


def test_an_address_that_is_refused_for_good_is_given_up(
    session: Session, letterbox: Letterbox, message: Message
) -> None:
    letterbox.unknown = {"mara@example.org"}
    jobs.run_due(NOW)
    session.expire_all()
    assert (message.sent_at, message.given_up_at, message.due_at) == (None, NOW, None)
    assert "no such mailbox" in message.last_error
    session.rollback()
    assert jobs.run_due(NOW + timedelta(days=9)) == 0


def test_what_may_pass_is_tried_again_and_what_will_not_is_given_up(
    app: Flask, session: Session, letterbox: Letterbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PATIENCE_SECONDS", 0.1)
    letterbox.busy = {"busy@example.org"}
    became = {"busy": outcome_for("busy@example.org")}
    letterbox.refuses = "554 not wanted here"
    became["unwanted"] = outcome_for("mara@example.org")
    became["no address"] = outcome_for("mara@example.org\nBcc: all@example.org")
    letterbox.refuses = ""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_url, away_url = (f"smtp://127.0.0.1:{port}" for port in (silent.getsockname()[1], free_port()))
        with posting_to(app, silent_url):
            became["silent"] = outcome_for("mara@example.org")
    with posting_to(app, away_url):
        became["away"] = outcome_for("mara@example.org")
    assert {name: outcome[0] for name, outcome in became.items()} == {
        "busy": "failing", "unwanted": "given-up", "no address": "given-up", "silent": "failing", "away": "failing",
    }  # fmt: skip
    assert [name for name, (_, error) in became.items() if not error] == []
    assert letterbox.mails == []
    assert sum(1 for _ in session.scalars(log.unanswered())) == 2, "on the desk"


def outcome_for(to: str) -> tuple[str, str]:
    """What becomes of a mail to this address at its first try: its state, and what went wrong."""
    with transaction():
        mail = queue_message("sign_in", to, NOW, account={"name": "Mara Ünal"}, address="https://…")
    jobs.run_due(NOW)
    db.session.refresh(mail)
    found = mail.state, mail.last_error
    db.session.rollback()
    return found


def test_a_mail_goes_encrypted_and_only_to_a_server_that_proves_its_name(
    app: Flask, session: Session, message: Message, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, certificate = encrypting(tmp_path)
    with opened(tls_context=context, require_starttls=True) as (box, port):
        with posting_to(app, f"smtp://shop:a%20word@127.0.0.1:{port}"):
            jobs.run_due(NOW)
        assert "CERTIFICATE_VERIFY_FAILED" in session.scalars(select(Message.last_error)).one()
        assert (box.mails, sent_at(session)) == ([], None)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    servers = {
        "smtp": {"tls_context": context, "require_starttls": True, "auth_required": True},
        "smtps": {"ssl_context": context, "auth_require_tls": False},  # all of it is encrypted
    }
    for scheme, kind in servers.items():
        with opened(**kind) as (box, port), posting_to(app, f"{scheme}://shop:a%20word@127.0.0.1:{port}"):
            sending.deliver(sending.read_letter(message.id), app.config["SETTINGS"])
        assert (len(box.mails), box.passwords) == (1, [(b"shop", b"a word")]), scheme


def test_a_mail_that_nobody_took_for_days_is_given_up(session: Session, letterbox: Letterbox, message: Message) -> None:
    letterbox.is_shut = True
    for days in (1, 6):
        jobs.run_due(NOW + timedelta(days=days))
        session.expire_all()
        assert (message.given_up_at is not None) == (days == 6)
        session.rollback()


def test_killed_before_it_was_noted_the_mail_goes_again_under_the_same_name(
    app: Flask, letterbox: Letterbox, message: Message
) -> None:
    letter = sending.read_letter(message.id)
    sending.deliver(letter, app.config["SETTINGS"])
    jobs.run_due(NOW)
    first, second = letterbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@127.0.0.1>")


def test_the_demo_keeps_its_mail_to_be_read(app: Flask, session: Session, message: Message) -> None:
    assert not app.config["SETTINGS"].mail_url
    jobs.run_due(NOW)
    assert sent_at(session) == NOW


def test_a_password_does_not_travel_in_the_clear(
    session: Session, letterbox: Letterbox, message: Message, app: Flask
) -> None:
    address = app.config["SETTINGS"].mail_url.replace("//", "//shop:word@")
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], mail_url=address)
    jobs.run_due(NOW)
    assert (letterbox.mails, sent_at(session)) == ([], None)


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 10), (1, 10), (2, 20), (9, 2560), (10, 3600), (99, 3600)])
def test_pauses_grow_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert jobs.pause_after(attempts) == timedelta(seconds=seconds)
