"""Queueing a mail with the fact that it tells, and sending what is due. Texts are templates under `templates/mail/`, the
first line being the subject; a subject holds no health word."""

from datetime import datetime

from flask import render_template
from sqlalchemy import select

from storefront.db import db
from storefront.messages.models import Message, WorkerBeat


def queue_message(kind: str, to: str, now: datetime, about: str = "", **particulars: object) -> Message:
    """Writes one mail of `templates/mail/<kind>.txt` to the outbox, in the caller's transaction."""
    rendered = render_template(f"mail/{kind}.txt", **particulars)
    subject, _, text = rendered.partition("\n")
    message = Message(kind=kind, to=to, subject=subject.strip()[:200], text=text.strip() + "\n", about=about)
    message.queued_at = message.due_at = now
    db.session.add(message)
    return message


def beat(now: datetime) -> None:
    """The worker says that it is at work, in the caller's transaction."""
    db.session.merge(WorkerBeat(id=1, at=now))


def last_beat() -> datetime | None:
    return db.session.scalar(select(WorkerBeat.at))
