"""Care at home on its page: may I roll today, the diary at a tap, what came too soon, and only what was approved."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.journal import JournalEntry
from storefront.db import transaction
from storefront.eligibility.aftercare import load_aftercare
from storefront.eligibility.models import Client
from storefront.orders import diary, stopping
from storefront.orders.home_models import HomeReminder
from tests.storefront.conftest import once_for_the_file
from tests.storefront.orders import world
from tests.storefront.orders.at_home import SENT, client_with_a_roller

Browsers = Callable[..., FlaskClient]
WEEK = timedelta(days=7)
CAME = world.TODAY + SENT


@pytest.fixture(scope="module")
def small_world(ground: Connection, built_app: Flask) -> int:
    with time_machine.travel(world.NOW), once_for_the_file(ground, built_app):
        return client_with_a_roller()


@pytest.fixture
def code(mara: Client) -> str:
    (own,) = diary.rollers_at_home(mara.id)
    return own.code


def reasons(page: str) -> list[str]:
    return re.findall(r'data-reason="([^"]+)"', page)


def test_a_tap_notes_today_and_the_page_says_when_again(browser: Browsers, mara: Client, code: str) -> None:
    day = CAME.isoformat()
    with time_machine.travel(world.NOW + SENT):
        mine = browser()
        page = mine.get("/care/home").text
        assert 'data-may-roll="yes"' in page
        for told in ("SE-01", "Every 7 days", "Sharps", "31 January 2027"):
            assert told.lower() in page.lower()
        assert mine.post("/care/diary", data={"roller": code, "day": day}).status_code == 303
        page = mine.get("/care/home").text
        assert (reasons(page), 'data-uses="1"' in page) == (["skin-rests"], True)
        assert "until 1 December 2026" in re.sub("<[^>]+>", "", page)
        assert mine.post("/care/diary/corrections", data={"roller": code, "day": day}).status_code == 303
        assert 'data-may-roll="yes"' in mine.get("/care/home").text
        again = mine.post("/care/diary/corrections", data={"roller": code, "day": day})
    assert (again.status_code, reasons(again.text)) == (409, ["no-such-day"])


def test_what_came_too_soon_is_said_kindly_at_once_to_the_client_and_shown_to_the_practitioner(
    browser: Browsers, mara: Client, code: str, session: Session
) -> None:
    with time_machine.travel(world.NOW + SENT + WEEK):
        mine = browser()
        for days in (0, 5):
            mine.post("/care/diary", data={"roller": code, "day": (CAME + timedelta(days=days)).isoformat()})
        page = mine.get("/care/home").text
        assert "That was 5 days after the time before, and your skin needs 7." in page
        assert f'data-overuse="{CAME + timedelta(days=5)}"' in page
        desk = browser("ines@example.org").get(f"/practitioner/clients/{mara.number}").text
        assert 'data-overuses="1"' in desk
        assert "2 of 10 uses noted" in desk
    session.expire_all()
    written = " ".join(f"{row.verb} {row.particulars}" for row in session.scalars(select(JournalEntry)))
    assert not re.search("diary|roller|overuse", written)


def test_a_day_that_cannot_be_is_asked_again_and_anothers_roller_is_not_there(
    browser: Browsers, mara: Client, tom: Client, code: str
) -> None:
    with time_machine.travel(world.NOW + SENT):
        mine, theirs = browser(), browser("tom@example.org")
        ahead = mine.post("/care/diary", data={"roller": code, "day": (CAME + WEEK).isoformat()})
        assert (ahead.status_code, 'id="error-summary"' in ahead.text) == (422, True)
        assert f'value="{CAME + WEEK}"' in ahead.text
        early = mine.post("/care/diary", data={"roller": code, "day": world.TODAY.isoformat()})
        assert (early.status_code, reasons(early.text)) == (409, ["no-such-day"])
        for address in ("/care/diary", "/care/diary/corrections"):
            assert theirs.post(address, data={"roller": code, "day": CAME.isoformat()}).status_code == 404
            assert theirs.post(address, data={}).status_code == 422
        page = theirs.get("/care/home").text
    assert "Home care opens with your approval" in page
    assert "How to roll" not in page
    assert "A used roller is a sharp" not in page
    assert "After a treatment at the clinic" in page


def test_a_recalled_roller_a_reaction_or_its_age_say_no(
    browser: Browsers, mara: Client, session: Session, count_queries: Any
) -> None:
    with time_machine.travel(world.NOW + SENT + timedelta(days=90)):
        assert reasons(browser().get("/care/home").text) == ["roller-worn"]
    with time_machine.travel(world.NOW + SENT):
        mine = browser()
        with count_queries() as sent:
            mine.get("/care/home")
        assert len(sent) == 11
        with transaction():
            session.execute(update(Batch).values(status="held"))
        assert "called back: do not use" in mine.get("/care/home").text
        with transaction():
            session.execute(update(Batch).values(status="released"))
            stopping.add_allergies(mara.id, ["nickel"], world.practitioner(), world.NOW)
        page = mine.get("/care/home").text
        assert ("against your allergy: do not use" in page, reasons(page)[-1]) == (True, "no-roller")
        with transaction():
            world.approve(mara.id, greatest_needle_um=150)
        assert "longer than your approval: do not use" in mine.get("/care/home").text
        with transaction():
            world.approve(mara.id, greatest_needle_um=0)
        page = mine.get("/care/home").text
        assert "Home care opens with your approval" in page
        assert page.index("If you have a roller at home") < page.index("A used roller is a sharp")
        with transaction():
            world.approve(mara.id)
        mine.post("/care/reaction", data={"product": "else", "told": "red"})
        assert reasons(mine.get("/care/home").text) == ["reaction-open", "no-roller"]


def test_every_sign_and_every_step_is_drawn_with_words_for_who_cannot_see_it(browser: Browsers, mara: Client) -> None:
    page = browser().get("/care/home").text
    drawings = re.findall(r'<svg class="picture"[^>]*role="img" aria-label="([^"]+)"', page)
    assert len(set(drawings)) == len(drawings) == 4 + 4 + 1 + len(load_aftercare().signs)
    assert all(each.source and each.advice for each in load_aftercare().periods)
    assert [each.name for each in load_aftercare().signs if each.is_normal] == ["Even redness"]


def test_reminders_are_set_changed_and_ended_on_the_page(browser: Browsers, mara: Client, session: Session) -> None:
    mine, chosen = browser(), {"use": "y", "weekday": "4", "hour": "7"}
    assert "18:00" in mine.get("/care/reminders").text
    nothing = mine.post("/care/reminders", data={"weekday": "first", "hour": "7"})
    assert (nothing.status_code, 'id="error-summary"' in nothing.text) == (422, True)
    assert mine.post("/care/reminders", data=chosen | {"hour": "3"}).status_code == 422
    assert mine.post("/care/reminders/end").status_code == 404
    assert mine.post("/care/reminders", data=chosen).status_code == 303
    assert 'data-reminders="asked"' in mine.get("/care/reminders").text
    token = session.scalars(select(HomeReminder.token)).one()
    mine.post(f"/reminders/{token}")
    page = mine.get("/care/reminders").text
    assert 'data-reminders="on"' in page
    assert '<option selected value="4">' in page
    mine.post("/care/reaction", data={"product": "else", "told": "red"})
    assert "They rest for now" in mine.get("/care/reminders").text
    assert mine.post("/care/reminders/end").status_code == 303
    assert 'data-reminders="off"' in mine.get("/care/reminders").text
