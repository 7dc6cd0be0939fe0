"""What happened: one row per verb, each carrying the hash of the row before. Rows hold ids and verbs, never a health word,
so that erasing a person leaves the chain whole. `seal` is called last in a transaction, because it locks the chain's head."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, String, Text, insert, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from catalogue.base import Base, UTCDateTime

START = "0" * 64
NOTED = "noted"
FIRST_HEAD = "INSERT INTO journal_head (id, number, hash) VALUES (1, 0, :start) ON CONFLICT DO NOTHING"


@dataclass(frozen=True, slots=True)
class Who:
    """A person as the journal keeps them: evidence outlives an account."""

    id: int | None
    name: str
    role: str


SYSTEM = Who(None, "the shop", "system")


class JournalEntry(Base):
    __tablename__ = "journal_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    verb: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(40), index=True)
    reference: Mapped[str] = mapped_column(String(80), index=True)
    by_id: Mapped[int | None] = mapped_column()
    by_name: Mapped[str] = mapped_column(String(200))
    by_role: Mapped[str] = mapped_column(String(20))
    particulars: Mapped[str] = mapped_column(Text, default="{}")
    previous: Mapped[str | None] = mapped_column(String(64))
    hash: Mapped[str | None] = mapped_column(String(64))

    def digest(self, previous: str) -> str:
        """SHA-256 over the row before and every column of this one."""
        told = [previous, self.number, self.at.isoformat(), self.verb, self.subject, self.reference]
        told += [self.by_id, self.by_name, self.by_role, self.particulars]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


class JournalHead(Base):
    """The one row that names the end of the chain."""

    __tablename__ = "journal_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    number: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(String(64), default=START)


def note(
    session: Session,
    verb: str,
    subject: str,
    reference: object,
    by: Who,
    now: datetime,
    **particulars: object,
) -> None:
    """Writes one row in the caller's transaction. `subject` is the noun ("order"), `reference` its public name."""
    entry = JournalEntry(at=now, verb=verb, subject=subject, reference=str(reference))
    entry.by_id, entry.by_name, entry.by_role = by.id, by.name, by.role
    entry.particulars = json.dumps(particulars, sort_keys=True, ensure_ascii=False, default=str)
    session.add(entry)
    session.info.setdefault(NOTED, []).append(entry)


def note_each(session: Session, subject: str, lines: Iterable[tuple[str, str]], by: Who, now: datetime) -> None:
    """A row for each verb and reference, all written by one statement: a list that is shown is many looks at once."""
    who = {"by_id": by.id, "by_name": by.name, "by_role": by.role, "at": now, "subject": subject, "particulars": "{}"}
    rows = [{"verb": verb, "reference": reference, **who} for verb, reference in lines]
    if rows:
        written = session.scalars(insert(JournalEntry).returning(JournalEntry), rows)
        session.info.setdefault(NOTED, []).extend(written)


def seal(session: Session) -> None:
    """Chains the rows that this transaction noted. Last, because it locks the head until the commit."""
    session.flush()
    # What a savepoint or a rollback took back is no longer in the session.
    fresh = [entry for entry in session.info.pop(NOTED, ()) if object_session(entry) is session]
    if not fresh:
        return
    lock = update(JournalHead).where(JournalHead.id == 1).values(id=1).returning(JournalHead.number, JournalHead.hash)
    head = session.execute(lock).first()
    if head is None:
        # The very first rows of a journal: of several transactions one makes the head, the others wait for it.
        session.execute(text(FIRST_HEAD), {"start": START})
        head = session.execute(lock).one()
    number, tip = head
    for entry in fresh:
        number += 1
        entry.number, entry.previous = number, tip
        tip = entry.hash = entry.digest(entry.previous)
    session.execute(update(JournalHead).where(JournalHead.id == 1).values(number=number, hash=tip))
    session.flush()


def broken_links(session: Session) -> Iterator[str]:
    """Every place where the chain does not hold; nothing when the journal is as it was written."""
    tip, count = START, 0
    for entry in session.scalars(select(JournalEntry).order_by(JournalEntry.number)):
        count += 1
        if entry.number != count or entry.previous != tip or entry.hash != entry.digest(tip):
            yield f"journal entry {entry.id}: the chain does not hold"
        tip = entry.hash or ""
    head = session.execute(select(JournalHead.number, JournalHead.hash)).first()
    if tuple(head or (0, START)) != (count, tip):
        yield f"journal head: names entry {head[0] if head else 0}, the last is {count}"


def entries_of(session: Session, subject: str, reference: object) -> list[JournalEntry]:
    """The rows of one noun, oldest first."""
    found = select(JournalEntry).where(JournalEntry.subject == subject, JournalEntry.reference == str(reference))
    return list(session.scalars(found.order_by(JournalEntry.number)))
