"""Recognising who asks: the cookie holds a random token, the row says whose it is and until when. Signing in renews the
whole session; signing out ends the row, so that a copied cookie dies with it."""

import hashlib
import secrets
from datetime import datetime, timedelta

from flask import g, request, session
from sqlalchemy import func, select, update

from catalogue.journal import Who
from storefront import clock
from storefront.accounts.models import Account, SignedIn
from storefront.db import db
from storefront.roles import STAFF

LASTS = timedelta(hours=20)
IDLE = timedelta(minutes=5)  # after so long without a request, who signs shows again who they are
TOKEN, PRESENT = "token", "present"


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(account: Account, now: datetime) -> None:
    """Signs this browser in, in the caller's transaction. The old session ends and its content is dropped (fixation)."""
    end(now)
    token = secrets.token_urlsafe(32)
    db.session.add(SignedIn(account_id=account.id, token_hash=digest(token), began_at=now, expires_at=now + LASTS))
    session.clear()
    session[TOKEN] = token
    mark_present(now)


def mark_present(now: datetime) -> None:
    """The person at the screen just proved, or still is, who signed in."""
    session[PRESENT] = int(now.timestamp())


def is_present(now: datetime) -> bool:
    """Whether no pause between two requests was longer than `IDLE` since the person last showed who they are."""
    away = now.timestamp() - session.get(PRESENT, 0)
    return away + 1 >= 0 and away <= IDLE.total_seconds()


def end(now: datetime) -> None:
    """Signs this browser out, in the caller's transaction."""
    if TOKEN in session:
        mine = update(SignedIn).where(SignedIn.token_hash == digest(session[TOKEN]), SignedIn.ended_at.is_(None))
        db.session.execute(mine.values(ended_at=now))
    session.clear()


def end_everywhere(account_id: int, now: datetime) -> None:
    """Signs the person out in every browser, in the caller's transaction."""
    live = update(SignedIn).where(SignedIn.account_id == account_id, SignedIn.ended_at.is_(None))
    db.session.execute(live.values(ended_at=now))
    session.clear()


def count_live(account_id: int, now: datetime) -> int:
    """In how many browsers somebody is signed in."""
    live = (SignedIn.account_id == account_id, SignedIn.ended_at.is_(None), SignedIn.expires_at > now)
    return db.session.scalar(select(func.count()).select_from(SignedIn).where(*live)) or 0


def recognise() -> None:
    """Before each request: one query at most, and its read transaction ends at once."""
    g.person = None
    token = session.get(TOKEN)
    if token and request.endpoint != "static":
        now = clock.now()
        g.person = _whose(token, now)
        if g.person and g.person.role in STAFF and is_present(now):
            mark_present(now)
        db.session.rollback()


def _whose(token: str, now: datetime) -> Who | None:
    live = select(Account).join(SignedIn, SignedIn.account_id == Account.id)
    live = live.where(SignedIn.token_hash == digest(token), SignedIn.ended_at.is_(None), SignedIn.expires_at > now)
    account = db.session.scalar(live.where(Account.is_active))
    return account.who if account else None
