"""Approvals that go beyond a change of rules: listed for the practitioner with what is proposed, confirmed one by one."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM, JournalEntry
from storefront import clock
from storefront.accounts.models import Account
from storefront.db import transaction
from storefront.eligibility import actions
from storefront.eligibility.models import Approval
from storefront.orders import stopping
from tests.catalogue import samples
from tests.catalogue.revisions import drafted
from tests.storefront.eligibility import people

PAGE = "/practitioner/rule-changes"


@pytest.fixture
def desk(session: Session, worker: Account, signed_in: Callable[[Account], FlaskClient]) -> FlaskClient:
    """Two rollers; one of them falls by a version that comes in a week."""
    today, now = clock.today(), clock.now()
    with transaction():
        actions.record_qualification(worker, "Needling", "", today + timedelta(days=90), SYSTEM, now)
        samples.on_sale(session, sku="RL-020", today=today)
        samples.on_sale(session, sku="RL-015", today=today, needle_length_nominal=Decimal("0.15"))
        draft = drafted(session, "2099.1", today + timedelta(days=7), now, R_LEN_01=Decimal("0.15"))
    for who in (samples.COLLEAGUE, worker.who):
        with transaction():
            stopping.sign_version("2099.1", who, today, now, draft.hash)
    return signed_in(worker)


def approved(worker: Account, name: str, **limits: Any) -> str:
    with transaction():
        client = people.approved_client(worker.who, name)
        people.approve(client.id, worker.who, **limits)
    return client.number


def marks(page: str) -> list[str]:
    return re.findall(r'name="shown" value="([^"]+)"', page)


def test_each_is_confirmed_by_itself_within_the_new_limit(session: Session, worker: Account, desk: FlaskClient) -> None:
    first, second = approved(worker, "Ada First"), approved(worker, "Bea Second")
    approved(worker, "Cleo Third", greatest_needle_um=150)
    page = desk.get(PAGE).text
    assert re.findall(r'data-client="([^"]+)"', page) == [first, second]
    assert "0.20 mm" in page
    assert page.count("Instead of Sample roller RL-020: <strong>Sample roller RL-015</strong>") == 2
    assert page.count('data-key="a"') == 1
    shown = marks(page)[0]
    stale = desk.post(f"{PAGE}/{first}/approvals", data={"shown": "1:150:"})
    assert (stale.status_code, 'data-reason="changed-meanwhile"' in stale.text) == (409, True)
    assert desk.post(f"{PAGE}/{first}/approvals", data={"shown": shown}).status_code == 303
    last = session.scalars(select(Approval).order_by(Approval.id.desc())).first()
    assert last is not None
    assert (last.greatest_needle_um, last.by_name) == (150, worker.name)
    assert re.findall(r'data-client="([^"]+)"', desk.get(PAGE).text) == [second]
    assert desk.post(f"{PAGE}/{first}/approvals", data={"shown": shown}).status_code == 404
    assert f'href="{PAGE}"' in desk.get("/practitioner").text


def test_what_falls_is_replaced_by_nothing_that_a_client_may_not_have(
    session: Session, worker: Account, desk: FlaskClient
) -> None:
    with transaction():
        session.execute(text("DELETE FROM listing WHERE product_id = (SELECT id FROM product WHERE sku = 'RL-015')"))
    approved(worker, "Ada First")
    assert "nothing of its kind that stays on sale fits" in desk.get(PAGE).text


def test_who_may_have_a_roller_that_falls_by_another_rule_is_listed_until_confirmed(
    session: Session, worker: Account, signed_in: Callable[[Account], FlaskClient]
) -> None:
    """Their approval is within the rules: it is read once more, and leaves the list with its new signature."""
    today, now = clock.today(), clock.now()
    with transaction():
        actions.record_qualification(worker, "Needling", "", today + timedelta(days=90), SYSTEM, now)
        samples.on_sale(session, sku="RL-020", today=today, max_uses_declared=4)
        samples.on_sale(session, sku="RL-018", today=today, max_uses_declared=1)
        draft = drafted(session, "2099.1", today + timedelta(days=7), now, R_USES_01=2)
    number = approved(worker, "Ada First")
    approved(worker, "Bea Second", greatest_needle_um=150)
    desk = signed_in(worker)
    assert 'data-client="' not in desk.get(PAGE).text
    for who in (samples.COLLEAGUE, worker.who):
        with transaction():
            stopping.sign_version("2099.1", who, today, clock.now(), draft.hash)
    page = desk.get(PAGE).text
    assert re.findall(r'data-client="([^"]+)"', page) == [number]
    assert "Instead of Sample roller RL-020: <strong>Sample roller RL-018</strong>" in page
    assert desk.post(f"{PAGE}/{number}/approvals", data={"shown": marks(page)[0]}).status_code == 303
    assert 'data-client="' not in desk.get(PAGE).text


def test_every_look_at_the_list_and_at_a_refusal_is_noted(session: Session, worker: Account, desk: FlaskClient) -> None:
    number = approved(worker, "Ada First")
    desk.get(PAGE)
    desk.post(f"{PAGE}/{number}/approvals", data={"shown": "old"})
    looks = select(JournalEntry.verb).where(JournalEntry.reference == number, JournalEntry.by_id == worker.id)
    assert [verb for verb in session.scalars(looks.order_by(JournalEntry.id)) if "seen" in verb or "read" in verb] == [
        "seen in a list",
        "record read",
    ]


def test_the_list_takes_as_many_queries_with_many(worker: Account, desk: FlaskClient, count_queries: Any) -> None:
    counts = []
    for name in ("Ada First", "Bea Second", "Cleo Third"):
        approved(worker, name)
        with count_queries() as sent:
            desk.get(PAGE)
        counts.append(len(sent))
    assert counts[0] == counts[1] == counts[2]
