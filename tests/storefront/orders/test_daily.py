"""What time alone closes holds an order that has not left, on the first instant of the clinic's day; money goes back for more
than time only."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from storefront import jobs
from storefront.db import transaction
from storefront.eligibility import actions as care
from storefront.messages.models import Message
from storefront.orders import dispatch, holding, stopping
from storefront.orders.audit import broken_rows
from storefront.orders.stop_models import Hold
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW, TODAY
from tests.storefront.till import Till

TOMORROW = TODAY + timedelta(days=1)
LAST_INSTANT = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
SPRING = date(2027, 3, 28)  # the day on which the clocks go forward ends at 23:00 UTC


def paid(till: Till, **limits: object) -> None:
    till.knock(till.pay())
    till.work()
    till.at(LATER)
    with transaction():
        limit = world.limits(**limits)
        stopping.grant_approval(till.client.id, limit, world.practitioner(), TODAY, LATER)


def status_at(till: Till, now: datetime) -> str:
    till.at(now)
    till.work()
    return till.order.status


def test_an_approval_that_ends_holds_the_order_at_midnight_and_keeps_the_money(session: Session, till: Till) -> None:
    paid(till, valid_until=TODAY)
    assert status_at(till, LAST_INSTANT) == "accepted"
    assert status_at(till, MIDNIGHT) == "on_hold"
    assert session.scalars(select(Hold.codes)).one() == "approval-expired"
    assert till.order.owed_back_minor == 0
    assert "order_held" in session.scalars(select(Message.kind)).all()
    assert status_at(till, MIDNIGHT + timedelta(days=3)) == "on_hold"
    assert len(session.scalars(select(Hold)).all()) == 1
    assert list(broken_rows(TOMORROW)) == []


def test_the_clinics_midnight_counts(app: Flask, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    there = replace(app.config["SETTINGS"], time_zone=ZoneInfo("Pacific/Auckland"))
    monkeypatch.setitem(app.config, "SETTINGS", there)
    paid(till, valid_until=TODAY)
    assert status_at(till, datetime(2026, 11, 22, 10, 59, 59, tzinfo=UTC)) == "accepted"
    assert status_at(till, datetime(2026, 11, 22, 11, tzinfo=UTC)) == "on_hold"


@pytest.mark.parametrize(
    ("until", "moment", "effect"),
    [
        (TODAY, LAST_INSTANT, "accepted"),
        (TODAY, MIDNIGHT, "refused"),
        (SPRING, datetime(2027, 3, 28, 22, 59, 59, tzinfo=UTC), "accepted"),
        (SPRING, datetime(2027, 3, 28, 23, tzinfo=UTC), "refused"),
    ],
)
def test_a_payment_counts_until_the_last_second_of_the_approvals_day_in_london(
    session: Session, till: Till, until: date, moment: datetime, effect: str
) -> None:
    session.execute(text("UPDATE vetting SET lapses_on = NULL"))
    session.commit()
    with transaction():
        stopping.grant_approval(till.client.id, world.limits(valid_until=until), world.practitioner(), TODAY, LATER)
    intent = till.pay()
    till.at(moment)
    assert till.knock(intent) == effect


def test_a_packed_order_is_asked_about_too_and_goes_on_when_it_is_put_right(session: Session, till: Till) -> None:
    paid(till, valid_until=TODAY)
    with transaction():
        (line_id,) = till.line_ids()
        dispatch.pack_order(till.number, {line_id: ["RL-020-001"]}, ADMIN, LATER, TODAY)
    assert status_at(till, MIDNIGHT) == "on_hold"
    with transaction():
        until = TODAY + timedelta(days=2)
        stopping.grant_approval(
            till.client.id, world.limits(valid_until=until), world.practitioner(), TOMORROW, MIDNIGHT
        )
        holding.lift_order(till.number, ADMIN, MIDNIGHT, TOMORROW)
    assert status_at(till, MIDNIGHT + timedelta(days=1)) == "accepted"
    assert status_at(till, MIDNIGHT + timedelta(days=2)) == "on_hold"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE screening SET answered_on = '2026-05-26'", "screening-due"),
        ("UPDATE vetting SET lapses_on = '2026-11-22'", "not-vetted"),
    ],
)
def test_what_grows_old_holds_on_the_day_after_its_last(
    session: Session, till: Till, statement: str, code: str
) -> None:
    paid(till)
    session.execute(text(statement))
    session.commit()
    assert status_at(till, LAST_INSTANT) == "accepted"
    assert status_at(till, MIDNIGHT) == "on_hold"
    assert session.scalars(select(Hold.codes)).one() == code


def test_a_matter_of_safety_that_nobody_stopped_gives_the_money_back(session: Session, till: Till) -> None:
    paid(till)
    with transaction():
        care.report_reaction(till.client.id, "it burns", world.client_who(till.client), LATER)
    assert status_at(till, MIDNIGHT) == "refunded"
    assert session.scalars(select(Hold.codes)).one() == "reaction-open"


def test_what_left_is_let_be(till: Till) -> None:
    paid(till, valid_until=TODAY)
    with transaction():
        (line_id,) = till.line_ids()
        dispatch.pack_order(till.number, {line_id: ["RL-020-001"]}, ADMIN, LATER, TODAY)
        dispatch.dispatch_order(till.number, "", ADMIN, LATER, TODAY)
    assert status_at(till, MIDNIGHT) == "dispatched"


def test_a_worker_that_died_over_an_order_is_followed_by_one_that_asks(till: Till) -> None:
    paid(till, valid_until=TODAY)
    assert jobs.GATE.claim(MIDNIGHT) is not None
    assert status_at(till, MIDNIGHT) == "accepted"
    assert status_at(till, MIDNIGHT + jobs.ASK_AGAIN) == "on_hold"


TREATED = world.TreatmentTold(treated_on=TODAY, areas=world.FACE)
STRONGLY = world.TreatmentTold(treated_on=TODAY, areas=world.FACE, bleeding="more", track_marks=True)
PAPERS = [world.TreatmentTold(treated_on=TODAY - timedelta(days=days), areas=world.FACE) for days in (398, 349, 300)]


def treat(till: Till, told: world.TreatmentTold) -> object:
    by = world.practitioner()
    care.open_course(till.client.id, by, TODAY, LATER)
    return stopping.record_treatment(till.client.id, told, by, TODAY, LATER)


@pytest.mark.parametrize(
    ("act", "codes"),
    [
        (lambda till: treat(till, TREATED), "too-soon"),
        (lambda till: treat(till, STRONGLY), "over-treated,too-soon"),
    ],
    ids=["treated", "over-treated"],
)
def test_a_treatment_after_the_payment_stops_the_order(
    session: Session, till: Till, act: Callable[[Till], object], codes: str
) -> None:
    paid(till)
    with transaction():
        act(till)
    assert session.scalars(select(Hold.codes)).one() == codes
    told = session.scalars(select(Message.text).where(Message.kind == "order_held")).one()
    assert "behind the sign-in" in told
    assert "treatment" not in told
    assert status_at(till, LATER) == "refunded"
    assert list(broken_rows(TODAY)) == []


def test_older_papers_stop_nothing(till: Till) -> None:
    paid(till)
    with transaction():
        stopping.take_over_course(till.client.id, PAPERS, "Found in a drawer.", world.practitioner(), TODAY, LATER)
    assert status_at(till, LATER) == "accepted"
