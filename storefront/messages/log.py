"""The kept mails as the desk works with them: found, sent once more, and noted as come back. What was sent is never changed."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select, update

from catalogue.journal import Who, note
from catalogue.verdicts import Refused, Stale
from storefront.db import db, rows_changed
from storefront.messages.kinds import kinds
from storefront.messages.models import Message

FAILED = Message.given_up_at.is_not(None) | Message.came_back_at.is_not(None)
STATES: Mapping[str, tuple[str, ColumnElement[bool]]] = {
    "failed": ("did not arrive", FAILED),
    "waiting": ("to be sent", and_(Message.due_at.is_not(None), Message.last_error == "")),
    "failing": ("tried, and to be tried again", and_(Message.due_at.is_not(None), Message.last_error != "")),
    "sent": ("sent", and_(Message.sent_at.is_not(None), Message.came_back_at.is_(None))),
}


def mails(text: str, state: str, kind: str) -> Select[Message]:
    """The latest first. `text` is a part of an address, a reference, a subject, or of what the mail is about."""
    found = select(Message).order_by(Message.id.desc())
    if state in STATES:
        found = found.where(STATES[state][1])
    if kind in kinds():
        found = found.where(Message.kind == kind)
    columns = (Message.to, Message.about, Message.subject, Message.reference)
    return found.where(or_(*(column.icontains(text, autoescape=True) for column in columns))) if text else found


def unanswered() -> Select[Message]:
    """Mails that did not arrive and that nobody sent again."""
    repeated = select(Message.again_id).where(Message.again_id.is_not(None))
    return select(Message).where(FAILED, Message.id.not_in(repeated)).order_by(Message.id.desc())


def mail_of(reference: str) -> Message | None:
    return db.session.scalar(select(Message).where(Message.reference == reference))


def send_again(mail: Message, by: Who, now: datetime) -> Message:
    """Queues the same words to the same address as a mail of its own. Refuses while the mail is still to be sent, and a kind
    whose words hold no longer."""
    if mail.due_at is not None:
        text = "This mail is still to be sent; the worker does it."
        raise Refused.because("not-sent-yet", text, "time", "Wait for it, or look at its last error.")
    kind = kinds().get(mail.kind)
    if kind is None or kind.again:
        text = "This mail cannot be sent again as it is."
        raise Refused.because("not-again", text, "you", kind.again if kind else "Call the person.")
    same = Message(kind=mail.kind, to=mail.to, subject=mail.subject, text=mail.text, about=mail.about, again_id=mail.id)
    same.queued_at = same.due_at = now
    db.session.add(same)
    db.session.flush()
    note(db.session(), "mail sent again", "message", mail.reference, by, now)
    return same


def note_came_back(mail: Message, why: str, by: Who, now: datetime) -> None:
    """Keeps that a sent mail did not arrive. Refuses what was not sent, or has come back before."""
    sent = update(Message).where(Message.id == mail.id, Message.sent_at.is_not(None), Message.came_back_at.is_(None))
    if rows_changed(sent.values(came_back_at=now, came_back_why=why)) != 1:
        text = "Only a mail that was sent can come back, and only once."
        raise Stale.because("not-sent", text, "nobody", "Look at the mail again.")
    note(db.session(), "mail came back", "message", mail.reference, by, now)
