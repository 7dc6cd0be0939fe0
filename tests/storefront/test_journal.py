"""The journal cannot be changed unseen: every kind of tampering is named."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from catalogue.journal import JournalHead, Who, broken_links, entries_of, note
from storefront import clock
from storefront.db import db, transaction

PRACTITIONER = Who(7, "Dr Ines Holt", "practitioner")
SMUGGLED = text(
    "INSERT INTO journal_entry (at, verb, subject, reference, by_name, by_role, particulars, previous, hash, number)"
    " SELECT at, 'forged', subject, reference, by_name, by_role, particulars, hash, hash, 4"
    " FROM journal_entry WHERE number = 3"
)


@pytest.fixture
def written(session: Session) -> Session:
    for verb in ("opened", "read", "signed"):
        with transaction():
            note(db.session(), verb, "course", "12", PRACTITIONER, clock.now(), treatments=3)
    return session


def test_an_untouched_journal_holds(written: Session) -> None:
    assert list(broken_links(written)) == []
    assert [entry.verb for entry in entries_of(written, "course", 12)] == ["opened", "read", "signed"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal_entry SET by_name = 'somebody else' WHERE number = 2",
        "UPDATE journal_entry SET at = '2001-01-01 00:00:00+00:00' WHERE number = 1",
        "UPDATE journal_entry SET particulars = '{}' WHERE number = 3",
        "UPDATE journal_entry SET hash = previous WHERE number = 2",
        "DELETE FROM journal_entry WHERE number = 1",
        "DELETE FROM journal_entry WHERE number = 3",
        "UPDATE journal_entry SET number = 9 WHERE number = 3",
        "UPDATE journal_head SET number = 2",
    ],
)
def test_a_change_behind_its_back_is_named(written: Session, change: str) -> None:
    written.execute(text(change))
    written.expire_all()
    assert list(broken_links(written))


def test_an_entry_smuggled_in_is_named(written: Session) -> None:
    written.execute(SMUGGLED)
    assert any("chain" in found for found in broken_links(written))


def test_a_journal_without_entries_needs_no_head(session: Session) -> None:
    assert list(broken_links(session)) == []
    assert session.get(JournalHead, 1) is None
