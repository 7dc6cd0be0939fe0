"""The diary on rows: a tap, an earlier day, a mistake put right; whose roller it is; and what the gate reads of it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue.verdicts import Refused
from storefront.db import transaction
from storefront.eligibility.models import Client
from storefront.orders import diary, gate
from storefront.orders.home_models import HomeUse
from storefront.orders.models import Order
from storefront.orders.records import purchases_of
from tests.catalogue import samples
from tests.storefront.conftest import once_for_the_file
from tests.storefront.orders import world
from tests.storefront.orders.at_home import SENT, client_with_a_roller
from tests.storefront.orders.world import NOW, TODAY

WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def small_world(ground: Connection, built_app: Flask) -> int:
    with once_for_the_file(ground, built_app):
        return client_with_a_roller()


@pytest.fixture
def mara(small_world: int, session: Session) -> Client:
    return session.get_one(Client, small_world)


def code_of(client: Client) -> str:
    (own,) = diary.rollers_at_home(client.id)
    return own.code


def opens(client: Client, sku: str, day: date, session: Session) -> bool:
    session.expire_all()
    wanted = [world_wanted(session, sku)]
    found = diary.lock_client(client.id)
    return "too-soon" not in gate.ask(found, wanted, day).codes


def world_wanted(session: Session, sku: str) -> Any:
    return gate.Wanted(samples.loaded(session, sku), 1)


def test_a_diary_is_kept_day_by_day_and_put_right_by_new_rows(session: Session, mara: Client) -> None:
    with transaction():
        client, tom = mara, world.new_client("Tom Achebe", "tom@example.org")
    assert diary.rollers_at_home(tom.id) == []
    code = code_of(client)
    came, later = TODAY + SENT, NOW + 30 * WEEK

    def note(day: date, of: int = client.id) -> diary.OwnRoller:
        with transaction():
            return diary.note_use(of, code, day, came + 10 * WEEK, later)

    for day in (came + WEEK, came, came + WEEK):
        note(day)
    (own,) = diary.rollers_at_home(client.id)
    assert (own.roller.since, own.roller.uses, own.of) == (came, (came, came + WEEK), 1)
    assert len(session.scalars(select(HomeUse)).all()) == 2
    with transaction():
        diary.strike_use(client.id, code, came, later)
    assert [each.roller.uses for each in diary.rollers_at_home(client.id)] == [(came + WEEK,)]
    note(came)
    assert [entry.is_struck for entry in session.scalars(select(HomeUse).order_by(HomeUse.id))] == [
        False,
        False,
        True,
        False,
    ]
    for day in (came - timedelta(days=1), came + 11 * WEEK):
        with pytest.raises(Refused, match="no-such-day"):
            note(day)
    with pytest.raises(LookupError):
        note(came, tom.id)
    with pytest.raises(Refused, match="no-such-day"), transaction():
        diary.strike_use(client.id, code, came + 2 * WEEK, later)
    for change in (update(HomeUse).values(is_struck=True), delete(HomeUse)):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(change)


def test_what_the_diary_says_moves_the_day_of_the_next_roller_and_of_nothing_else(
    session: Session, mara: Client
) -> None:
    client, code, came = mara, code_of(mara), TODAY + SENT
    seventieth = TODAY + timedelta(days=70)
    assert opens(client, "RL-020", seventieth, session)
    assert not opens(client, "RL-020", seventieth - timedelta(days=1), session)
    with transaction():
        for nth in range(3):
            diary.note_use(client.id, code, came + nth * 3 * WEEK, seventieth, NOW + timedelta(days=60))
    assert not opens(client, "RL-020", seventieth, session)
    assert opens(client, "SE-01", seventieth, session)
    # 3 uses in 6 weeks and 7 to come make 91 days: the roller is worn out before, 90 days after its first use.
    assert not opens(client, "RL-020", came + timedelta(days=89), session)
    assert opens(client, "RL-020", came + timedelta(days=90), session)
    with transaction():
        for nth in range(10):
            diary.note_use(client.id, code, came + timedelta(days=nth), seventieth, NOW + timedelta(days=60))
    assert not opens(client, "RL-020", seventieth - timedelta(days=1), session)


def test_what_was_noted_after_an_order_was_accepted_does_not_judge_it(
    mara: Client, count_queries: Callable[[], Any]
) -> None:
    client, code, accepted = mara, code_of(mara), NOW + timedelta(days=70)
    with transaction():
        diary.note_use(client.id, code, TODAY + SENT, TODAY + WEEK, NOW + WEEK)
        diary.note_use(client.id, code, TODAY + 9 * WEEK, TODAY + 11 * WEEK, accepted + WEEK)
    another = Order(id=9999, accepted_at=accepted)
    with count_queries() as sent:
        (judged,) = purchases_of(client.id, another)
    (today,) = purchases_of(client.id)
    assert len(sent) == 2
    assert judged.rollers[0].uses == (TODAY + SENT,)
    assert today.rollers[0].uses == (TODAY + SENT, TODAY + 9 * WEEK)
