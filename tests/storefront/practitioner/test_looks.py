"""Every look at a health record is on record: at a whole one, at what a list says of one, and when a form comes back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM, JournalEntry, broken_links
from storefront import clock
from storefront.accounts.models import Account
from storefront.db import transaction
from storefront.eligibility import actions
from storefront.eligibility.consultations import Wish, ask_for_consultation
from storefront.eligibility.models import Client
from tests.storefront.conftest import make_member

Become = Callable[[Account], FlaskClient]


@pytest.fixture
def looking(session: Session, worker: Account, member: Account, signed_in: Become) -> Callable[..., list[str]]:
    """What the journal gains by one request of a practitioner: whom it is about, in short. Of the two clients C-1002 waits."""
    with transaction():
        until = clock.today() + timedelta(days=100)
        actions.record_qualification(worker, "Needling", "", until, SYSTEM, clock.now())
    make_member(session, "theo@example.org", "Theo Lane", "C-1002")
    with transaction():
        theo = session.scalars(select(Client.id).where(Client.number == "C-1002")).one()
        actions.report_reaction(theo, "it burns", worker.who, clock.now())
        wish = Wish("Ada Byron", "ada@example.org", "020 7946 0001", "An old scar", "", "Tuesdays")
        ask_for_consultation(wish, "here", "clinic@example.org", clock.now())
    browser = signed_in(worker)

    def look(method: str, page: str, **sent: Any) -> list[str]:
        before = len(session.scalars(select(JournalEntry)).all())
        answer = browser.open(page, method=method, **sent)
        assert answer.status_code == (200 if method == "GET" else 422)
        entries = session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()[before:]
        assert {entry.by_name for entry in entries} <= {"Dr Ines Holt"}
        assert list(broken_links(session)) == []
        return [f"{entry.verb}: {entry.reference if entry.subject == 'client' else entry.subject}" for entry in entries]

    return look


OTHER = "seen in a list: C-1002"
MINE = "record read: C-1001"


@pytest.mark.parametrize(
    ("page", "looks"),
    [
        ("", [OTHER]),
        ("/clients", ["seen in a list: C-1001", OTHER]),
        ("/clients?q=Theo", [OTHER]),
        ("/clients/C-1001", [MINE, OTHER]),
        ("/clients/C-1002", ["record read: C-1002"]),
        ("/clients/C-1001/treatments", [MINE]),
        ("/clients/C-1001/papers", [MINE]),
        ("/clients/C-1001/screening", [MINE]),
        ("/consultations", ["consultation read: consultation"]),
    ],
)
def test_a_page_notes_each_of_whom_it_tells(looking: Callable[..., list[str]], page: str, looks: list[str]) -> None:
    assert sorted(looking("GET", f"/practitioner{page}")) == sorted(looks)


@pytest.mark.parametrize(
    ("page", "looks"),
    [
        ("withdrawal", [MINE, OTHER]),
        ("allergies", [MINE, OTHER]),
        ("allergies/1/reading", [MINE, OTHER]),
        ("approvals", [MINE, OTHER]),
        ("treatments", [MINE]),
        ("papers", [MINE]),
        ("screening", [MINE]),
    ],
)
def test_a_form_that_comes_back_shows_a_record_too(
    looking: Callable[..., list[str]], page: str, looks: list[str]
) -> None:
    assert sorted(looking("POST", f"/practitioner/clients/C-1001/{page}", data={})) == sorted(looks)


def test_a_registration_that_comes_back_shows_the_list_too(looking: Callable[..., list[str]]) -> None:
    assert sorted(looking("POST", "/practitioner/clients", data={})) == [OTHER.replace("2", "1"), OTHER]


def test_nobody_is_noted_where_nobody_is(looking: Callable[..., list[str]]) -> None:
    assert looking("GET", "/practitioner/clients?q=nobody") == []
