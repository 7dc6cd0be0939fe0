"""Two people decide at once, on a database of their own: the client's lock lets one go first, and the second sees it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalogue.verdicts import Refused
from storefront.db import db, transaction
from storefront.eligibility import actions
from storefront.eligibility.models import Allergy, Completion, Withdrawal
from storefront.eligibility.shown import shown_hash
from tests.storefront.eligibility import people
from tests.storefront.eligibility.people import NOW, TODAY


def at_once(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """Each act in its own transaction and thread; what became of each."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        with app.app_context():
            barrier.wait(10)
            try:
                with transaction():
                    act()
            except Refused as refusal:
                return ",".join(refusal.verdict.codes)
            return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_a_course_is_completed_once(fresh_database: Flask) -> None:
    with fresh_database.app_context():
        with transaction():
            one, two = people.practitioner(), people.practitioner("Paul Practitioner")
            client_id = people.client(one).id
            people.treat(client_id, one, *people.usual_days())
        acts = [lambda by=by: actions.complete_course(client_id, by, TODAY, NOW) for by in (one, two)]
        assert at_once(fresh_database, *acts) == ["done", "no-course"]
        assert db.session.scalar(select(func.count(Completion.id))) == 1


def test_a_second_approval_sees_the_first_and_a_withdrawal_and_an_allergy_told_twice_are_one_each(
    fresh_database: Flask,
) -> None:
    with fresh_database.app_context():
        with transaction():
            by = people.practitioner()
            client_id = people.approved_client(by).id
        seen = shown_hash(people.reloaded(client_id))
        db.session.rollback()
        again = [lambda: actions.grant_approval(client_id, people.limits(), by, TODAY, NOW, seen)] * 2
        assert at_once(fresh_database, *again) == ["done", "record-changed"]
        withdraw = [lambda: actions.withdraw_approval(client_id, "why", by, NOW)] * 2
        assert at_once(fresh_database, *withdraw) == ["done", "no-approval"]
        add = [lambda: actions.add_allergy(client_id, "nickel", by, NOW)] * 2
        assert at_once(fresh_database, *add) == ["done", "done"]
        assert db.session.scalar(select(func.count(Withdrawal.id))) == 1
        assert db.session.scalar(select(func.count(Allergy.id))) == 1


def test_an_answer_that_blocks_is_seen_by_an_approval_that_comes_after_it(fresh_database: Flask) -> None:
    with fresh_database.app_context():
        with transaction():
            by = people.practitioner()
            client_id = people.approved_client(by).id
        acts = [lambda: people.screen(client_id, by, C_CON_01="yes"), lambda: people.approve(client_id, by)]
        assert at_once(fresh_database, *acts) in (["contraindication", "done"], ["done", "done"])
        with pytest.raises(Refused), transaction():
            people.approve(client_id, by)
