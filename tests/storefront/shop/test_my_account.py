"""The account: who one is here, where one is signed in, who read the record."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalogue.journal import note
from storefront import clock
from storefront.accounts.models import Account
from storefront.db import db, transaction

Browsers = Callable[[Account], FlaskClient]


def test_a_client_reads_who_was_at_the_record(signed_in: Browsers, member: Account, worker: Account) -> None:
    with transaction():
        note(db.session(), "read record", "client", "C-1001", worker.who, clock.now())
        note(db.session(), "screening answered", "client", "C-1001", member.who, clock.now())
        note(db.session(), "read another", "client", "C-9999", worker.who, clock.now())
        note(db.session(), "record read", "client", "C-1001", worker.who, clock.now())
    page = signed_in(member).get("/account").text
    assert "Dr Ines Holt" in page
    assert "Read record" in page
    assert '<td data-label="Who">You</td><td data-label="What">Answered the safety questions</td>' in page
    assert (
        'Dr Ines Holt <span class="small soft">practitioner</span></td><td data-label="What">Read your record</td>'
        in page
    )
    assert "another" not in page
    assert "C-1001" in page


def test_no_look_is_too_long_ago_to_be_read(signed_in: Browsers, member: Account, worker: Account) -> None:
    mine = signed_in(member)
    with transaction():
        note(db.session(), "the first of all", "client", "C-1001", worker.who, clock.now())
        for _ in range(50):
            note(db.session(), "record read", "client", "C-1001", worker.who, clock.now())
    assert "The first of all" not in mine.get("/account").text
    assert 'href="/account?page=2#log"' in mine.get("/account").text
    assert "The first of all" in mine.get("/account?page=2").text
    assert mine.get("/account?page=9").status_code == 404


def test_staff_have_an_account_page_without_a_record(signed_in: Browsers, worker: Account) -> None:
    page = signed_in(worker).get("/account").text
    assert worker.email in page
    assert "Who was at your record" not in page


def test_signing_out_everywhere_ends_every_browser(signed_in: Browsers, member: Account, worker: Account) -> None:
    first, second, other = signed_in(member), signed_in(member), signed_in(worker)
    assert "On 2 devices" in first.get("/account").text
    assert first.post("/account/sessions/end").location == "/sign-in"
    assert first.get("/account").location == "/sign-in?next=/account"
    assert second.get("/account").location == "/sign-in?next=/account"
    assert other.get("/account").status_code == 200


def test_visitors_sign_in_first(client: FlaskClient) -> None:
    assert client.get("/account").location == "/sign-in?next=/account"
    assert client.post("/account/sessions/end").location == "/sign-in?next=/"


@pytest.mark.parametrize("entries", [0, 30])
def test_the_page_asks_a_fixed_number_of_queries(
    signed_in: Browsers, session: Session, member: Account, count_queries: object, entries: int
) -> None:
    browser = signed_in(member)
    with transaction():
        for _ in range(entries):
            note(db.session(), "read record", "client", "C-1001", member.who, clock.now())
    with count_queries() as sent:  # type: ignore[operator]
        browser.get("/account")
    assert len(sent) == 6
