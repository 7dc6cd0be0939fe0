"""Sending one mail of the outbox. At least once: whoever gets it twice after a crash sees the same Message-ID and one mail."""

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from sqlalchemy import update

from config import Settings
from storefront.db import db
from storefront.messages.markup import page_of
from storefront.messages.models import Message

PATIENCE_SECONDS = 10
LONGEST_TRY = timedelta(days=5)  # a server that is away for longer takes no mail (RFC 5321, 4.5.4.1)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it goes out, read before the connection is made."""

    id: int
    to: str
    subject: str
    text: str
    page: str
    queued_at: datetime


def read_letter(message_id: int) -> Letter:
    """The message as a plain value; no transaction stays open for it."""
    row = db.session.get_one(Message, message_id)
    letter = Letter(row.id, row.to, row.subject, row.text, page_of(row.subject, row.text), row.queued_at)
    db.session.rollback()
    return letter


def compose(letter: Letter, settings: Settings) -> EmailMessage:
    """The mail, its Message-ID fixed by the row. Header values hold no line break, or the mail is refused."""
    mail = EmailMessage()
    mail["From"] = settings.mail_from
    mail["To"] = letter.to
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.queued_at)
    host = urlsplit(settings.base_url).hostname
    mail["Message-ID"] = f"<{letter.id}.{letter.queued_at:%Y%m%d%H%M%S%f}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text)
    mail.add_alternative(letter.page, subtype="html")
    return mail


def deliver(letter: Letter, settings: Settings) -> None:
    """Hands the mail to the server of MAIL_URL. Without one (the demo alone) it stays to be read at /demo."""
    if not settings.mail_url:
        return
    address = urlsplit(settings.mail_url)
    secure, context = address.scheme == "smtps", ssl.create_default_context()
    port = address.port or (465 if secure else 25)
    host = address.hostname or ""
    with (
        smtplib.SMTP_SSL(host, port, timeout=PATIENCE_SECONDS, context=context)
        if secure
        else smtplib.SMTP(host, port, timeout=PATIENCE_SECONDS)
    ) as server:
        server.ehlo_or_helo_if_needed()
        if not secure and (address.username or server.has_extn("starttls")):  # a password never travels in the clear
            server.starttls(context=context)
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
        server.send_message(compose(letter, settings))


def record_sent(message_id: int, now: datetime) -> None:
    """The mail left, in the caller's transaction."""
    unsent = update(Message).where(Message.id == message_id, Message.sent_at.is_(None))
    db.session.execute(unsent.values(sent_at=now, due_at=None))


def is_final(letter: Letter, error: Exception, now: datetime) -> bool:
    """Whether trying again is of no use: address or mail are refused for good, it cannot be written as a mail at all, or it has
    been tried for days. That we are refused as its sender is ours to put right, and tried again."""
    codes = [code for code, _ in error.recipients.values()] if isinstance(error, smtplib.SMTPRecipientsRefused) else []
    codes += [error.smtp_code] if isinstance(error, smtplib.SMTPDataError) else []
    is_refused = isinstance(error, ValueError) or (bool(codes) and all(code >= 500 for code in codes))
    return is_refused or now - letter.queued_at > LONGEST_TRY


def record_given_up(message_id: int, error: Exception, now: datetime) -> None:
    """The mail will not arrive, in the caller's transaction."""
    unsent = update(Message).where(Message.id == message_id, Message.sent_at.is_(None))
    db.session.execute(unsent.values(given_up_at=now, due_at=None, last_error=f"{type(error).__name__}: {error}"[:500]))
