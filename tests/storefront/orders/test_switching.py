"""A change of the specification and the orders that rest on the one before: the date alone decides, the worker only tells
people and gives money back; broken off, it goes on where it was, and nothing is done twice."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue import rejudging
from catalogue.journal import JournalEntry
from catalogue.money import Money
from catalogue.products import Product
from catalogue.verdicts import Refused
from catalogue.versions import Publication
from storefront import jobs, upkeep
from storefront.db import db, transaction
from storefront.messages.models import Message
from storefront.orders import baskets, gate, stopping
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.actions import place_order
from storefront.orders.dispatch import dispatch_order, pack_order
from storefront.orders.early_ends import end_before_its_day
from storefront.orders.models import Capture, Order, Refund, Release
from storefront.orders.owing import record_capture
from storefront.orders.stop_models import Cancellation
from tests.catalogue import samples
from tests.catalogue.revisions import drafted
from tests.storefront.orders import world
from tests.storefront.orders.world import NOW, TODAY

SOON = TODAY + timedelta(days=1)
MIDNIGHT = datetime.combine(SOON, time(), UTC)
EARLY = MIDNIGHT + timedelta(minutes=1)
SHORT = Decimal("0.15")


def publish(day: date = SOON, now: datetime = NOW, today: date = TODAY, **changes: object) -> Publication:
    limits = changes or {"R_LEN_01": SHORT}
    with transaction():
        draft = drafted(db.session(), "2026.2", day, now, **limits)
    with transaction():
        stopping.sign_version("2026.2", samples.ADMIN, today, now, draft.hash)
    with transaction():
        publication = stopping.sign_version("2026.2", world.practitioner(), today, now, draft.hash)
    assert publication is not None
    return publication


def waiting(name: str = "Mara Finch", email: str = "mara@example.org") -> Order:
    """An order for the one roller, its client on the payment page."""
    with transaction():
        product = db.session.scalar(select(Product)) or world.on_sale()
        client = world.approved_client(name, email)
    with transaction():
        return world.placed(client, product)


def authorised(order: Order, now: datetime = NOW, today: date = TODAY) -> str:
    with transaction():
        return accept_order(order.number, Authorisation(f"pi_{order.number}", Money(order.total_minor)), now, today)


def captured(order: Order) -> Order:
    assert authorised(order) == "accepted"
    with transaction():
        record_capture(order, NOW)
    return order


def packed(order: Order) -> Order:
    captured(order)
    with transaction():
        pack_order(order.number, {order.lines[0].id: ["RL-020-001"]}, world.practitioner(), NOW, TODAY)
    return order


def status_of(order: Order) -> str:
    return db.session.scalars(select(Order.status).where(Order.id == order.id)).one()


def count_of(kind: type) -> int:
    return db.session.scalar(select(func.count()).select_from(kind)) or 0


def test_a_coming_version_changes_nothing_before_its_day(session: Session) -> None:
    order = waiting()
    publication = publish()
    assert publication.due_at == MIDNIGHT
    assert jobs.switch_due(MIDNIGHT - timedelta(seconds=1)) is False
    assert authorised(order) == "accepted"


def test_without_any_job_the_payment_that_arrives_after_midnight_is_let_go(session: Session) -> None:
    order = waiting()
    publish()
    assert authorised(order, EARLY, SOON) == "refused"
    assert (count_of(Release), count_of(Capture)) == (1, 0)
    why = db.session.scalars(select(Cancellation.why)).one()
    assert "Needles short enough for home use (at most 0.15 mm)" in why


def test_without_any_job_nothing_is_put_in_a_basket_or_ordered_after_midnight(session: Session) -> None:
    with transaction():
        product, client = world.on_sale(), world.approved_client()
        baskets.put_in_basket(client.id, product.sku, 1, NOW, TODAY)
    publish()
    with pytest.raises(Refused, match="not-vetted"), transaction():
        place_order(client.id, world.BY_POST, world.NOTHING_NEW, world.client_who(client), EARLY, SOON)
    with pytest.raises(Refused, match="not-vetted"), transaction():
        baskets.put_in_basket(client.id, product.sku, 1, EARLY, SOON)
    lines = baskets.basket_of(client.id)
    told = baskets.basket_verdict(client, lines, SOON).reasons
    assert [reason.sku for reason in told] == [product.sku]
    assert "Our safety rules have changed" in told[0].text


def test_without_any_job_nothing_is_packed_or_sent_after_midnight(session: Session) -> None:
    first, second = captured(waiting()), packed(waiting("Ada Reed", "ada@example.org"))
    publish()
    with pytest.raises(Refused, match="not-vetted"), transaction():
        pack_order(first.number, {first.lines[0].id: ["RL-020-001"]}, world.practitioner(), EARLY, SOON)
    with pytest.raises(Refused, match="not-vetted"), transaction():
        dispatch_order(second.number, "", world.practitioner(), EARLY, SOON)


def test_the_worker_stops_every_order_that_rests_on_the_old_rules(session: Session) -> None:
    unpaid = waiting()
    paid, ready = captured(waiting("Ada Reed", "ada@example.org")), packed(waiting("Bea Lund", "bea@example.org"))
    publish()
    assert jobs.switch_due(EARLY) is True
    assert [status_of(order) for order in (unpaid, paid, ready)] == ["cancelled", "on_hold", "on_hold"]
    assert count_of(Refund) == 2
    assert jobs.switch_due(EARLY + timedelta(days=1)) is False
    mails = db.session.scalars(select(Message.text).where(Message.kind.in_(("order_cancelled", "order_held"))))
    assert ["Needles short enough for home use" in text for text in mails] == [True] * 3


def test_a_version_for_today_stops_orders_in_the_act_of_signing(session: Session) -> None:
    order = waiting()
    publication = publish(day=TODAY)
    assert status_of(order) == "cancelled"
    assert (publication.due_at, publication.done_at) == (None, NOW)


def test_what_meets_the_new_rules_goes_on(session: Session) -> None:
    order = waiting()
    publish(R_LEN_01=Decimal("0.2"))
    jobs.switch_due(EARLY)
    assert authorised(order, EARLY, SOON) == "accepted"


class Crash(RuntimeError):
    """The worker is gone."""


def test_a_switch_that_breaks_off_is_finished_by_the_next_run_and_does_nothing_twice(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = packed(waiting())
    with transaction():
        world.on_sale("RL-030")
        client = world.approved_client("Ada Reed", "ada@example.org")
    with transaction():
        second = world.placed(client, db.session.scalars(select(Product).where(Product.sku == "RL-030")).one())
    publish()
    whole, done = stopping.stop_what_fell, []

    def break_off(sku: str, *others: object) -> None:
        if done:
            raise Crash
        done.append(sku)
        whole(sku, *others)

    monkeypatch.setattr(stopping, "stop_what_fell", break_off)
    jobs.switch_due(EARLY)
    assert (status_of(first), status_of(second)) == ("on_hold", "awaiting_payment")
    monkeypatch.setattr(stopping, "stop_what_fell", whole)
    assert jobs.switch_due(EARLY + timedelta(minutes=3)) is True
    assert (status_of(first), status_of(second)) == ("on_hold", "cancelled")
    held = select(func.count()).where(JournalEntry.reference == first.number, JournalEntry.verb.like("%hold%"))
    assert (db.session.scalar(held), count_of(Refund)) == (1, 1)


def test_a_version_for_today_over_many_products_stops_only_what_falls_once_all_are_judged(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is stopped for not being judged yet; until it is, nothing is accepted on it."""
    monkeypatch.setattr(rejudging, "AT_ONCE", 1)
    first = waiting()
    with transaction():
        for sku, length in (("RL-015", SHORT), ("RL-010", Decimal("0.1"))):
            samples.on_sale(db.session(), sku=sku, today=TODAY, needle_length_nominal=length)
    short = db.session.scalars(select(Product).where(Product.sku == "RL-010")).one()
    with transaction():
        second = world.placed(world.approved_client("Ada Reed", "ada@example.org"), short)
    publication = publish(day=TODAY)
    assert (publication.due_at, publication.done_at) == (NOW, None)
    assert [status_of(order) for order in (first, second)] == ["awaiting_payment"] * 2
    assert (
        "not-vetted"
        in gate.ask(None, [gate.Wanted(gate.products_with(Product.id == short.id)[short.id], 1)], TODAY).codes
    )
    assert jobs.switch_due(NOW) is True
    assert [status_of(order) for order in (first, second)] == ["cancelled", "awaiting_payment"]
    assert authorised(second) == "accepted"


def test_the_worker_judges_from_the_first_signature_on(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejudging, "AT_ONCE", 1)
    with transaction():
        for sku in ("RL-020", "RL-021"):
            world.on_sale(sku)
        shown = drafted(db.session(), "2026.2", TODAY, NOW, R_LEN_01=SHORT).hash
    assert upkeep.judge_beforehand(NOW) is False
    with transaction():
        stopping.sign_version("2026.2", samples.ADMIN, TODAY, NOW, shown)
    assert [upkeep.judge_beforehand(NOW) for _ in range(3)] == [True, True, False]
    with transaction():
        publication = stopping.sign_version("2026.2", world.practitioner(), TODAY, NOW, shown)
    assert publication is not None
    assert publication.done_at == NOW


def test_what_was_listed_unjudged_is_judged_on_the_day(session: Session) -> None:
    with transaction():
        world.on_sale()
    publish(R_LEN_01=Decimal("0.2"))
    with transaction():
        db.session.execute(db.text("DELETE FROM judgement"))
    jobs.switch_due(EARLY)
    verdict = gate.ask(None, [gate.Wanted(gate.products_with(Product.sku == "RL-020").popitem()[1], 1)], SOON)
    assert "not-vetted" not in verdict.codes


def notes() -> list[str]:
    told = select(Message.to).where(Message.kind == "rules_changed").order_by(Message.to)
    return list(db.session.scalars(told))


def test_whom_a_version_touches_is_told_once_when_it_takes_force(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By approval, by serum, by basket; not who may buy nothing of it. Broken off before its end, it tells nobody twice."""
    with transaction():
        roller, serum = world.on_sale(), world.on_sale("SE-1", "serum")
        world.approved_client("Ada Reed", "ada@example.org")
        world.approved_client("Bea Lund", "bea@example.org", serums=(serum.id,), greatest_needle_um=150)
        bound = world.approved_client("Cleo Bay", "cleo@example.org")
        baskets.put_in_basket(bound.id, roller.sku, 1, NOW, TODAY)
        world.approve(bound.id, greatest_needle_um=150)
        world.approved_client("Dora Low", "dora@example.org", greatest_needle_um=150)
    publish()
    assert notes() == []
    whole = stopping.record_switch

    def break_off(*others: object) -> None:
        whole(*others)
        raise Crash

    monkeypatch.setattr(stopping, "record_switch", break_off)
    jobs.switch_due(EARLY)
    assert notes() == []
    monkeypatch.setattr(stopping, "record_switch", whole)
    assert jobs.switch_due(EARLY + timedelta(minutes=3)) is True
    assert notes() == ["ada@example.org", "cleo@example.org"]
    with transaction():
        stopping.record_switch(db.session.scalars(select(Publication.id)).one(), EARLY)
    assert len(notes()) == 2
    mail = db.session.scalars(select(Message).where(Message.kind == "rules_changed")).first()
    assert mail is not None
    assert mail.subject == "Our safety rules have changed"
    assert "/care" in mail.text


def test_what_will_fall_goes_off_sale_at_once_where_the_admin_says_so(session: Session) -> None:
    order = waiting()
    with transaction():
        draft = drafted(db.session(), "2026.2", SOON, NOW, R_LEN_01=SHORT)
    with transaction():
        assert end_before_its_day(["RL-020"], "It will be refused.", draft.note, samples.ADMIN, NOW) == 1
    assert status_of(order) == "cancelled"
    assert notes() == ["mara@example.org"]
    with transaction():
        assert end_before_its_day(["RL-020"], "It will be refused.", draft.note, samples.ADMIN, NOW) == 0
    assert len(notes()) == 1
