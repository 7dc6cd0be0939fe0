"""Keys with which a program of the accountant's reads the lists of money. A key is shown once, when it is made; kept is its hash,
so that nobody who reads the database can use it."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Integer, String, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.base import Base, UTCDateTime
from catalogue.journal import JournalEntry, Who, note
from catalogue.verdicts import Refused, Stale
from storefront.db import db, rows_changed

PREFIX = "acc_"
ROLE = "accounting key"
READ = "accounting"  # subject of the journal's rows about what was read


class AccountingKey(Base):
    """`hint`: how the key begins, so that a person knows which one it is."""

    __tablename__ = "accounting_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    hint: Mapped[str] = mapped_column(String(12))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by_id: Mapped[int | None] = mapped_column(Integer)
    made_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by: Mapped[str] = mapped_column(String(200), default="", server_default="")


def make_key(name: str, by: Who, now: datetime) -> str:
    """The new key, which is told nowhere else. Refuses a name that another key has or had."""
    if db.session.scalar(select(AccountingKey.id).where(AccountingKey.name == name)) is not None:
        text = f"There is, or was, a key called {name}."
        raise Refused.because("name-taken", text, "you", "Choose another name, so that the journal stays clear.")
    key = PREFIX + secrets.token_urlsafe(32)
    row = AccountingKey(name=name, hint=key[:8], sha256=_hash(key), made_at=now, made_by_id=by.id, made_by=by.name)
    db.session.add(row)
    note(db.session(), "key made", "accounting key", name, by, now)
    return key


def end_key(name: str, by: Who, now: datetime) -> None:
    """From now on it opens nothing. Refuses what has ended, or never was."""
    live = update(AccountingKey).where(AccountingKey.name == name, AccountingKey.ended_at.is_(None))
    if rows_changed(live.values(ended_at=now, ended_by=by.name)) != 1:
        raise Stale.because("no-key", "There is no such key in use.", "nobody", "Look at the list again.")
    note(db.session(), "key ended", "accounting key", name, by, now)


def keys() -> Sequence[AccountingKey]:
    """Every key, those in use first, the latest first."""
    order = (AccountingKey.ended_at.is_not(None), AccountingKey.id.desc())
    return db.session.scalars(select(AccountingKey).order_by(*order)).all()


def last_uses() -> Mapping[str, datetime]:
    """When each key, by its name, read anything last; the journal says so, because reading changes no other row."""
    looks = select(JournalEntry.by_name, func.max(JournalEntry.at)).where(JournalEntry.subject == READ)
    rows = db.session.execute(looks.where(JournalEntry.by_role == ROLE).group_by(JournalEntry.by_name))
    return {row[0]: row[1] for row in rows}


def who_has(key: str) -> Who | None:
    """Under which name a key reads; None when it is unknown or has ended."""
    if not key.startswith(PREFIX):
        return None
    found = select(AccountingKey.name).where(AccountingKey.sha256 == _hash(key), AccountingKey.ended_at.is_(None))
    name = db.session.scalar(found)
    return Who(None, name, ROLE) if name is not None else None


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()
