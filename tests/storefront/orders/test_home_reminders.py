"""Reminders on rows: begun and ended by the mail's link, sent once a day and no more, silent when home care ends."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, select, update
from sqlalchemy.orm import Session

from catalogue.verdicts import Refused
from storefront import clock, jobs
from storefront.db import db, transaction
from storefront.eligibility.home_reminder_rules import Wishes
from storefront.eligibility.models import Client
from storefront.messages.models import Message
from storefront.orders import diary, home_reminders, stopping
from storefront.orders.home_models import HomeReminder, HomeReminderSent
from storefront.orders.withdrawing import effects_of_withdrawal
from tests.storefront.conftest import once_for_the_file
from tests.storefront.orders import world
from tests.storefront.orders.at_home import SENT, client_with_a_roller
from tests.storefront.orders.world import NOW, TODAY

DAY = timedelta(days=1)
ALL = Wishes(frozenset(("use", "after", "replacing")), 18)
# What a mail never says, in subject or text.
HEALTH = re.compile(r"skin|roll|needl|serum|sun|treat|approv|practition|clean|blood|wound|reaction|doctor", re.I)
REMINDERS = jobs.Kind("reminder", HomeReminder, jobs.remind)


def at(day: date, hour: int = 18) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 0, 1, tzinfo=UTC)


def letters(session: Session, kind: str = home_reminders.REMINDED) -> list[Message]:
    session.expire_all()
    return list(session.scalars(select(Message).where(Message.kind == kind).order_by(Message.id)))


def token_of(session: Session) -> str:
    return session.scalars(select(HomeReminder.token)).one()


@pytest.fixture(scope="module")
def small_world(ground: Connection, built_app: Flask) -> int:
    """All reminders are set for six in the evening."""
    with once_for_the_file(ground, built_app):
        client_id = client_with_a_roller()
        with transaction():
            home_reminders.set_reminders(client_id, ALL, NOW)
        return client_id


@pytest.fixture
def mara(small_world: int, session: Session) -> Client:
    return session.get_one(Client, small_world)


def worked(now: datetime) -> None:
    """The worker looks at all that is due, as often as it finds anything."""
    while REMINDERS(now):
        pass


def test_nothing_comes_before_the_link_was_pressed_nor_after_it_was_pressed_again(
    session: Session, mara: Client, client: FlaskClient
) -> None:
    (asked,) = letters(session, home_reminders.ASKED)
    link = re.search(r"/reminders/\S+", asked.text)
    assert link is not None
    worked(at(TODAY + 3 * DAY))
    assert letters(session) == []
    assert 'data-reminders="asked"' in client.get(link[0]).text
    assert client.get("/reminders/none").status_code == client.post("/reminders/none/end").status_code == 404
    assert client.post(link[0]).status_code == 303
    assert 'data-reminders="on"' in client.get(link[0]).text
    with transaction():
        session.execute(update(HomeReminder).values(due_at=at(TODAY + 3 * DAY) - timedelta(seconds=1)))
    worked(at(TODAY + 3 * DAY))
    (letter,) = letters(session)
    assert link[0] in letter.text
    for one in (asked, letter):
        plain = re.sub(r"/(reminders|reminder)/\S+", "", one.text).replace("Demo Skin Clinic", "")
        assert HEALTH.findall(one.subject + plain) == []
    assert letter.text.count("?next=%2Fcare%2Fsame-again") == 1
    assert client.post(f"{link[0]}/end").status_code == 303
    assert 'data-reminders="off"' in client.get(link[0]).text
    assert session.scalars(select(HomeReminder.due_at)).one() is None


def test_a_day_is_told_once_whatever_becomes_of_the_worker(session: Session, mara: Client) -> None:
    with transaction():
        home_reminders.confirm_reminders(token_of(session), NOW)
    evening = session.scalars(select(HomeReminder.due_at)).one()
    assert evening == at(TODAY) - timedelta(seconds=1)
    now = at(TODAY + SENT)
    item = REMINDERS.claim(now)  # killed between the claim and the mail: the lease runs out
    assert item is not None
    assert not REMINDERS(now)
    event.listen(db.session, "before_flush", kill)
    with pytest.raises(KeyboardInterrupt):
        REMINDERS(now + jobs.LEASE)
    event.remove(db.session, "before_flush", kill)
    assert letters(session) == session.scalars(select(HomeReminderSent)).all() == []
    worked(now + 2 * jobs.LEASE)
    with transaction():  # another worker, whose lease had run out, comes late
        home_reminders.remind(item, now + 2 * jobs.LEASE)
    worked(now + timedelta(hours=5))
    assert len(letters(session)) == 1
    assert session.scalars(select(HomeReminderSent.kind)).all() == ["use"]
    assert session.scalars(select(HomeReminder.due_at)).one() == at(TODAY + SENT + DAY) - timedelta(seconds=1)


def kill(session: Session, *_: object) -> None:
    """The worker is killed when the mail is about to be written."""
    if any(isinstance(row, Message) for row in session.new):
        raise KeyboardInterrupt


def test_reminders_follow_the_diary_and_are_silent_when_home_care_ends(session: Session, mara: Client) -> None:
    assert not effects_of_withdrawal(mara.id).reminders_rest
    session.rollback()
    with transaction():
        home_reminders.confirm_reminders(token_of(session), NOW)
    assert effects_of_withdrawal(mara.id).reminders_rest
    came, (own,) = TODAY + SENT, diary.rollers_at_home(mara.id)
    worked(at(came))
    with transaction():
        diary.note_use(mara.id, own.code, came, came, at(came, 20))
    for day in (1, 2, 6, 7):
        worked(at(came + day * DAY))
    kinds = session.execute(select(HomeReminderSent.kind, HomeReminderSent.sent_on).order_by(HomeReminderSent.id))
    assert [tuple(row) for row in kinds] == [("use", came), ("after", came + DAY), ("use", came + 7 * DAY)]
    with transaction():
        stopping.report_reaction(mara.id, "it burns", world.client_who(mara), at(came + 8 * DAY))
    for day in (8, 15, 29):
        worked(at(came + day * DAY))
    assert len(letters(session)) == 3
    with transaction():
        stopping.withdraw_approval(mara.id, "seen", world.practitioner(), at(came + 30 * DAY))
    worked(at(came + 31 * DAY))
    assert len(letters(session)) == 3
    with pytest.raises(Refused, match="no-approval"), transaction():
        home_reminders.set_reminders(mara.id, ALL, at(came + 31 * DAY))


def test_a_change_holds_at_once_and_asks_no_more_while_they_are_on(session: Session, mara: Client) -> None:
    with pytest.raises(Refused, match="no-wish"), transaction():
        home_reminders.set_reminders(mara.id, Wishes(frozenset(), 9), NOW)
    before = token_of(session)
    with transaction():
        home_reminders.confirm_reminders(before, NOW)
        home_reminders.set_reminders(mara.id, Wishes(frozenset(("replacing",)), 9, 4), NOW)
    row = session.scalars(select(HomeReminder)).one()
    assert (row.token, row.is_on, row.is_for_use, row.weekday) == (before, True, False, 4)
    assert row.due_at == at(TODAY + DAY, 9) - timedelta(seconds=1)
    assert len(letters(session, home_reminders.ASKED)) == 1
    with transaction():
        home_reminders.stop_reminders(before, NOW)
        home_reminders.set_reminders(mara.id, ALL, NOW)
    assert token_of(session) != before
    with pytest.raises(LookupError), transaction():
        home_reminders.confirm_reminders(before, NOW)
    assert len(letters(session, home_reminders.ASKED)) == 2


def test_the_hour_is_that_of_the_clinics_clock_when_the_clocks_change(app: Any) -> None:
    with app.app_context():
        spring = [clock.next_hour(7, datetime(2026, 3, day, 12, tzinfo=UTC)) for day in (27, 28, 29)]
        autumn = [clock.next_hour(7, datetime(2026, 10, day, 12, tzinfo=UTC)) for day in (23, 24)]
    assert [each.hour for each in spring] == [7, 6, 6]
    assert [each.hour for each in autumn] == [6, 7]
