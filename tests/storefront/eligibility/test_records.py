"""Loading a record: the same few queries whatever it holds, and never a stale one once it is locked."""

from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from catalogue.verdicts import Refused
from storefront.db import db
from storefront.eligibility import actions
from storefront.eligibility.models import Allergy, Approval
from storefront.eligibility.records import client_by_number, client_of, load_client, lock_client
from tests.storefront.eligibility import people
from tests.storefront.eligibility.people import NOW


def test_a_record_takes_five_queries_and_one_more_to_lock_it(session: Session, count_queries: Any) -> None:
    by = people.practitioner()
    bare, full = people.client(by, "Bea Bare"), people.approved_client(by)
    for _ in range(3):
        people.screen(full.id, by, C_CON_06="yes")
        actions.report_reaction(full.id, "red", by, NOW)
    for name in ("nickel", "limonene"):
        actions.add_allergy(full.id, name, by, NOW)
    session.commit()
    for client_id in (bare.id, full.id):
        session.expire_all()
        with count_queries() as sent:
            load_client(client_id)
        assert len(sent) == 5
        with count_queries() as sent:
            lock_client(client_id)
        assert len(sent) == 6


def test_what_is_judged_after_the_lock_is_what_is_in_the_database(session: Session) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    loaded = load_client(client.id)
    assert loaded is not None
    db.session.execute(update(Approval).values(quantity=3), execution_options={"synchronize_session": False})
    allergy = {"client_id": client.id, "name": "nickel", "by_name": "x", "at": NOW}
    db.session.execute(insert(Allergy.__table__).values(allergy))  # type: ignore[arg-type]
    locked = lock_client(client.id)
    assert locked is loaded
    assert [approval.quantity for approval in locked.approvals] == [3]
    assert [allergy.name for allergy in locked.allergies] == ["nickel"]


def test_a_record_is_found_by_account_and_by_number(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    assert client_of(client.account_id) is client
    assert client_by_number(f" {client.number.lower()} ") is client
    assert client_by_number("C-0") is None
    assert client_of(by.id or 0) is None


def test_there_is_no_lock_on_nobody(session: Session) -> None:
    with pytest.raises(Refused):
        lock_client(4711)
