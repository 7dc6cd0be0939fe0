"""Queueing a mail with the fact that it tells. Its words are a template under `templates/mail/`, or those that the clinic
wrote; a subject holds no health word."""

import logging
from collections.abc import Mapping
from datetime import datetime

from jinja2 import TemplateError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from catalogue.journal import Who, note
from catalogue.verdicts import Refused, Stale
from storefront.db import db
from storefront.messages.kinds import kinds
from storefront.messages.models import MailText, Message, WorkerBeat
from storefront.messages.texts import MailWords, filled, may_say, package_words

log = logging.getLogger("storefront.messages")


def queue_message(kind: str, to: str, now: datetime, about: str = "", **particulars: object) -> Message:
    """Writes one mail of this kind to the outbox, in the caller's transaction."""
    words = _worded(kind, particulars)
    message = Message(kind=kind, to=to, subject=words.subject[:200], text=words.text + "\n", about=about)
    message.queued_at = message.due_at = now
    db.session.add(message)
    return message


def _worded(kind: str, particulars: Mapping[str, object]) -> MailWords:
    """In the clinic's words; what cannot be said in them, because the shop has changed since, is said in the package's."""
    own = latest_text(kind)
    if own is not None and own.source:
        try:
            return filled(own.source, particulars)
        except TemplateError:
            log.exception("the clinic's words of %s no longer fit: the package's are sent", kind)
    return filled(package_words(kind).source, particulars)


def latest_text(kind: str) -> MailText | None:
    """What the clinic last wrote for a kind of mail, if anything."""
    return db.session.scalar(select(MailText).where(MailText.kind == kind).order_by(MailText.nth.desc()).limit(1))


def words_of(kind: str) -> MailWords:
    """What a mail of this kind is written with now."""
    own = latest_text(kind)
    return MailWords.of(own.source) if own is not None and own.source else package_words(kind)


def write_words(kind: str, words: MailWords | None, after: int, why: str, by: Who, now: datetime) -> MailText:
    """Gives a kind of mail other words from now on; None goes back to the package's. `after` is the count of the words that were
    shown. Refuses what `may_say` refuses, kinds that the clinic does not word, and what somebody else changed meanwhile."""
    fixed = kinds()[kind].fixed
    if fixed:
        raise Refused.because("fixed", "The words of this mail are not the clinic's to write.", "nobody", fixed)
    if words is not None and not (verdict := may_say(kind, words)).is_yes:
        raise Refused(verdict)
    row = MailText(kind=kind, nth=after + 1, source="" if words is None else words.source, why=why, at=now)
    row.by_id, row.by_name = by.id, by.name
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        text = "Somebody else has changed these words meanwhile."
        raise Stale.because("changed-meanwhile", text, "you", "Read theirs, then write yours again.") from error
    note(db.session(), "mail reworded", "mail text", kind, by, now)
    return row


def beat(now: datetime) -> None:
    """The worker says that it is at work, in the caller's transaction."""
    db.session.merge(WorkerBeat(id=1, at=now))


def last_beat() -> datetime | None:
    return db.session.scalar(select(WorkerBeat.at))
