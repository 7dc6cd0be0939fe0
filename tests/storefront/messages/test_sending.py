"""Mail leaves the outbox through a real mail server: at least once, with one Message-ID, and a failure is tried again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from storefront import jobs
from storefront.db import transaction
from storefront.messages import sending
from storefront.messages.actions import queue_message
from storefront.messages.models import Message
from tests.storefront.messages.letterbox import Letterbox, listening

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
