"""The browsers in which a client once signed in, known for half a year or until they sign out there. A reminder's link opens their
page in such a browser and in no other: the mail alone opens nothing, and neither does the browser."""

import secrets
from datetime import datetime, timedelta
from urllib.parse import urlencode

from flask import current_app, request
from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.wrappers import Response

from catalogue.base import Base, UTCDateTime
from storefront.accounts.models import Account
from storefront.accounts.sessions import digest
from storefront.db import db
from storefront.roles import CLIENT

KNOWN_FOR = timedelta(days=180)
LINK_LASTS = timedelta(days=14)


class KnownDevice(Base):
    """One browser that one client signed in with; what its cookie holds is kept as a hash."""

    __tablename__ = "known_device"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    known_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ReminderLink(Base):
    """The way in that one reminder's mail holds. It may be opened several times, in a known browser alone."""

    __tablename__ = "reminder_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


def _cookie() -> str:
    return "__Host-device" if current_app.config["SESSION_COOKIE_SECURE"] else "device"


def know(account: Account, now: datetime) -> str:
    """This browser is this client's from now on, in the caller's transaction; gives what its cookie is to hold."""
    forget(now)
    token = secrets.token_urlsafe(32)
    row = KnownDevice(account_id=account.id, token_hash=digest(token), known_at=now, expires_at=now + KNOWN_FOR)
    db.session.add(row)
    return token


def keep(answer: Response, token: str) -> Response:
    """The answer, with the cookie of a browser that is known."""
    lasts, is_https = int(KNOWN_FOR.total_seconds()), current_app.config["SESSION_COOKIE_SECURE"]
    answer.set_cookie(_cookie(), token, max_age=lasts, secure=is_https, httponly=True, samesite="Lax")
    return answer


def forget(now: datetime) -> None:
    """This browser is nobody's any more, in the caller's transaction."""
    token = request.cookies.get(_cookie())
    if token:
        mine = update(KnownDevice).where(KnownDevice.token_hash == digest(token), KnownDevice.expires_at > now)
        db.session.execute(mine.values(expires_at=now))


def forget_everywhere(account_id: int, now: datetime) -> None:
    """No browser is this person's any more, in the caller's transaction."""
    theirs = update(KnownDevice).where(KnownDevice.account_id == account_id, KnownDevice.expires_at > now)
    db.session.execute(theirs.values(expires_at=now))


def reminder_address(account_id: int, path: str, now: datetime) -> str:
    """Where the link of a reminder leads, which opens this page of the shop."""
    token = secrets.token_urlsafe(32)
    db.session.add(ReminderLink(account_id=account_id, token_hash=digest(token), expires_at=now + LINK_LASTS))
    base = current_app.config["SETTINGS"].base_url
    return f"{base}/sign-in/reminder/{token}?{urlencode({'next': path})}"


def opened_by(token: str, now: datetime) -> Account | None:
    """The client whom this reminder's link signs in here: none when its time is over, or this browser is not known as theirs."""
    device = request.cookies.get(_cookie())
    if not device:
        return None
    known = select(KnownDevice.account_id).where(KnownDevice.token_hash == digest(device), KnownDevice.expires_at > now)
    links = select(ReminderLink.account_id).where(
        ReminderLink.token_hash == digest(token), ReminderLink.expires_at > now
    )
    theirs = select(Account).where(Account.id.in_(known), Account.id.in_(links))
    return db.session.scalar(theirs.where(Account.role == CLIENT, Account.is_active, Account.is_invited.is_(False)))
