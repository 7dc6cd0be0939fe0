"""Counting tries at what may be guessed or flooded. Every try is a row, so that all workers share one limit; a key is an
account (by the hash of what was typed, known or not), an address on the network, or one question."""

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select
from werkzeug.exceptions import TooManyRequests

from storefront.accounts.models import Attempt
from storefront.db import db

DAY = timedelta(days=1)
KEPT = 8 * DAY


class Limit(NamedTuple):
    """At most `tries` within `window`, per key."""

    purpose: str
    tries: int
    window: timedelta

    def key(self, whose: str) -> str:
        return f"{self.purpose}:{hashlib.sha256(whose.encode()).hexdigest()}"


QUARTER = timedelta(minutes=15)
PASSWORD_OF_ACCOUNT = Limit("password", 10, QUARTER)
PASSWORD_FROM_ADDRESS = Limit("password-from", 20, QUARTER)
LINK_TO_ACCOUNT = Limit("link", 5, QUARTER)
LINK_FROM_ADDRESS = Limit("link-from", 30, QUARTER)


def count_attempt(limit: Limit, whose: str, now: datetime) -> Attempt:
    """Counts one try in the caller's transaction, before it is tried. Refuses (429) when the limit is reached already."""
    key = limit.key(whose)
    _take_turns(key)
    earlier = _earlier(key, limit, now)
    if len(earlier) >= limit.tries:
        raise TooManyRequests(retry_after=_seconds_left(earlier, limit, now))
    attempt = Attempt(key=key, at=now)
    db.session.add(attempt)
    db.session.flush()
    return attempt


def refuse_when_many(limit: Limit, whose: str, now: datetime) -> None:
    """Refuses (429) when more was tried than the limit allows; counts nothing."""
    earlier = _earlier(limit.key(whose), limit, now)
    if len(earlier) > limit.tries:
        raise TooManyRequests(retry_after=_seconds_left(earlier, limit, now))


def forget_attempts(limit: Limit, whose: str) -> None:
    """Once it succeeded, earlier tries count no more."""
    db.session.execute(delete(Attempt).where(Attempt.key == limit.key(whose)))


def take_back(attempt: Attempt) -> None:
    """One try that succeeded counts no more; the others from the same place still do."""
    db.session.execute(delete(Attempt).where(Attempt.id == attempt.id))


def has_old_attempts(now: datetime) -> bool:
    """Whether the first try that is left has been old for a day, so that nobody looks for old ones more often."""
    first = db.session.scalar(select(Attempt.at).order_by(Attempt.id).limit(1))
    return first is not None and first < now - KEPT - DAY


def forget_old_attempts(now: datetime) -> None:
    """Tries that no limit counts any more are gone."""
    db.session.execute(delete(Attempt).where(Attempt.at < now - KEPT))


def _earlier(key: str, limit: Limit, now: datetime) -> list[datetime]:
    found = select(Attempt.at).where(Attempt.key == key, Attempt.at > now - limit.window)
    return list(db.session.scalars(found.order_by(Attempt.at)))


def _seconds_left(earlier: list[datetime], limit: Limit, now: datetime) -> int:
    """Until one more try has room: when the oldest of the last `tries` leaves the window."""
    return max(1, int((earlier[-limit.tries] + limit.window - now).total_seconds()) + 1)


def _take_turns(key: str) -> None:
    """Two tries at once are counted one after the other; SQLite has one writer anyway."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(key))))
