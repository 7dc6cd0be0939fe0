"""The link of a reminder: straight in where its client signed in before, the ordinary way in everywhere else."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import JournalEntry
from storefront import clock
from storefront.accounts import devices
from storefront.accounts.actions import send_link
from storefront.accounts.models import Account
from storefront.db import transaction
from tests.storefront.conftest import make_member
from tests.storefront.front.test_sign_in import link_sent

AGAIN = "/care/same-again"
WAY_IN = "/sign-in?next=/care/same-again"


def came_by_link(app: Flask, session: Session, member: Account) -> FlaskClient:
    """A browser in which this client signed in, long enough ago that only the device is still known."""
    browser = app.test_client()
    with transaction():
        send_link(member.email, clock.now())
    assert browser.post(link_sent(session)).status_code == 303
    cookie = browser.get_cookie("device")
    assert cookie is not None
    assert (cookie.http_only, cookie.path, cookie.max_age) == (True, "/", 180 * 24 * 3600)
    browser.delete_cookie("session")
    return browser


def test_a_reminder_opens_the_page_in_a_known_browser_alone(app: Flask, session: Session, member: Account) -> None:
    jo = make_member(session, "jo@example.org", "Jo Lind", "C-1002")
    mine, hers, strange = came_by_link(app, session, member), came_by_link(app, session, jo), app.test_client()
    with transaction():
        address = devices.reminder_address(member.id, AGAIN, clock.now()).removeprefix("http://127.0.0.1:8000")
        over = devices.reminder_address(member.id, AGAIN, clock.now() - timedelta(days=14))
    for browser, path in (
        (strange, address),
        (hers, address),
        (mine, over[21:]),
        (mine, "/sign-in/reminder/none?next=" + AGAIN),
    ):
        assert browser.get(path).location == WAY_IN, path
    assert mine.get("/account").status_code == 303
    for _ in range(2):
        assert mine.get(address).location == AGAIN, "the mail may be opened again"
    assert mine.get("/account").status_code == 200
    assert session.scalars(select(JournalEntry.verb)).all().count("signed in by reminder") == 1
    assert mine.post(address.partition("?")[0]).status_code == 405


def test_who_signs_out_is_known_no_longer(app: Flask, session: Session, member: Account) -> None:
    with transaction():
        address = devices.reminder_address(member.id, AGAIN, clock.now())[21:]
    for end in ("/sign-out", "/account/sessions/end"):
        browser, elsewhere = came_by_link(app, session, member), came_by_link(app, session, member)
        assert browser.get(address).location == AGAIN
        browser.post(end)
        assert browser.get(address).location == WAY_IN
        assert (elsewhere.get(address).location == AGAIN) == (end == "/sign-out")
    browser = came_by_link(app, session, member)
    member.is_active = False
    session.commit()
    assert browser.get(address).location == WAY_IN, "an account that was closed"
