"""Money that is contested: the order waits, whatever the order of the news, and how the bank decides is booked to the penny."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.verdicts import Refused
from storefront.db import transaction
from storefront.messages.models import Message
from storefront.orders import dispatch, holding
from storefront.orders.dispute_models import Dispute
from storefront.orders.dispute_rules import is_old_news
from storefront.orders.models import Refund
from storefront.orders.owing import owe_refund
from storefront.orders.paying_back import pay_units
from storefront.orders.records import locked
from storefront.payments import reconciling, webhook
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN
from tests.storefront.till import Till


def paid(till: Till) -> str:
    intent = till.pay()
    till.knock(intent)
    till.work()
    return intent.id


def sent(till: Till) -> str:
    intent = paid(till)
    with transaction():
        (line_id,) = till.line_ids()
        dispatch.pack_order(till.number, {line_id: ["RL-020-001"]}, ADMIN, till.now, world.TODAY)
        dispatch.dispatch_order(till.number, "", ADMIN, till.now, world.TODAY)
    return intent


def contest(till: Till, intent: str, status: str = "needs_response", minor: int = 0, name: str = "") -> str:
    return webhook.take(till.ledger.contest(intent, status, minor, name), till.now)


def give(till: Till, minor: int) -> None:
    with transaction():
        owe_refund(locked(till.number), minor, "a dent", ADMIN, till.now)


def refunds(session: Session) -> list[Refund]:
    session.rollback()
    return list(session.scalars(select(Refund).order_by(Refund.id)))


def mails(session: Session) -> list[str]:
    found = session.scalars(select(Message.kind).where(Message.kind.like("dispute%")).order_by(Message.id)).all()
    session.rollback()
    return list(found)


def whole(till: Till) -> None:
    """Nothing is left to do, no row is broken, and both books say the same."""
    till.work()
    assert till.is_whole()
    run = reconciling.compare_now(till.now - reconciling.LOOKS_BACK, till.now)
    assert [(row.kind, row.told) for row in run.mismatches] == []


def test_a_contested_order_waits_and_goes_on_when_it_is_won(session: Session, till: Till) -> None:
    intent = paid(till)
    assert contest(till, intent) == "held"
    again = till.ledger.contest(intent, name="dp_1")
    assert [webhook.take(again, till.now), webhook.take(again, till.now)] == ["nothing new", "known"]
    assert mails(session) == ["dispute_opened"]
    with pytest.raises(Refused, match="disputed"), transaction():
        holding.lift_order(till.number, ADMIN, till.now, world.TODAY)
    with pytest.raises(Refused), transaction():
        dispatch.pack_order(till.number, {till.line_ids()[0]: ["RL-020-001"]}, ADMIN, till.now, world.TODAY)
    give(till, 500)
    till.work()
    assert till.order.refunded_minor == 0
    assert contest(till, intent, "won", name="dp_1") == "dispute won"
    assert contest(till, intent, "under_review", name="dp_1") == "nothing new"  # what was read before and came late
    till.ledger.disputes["dp_1"] = (intent, replace(till.ledger.disputes["dp_1"][1], status="won"))
    till.later(hours=1)
    whole(till)
    assert (till.order.status, till.order.refunded_minor) == ("on_hold", 500)
    row = session.scalars(select(Dispute)).one()
    assert (row.status, row.withdrawn_minor, row.is_open, row.answer_by is not None) == ("won", 0, False, True)
    assert mails(session) == ["dispute_opened", "dispute_ended"]


def test_an_order_whose_dispute_was_won_is_let_go_on_by_a_person(session: Session, till: Till) -> None:
    intent = paid(till)
    contest(till, intent)
    contest(till, intent, "won", name="dp_1")
    with transaction():
        holding.lift_order(till.number, ADMIN, till.now, world.TODAY)
    assert till.knock(till.intent) == "nothing new"
    assert till.order.status == "accepted"
    whole(till)


def test_a_dispute_that_is_lost_before_dispatch_ends_the_order(session: Session, till: Till) -> None:
    intent = paid(till)
    assert contest(till, intent, "lost") == "dispute lost"  # the first news of it is its end
    order = till.order
    assert (order.status, order.refunded_minor) == ("refunded", order.total_minor)
    assert session.scalars(select(Batch.sold)).all() == [0]
    session.rollback()
    whole(till)
    contest(till, intent, "won", name="dp_1")
    assert [made.other_way_at for made in session.scalars(select(Refund)) if made.returned_at] == [None]
    session.rollback()
    whole(till)


def test_what_is_lost_after_dispatch_is_booked_once_and_given_back_no_second_time(session: Session, till: Till) -> None:
    intent = sent(till)
    assert contest(till, intent) == "noted"
    give(till, 3000)
    till.work()
    for _ in range(2):
        contest(till, intent, "lost", name="dp_1")
    order = till.order
    assert (order.status, order.refunded_minor, order.owed_back_minor) == (
        "dispatched",
        order.total_minor,
        order.total_minor,
    )
    with pytest.raises(Refused, match="refund-too-large"):
        give(till, 1)
    whole(till)
    assert till.ledger.refunds == {}
    for status in ("appeal_under_review", "won", "won"):
        contest(till, intent, status, name="dp_1")
        whole(till)
    promised, booked = session.scalars(select(Refund).order_by(Refund.id))
    assert (promised.amount_minor, promised.returned_at, promised.other_way_at) == (3000, till.now, None)
    assert (booked.stripe_id, booked.other_way_at, booked.other_way_by) == ("dp_1", till.now, "the bank")
    session.rollback()
    with pytest.raises(Refused, match="refund-too-large"):
        give(till, 1)


def test_a_part_that_is_lost_leaves_the_rest_to_be_given_back(session: Session, till: Till) -> None:
    intent = sent(till)
    contest(till, intent, minor=2000)
    with transaction():
        promised = pay_units(locked(till.number), {till.line_ids()[0]: 1}, "a dent", ADMIN, till.now).amount_minor
    contest(till, intent, "lost", 2000, "dp_1")
    total = till.order.total_minor
    assert [(made.amount_minor, made.stripe_id, made.why == "a dent") for made in refunds(session)] == [
        (total - 2000, None, True), (promised - (total - 2000), None, True), (total - promised, "dp_1", False),
    ]  # fmt: skip
    till.later(hours=1)
    whole(till)
    assert till.order.refunded_minor == total
    contest(till, intent, "won", 2000, "dp_1")
    waiting = [made.amount_minor for made in refunds(session) if made.returned_at and not made.other_way_at]
    assert waiting == [promised - (total - 2000)], "what was promised is the client's, whoever won"
    whole(till)


def test_a_loss_that_an_appeal_upholds_is_booked_once(session: Session, till: Till) -> None:
    intent = sent(till)
    contest(till, intent, minor=2000)
    total = till.order.total_minor
    give(till, total)
    for status in ("lost", "appeal_under_review", "lost"):
        contest(till, intent, status, 2000, "dp_1")
        assert [made.amount_minor for made in refunds(session) if made.done_at] == [2000], status
    till.later(hours=1)
    whole(till)
    assert [made.amount.minor for made in till.ledger.refunds.values()] == [total - 2000]


def test_a_question_of_the_bank_holds_too_and_ends_without_money(session: Session, till: Till) -> None:
    intent = paid(till)
    assert contest(till, intent, "warning_needs_response") == "held"
    assert contest(till, intent, "warning_closed", name="dp_1") == "dispute warning closed"
    assert till.order.refunded_minor == 0
    whole(till)


def test_an_end_is_left_by_an_appeal_alone() -> None:
    known = [(None, "won"), ("needs_response", "won"), ("lost", "won"), ("lost", "appeal_needs_response")]
    assert not any(is_old_news(before, told) for before, told in known)
    assert is_old_news("won", "needs_response")
    assert is_old_news("lost", "under_review")
