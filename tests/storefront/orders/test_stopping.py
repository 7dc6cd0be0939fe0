"""What takes an answer back takes the orders that rest on it back, in the same transaction, at every stage of their way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import drafts, goods_in, specification
from catalogue.batches import Batch
from catalogue.journal import JournalEntry
from catalogue.verdicts import Refused
from storefront.db import transaction
from storefront.eligibility.course_rules import all_treatments
from storefront.eligibility.records import lock_client
from storefront.eligibility.treatments import load_parts, told_of
from storefront.messages.models import Message
from storefront.orders import actions, baskets, dispatch, holding, recall_lists, stopping
from storefront.orders.audit import broken_rows
from storefront.orders.basket_models import BasketLine
from storefront.orders.models import Order
from storefront.orders.owing import owe_the_rest
from storefront.orders.records import locked
from storefront.orders.stop_models import Hold
from storefront.orders.withdrawing import effects_of_withdrawal
from tests.catalogue import samples
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW, TODAY
from tests.storefront.till import Till

# What is written down in the very instant of acceptance would have been asked about.
LATER = NOW + timedelta(minutes=1)
Stop = Callable[[Till], object]


def correct(till: Till) -> object:
    """The last session is told anew: it bled more than was written down."""
    treatment = all_treatments(lock_client(till.client.id))[-1]
    load_parts([treatment])
    told = replace(told_of(treatment), bleeding="more")
    by = world.practitioner()
    return stopping.correct_treatment(till.client.id, treatment.id, told, "misread", by, TODAY, LATER, is_struck=False)


CLIENT_STOPS: dict[str, tuple[Stop, str]] = {
    "withdrawal": (
        lambda till: stopping.withdraw_approval(till.client.id, "seen", world.practitioner(), LATER),
        "approval-withdrawn",
    ),
    "reaction": (
        lambda till: stopping.report_reaction(till.client.id, "it burns", world.client_who(till.client), LATER),
        "reaction-open",
    ),
    "answer": (
        lambda till: stopping.answer_screening(
            till.client.id, world.answers(C_CON_01="yes"), world.client_who(till.client), TODAY, LATER
        ),
        "contraindication",
    ),
    "allergy": (
        lambda till: stopping.add_allergies(till.client.id, ["nickel"], world.client_who(till.client), LATER),
        "allergen",
    ),
    "correction": (correct, "over-treated"),
    "lesser approval": (
        lambda till: stopping.grant_approval(
            till.client.id, world.limits(greatest_needle_um=100), world.practitioner(), TODAY, LATER
        ),
        "too-deep",
    ),
}
PRODUCT_STOPS: dict[str, tuple[Stop, str]] = {
    "void vetting": (lambda till: stopping.void_vetting("RL-020", ADMIN, NOW, "the maker warns"), "not-vetted"),
}
STOPS = CLIENT_STOPS | PRODUCT_STOPS


def stop(till: Till, how: Stop) -> None:
    till.at(LATER)
    with transaction():
        how(till)


def paid(till: Till) -> None:
    till.knock(till.pay())
    till.work()


def packed(till: Till) -> None:
    paid(till)
    with transaction():
        (line_id,) = till.line_ids()
        dispatch.pack_order(till.number, {line_id: ["RL-020-001"]}, ADMIN, NOW, TODAY)


def sent(till: Till) -> None:
    packed(till)
    with transaction():
        dispatch.dispatch_order(till.number, "", ADMIN, NOW, TODAY)


@pytest.mark.parametrize("name", STOPS)
def test_an_unpaid_order_is_cancelled_and_its_page_closed(session: Session, till: Till, name: str) -> None:
    how, code = STOPS[name]
    till.open()
    stop(till, how)
    till.work()
    assert till.order.status == "cancelled"
    assert [page.status for page in till.ledger.sessions.values()] == ["expired"]
    assert session.scalars(select(Batch.reserved)).one() == 0
    assert "order_cancelled" in session.scalars(select(Message.kind)).all()
    assert list(broken_rows(TODAY)) == [], code


@pytest.mark.parametrize("stage", [paid, packed])
@pytest.mark.parametrize("name", STOPS)
def test_a_paid_order_is_held_and_given_back(session: Session, till: Till, name: str, stage: Stop) -> None:
    how, code = STOPS[name]
    stage(till)
    stop(till, how)
    assert till.order.status == "on_hold"
    assert code in session.scalars(select(Hold.codes)).one().split(",")
    session.rollback()
    till.work()
    assert (till.order.status, till.order.refunded_minor) == ("refunded", 3795)
    assert (till.intent.received, till.intent.refunded) == (till.intent.amount, till.intent.amount)
    assert session.scalars(select(Batch.sold)).one() == 0
    assert list(broken_rows(TODAY)) == []


@pytest.mark.parametrize("name", STOPS)
def test_an_order_that_left_is_not_touched(till: Till, name: str) -> None:
    sent(till)
    stop(till, STOPS[name][0])
    till.work()
    assert (till.order.status, till.order.refunded_minor) == ("dispatched", 0)


def test_an_answer_of_no_stops_nothing(till: Till) -> None:
    paid(till)
    who = world.client_who(till.client)
    stop(till, lambda till: stopping.answer_screening(till.client.id, world.answers(), who, TODAY, NOW))
    assert till.order.status == "accepted"


def test_a_held_batch_waits_and_a_recalled_one_is_given_back(session: Session, till: Till) -> None:
    paid(till)
    stop(till, lambda _: stopping.hold_batch("RL-020-001", ADMIN, NOW, "a report"))
    till.work()
    assert (till.order.status, till.order.owed_back_minor) == ("on_hold", 0)
    stop(till, lambda _: stopping.recall_batch("RL-020-001", ADMIN, NOW, "the maker recalls it"))
    till.work()
    assert (till.order.status, till.order.refunded_minor) == ("refunded", 3795)
    assert list(broken_rows(TODAY)) == []


@pytest.mark.parametrize("stage", [paid, packed])
def test_an_order_does_not_go_on_with_units_of_a_held_batch(session: Session, till: Till, stage: Stop) -> None:
    stage(till)
    stop(till, lambda _: stopping.hold_batch("RL-020-001", ADMIN, NOW, "a report"))
    with pytest.raises(Refused, match="no-batch") as refusal:
        stop(till, lambda _: holding.lift_order(till.number, ADMIN, NOW, TODAY))
    assert "Release a batch first" in refusal.value.verdict.reasons[0].next_step
    assert till.order.status == "on_hold"
    assert units_of(session) == {"RL-020-001": 1}
    with transaction():
        world.another_batch(till.product, units=1)
    stop(till, lambda _: holding.lift_order(till.number, ADMIN, NOW, TODAY))
    assert till.order.status == "accepted"
    assert units_of(session) == {"RL-020-001": 0, "RL-020-002": 1}
    assert list(broken_rows(TODAY)) == []


def test_an_order_goes_on_with_its_units_when_its_batch_is_good_again(session: Session, till: Till) -> None:
    paid(till)
    stop(till, lambda _: stopping.hold_batch("RL-020-001", ADMIN, NOW, "a report"))
    with transaction():
        world.another_batch(till.product, units=1)
        batch = session.scalars(select(Batch).where(Batch.code == "RL-020-001")).one()
        goods_in.lift_hold(session, batch, ADMIN, NOW, "nothing was found")
        goods_in.release_batch(session, batch, specification.load(), ADMIN, TODAY, NOW)
    stop(till, lambda _: holding.lift_order(till.number, ADMIN, NOW, TODAY))
    assert units_of(session) == {"RL-020-001": 1, "RL-020-002": 0}


def units_of(session: Session) -> dict[str, int]:
    """How many units of each batch are sold."""
    return {batch.code: batch.sold for batch in session.scalars(select(Batch))}


def test_a_recall_names_the_orders_that_left(session: Session, till: Till) -> None:
    sent(till)
    stop(till, lambda _: stopping.recall_batch("RL-020-001", ADMIN, NOW, "the maker recalls it"))
    noted = select(JournalEntry.particulars).where(JournalEntry.verb == "stopped with orders that had left")
    assert session.scalars(noted).all() == ['{"orders": 1}']
    (batch_id,) = session.scalars(select(Batch.id))
    assert [order_id for order_id, _ in recall_lists.affected_orders([batch_id])] == [till.order.id]


def test_a_changed_dossier_holds_until_it_is_signed_again(session: Session, till: Till) -> None:
    paid(till)
    changed = samples.complete(needle_length_nominal=samples.Decimal("0.15"))
    stop(till, lambda _: stopping.enter_dossier(changed, samples.documents_for(session, changed), ADMIN, NOW))
    assert (till.order.status, till.order.owed_back_minor) == ("on_hold", 0)


def test_a_new_dossier_stops_nobody(session: Session, till: Till) -> None:
    paid(till)
    other = samples.complete(sku="RL-030")
    stop(till, lambda _: stopping.enter_dossier(other, samples.documents_for(session, other), ADMIN, NOW))
    assert till.order.status == "accepted"
    assert drafts.locked_product(session, "RL-030") is not None


def test_the_basket_keeps_its_lines_and_says_why_not(session: Session, till: Till) -> None:
    with transaction():
        other = world.approved_client("Theo Lane", "theo@example.org")
        world.another_batch(till.product)
    with transaction():
        baskets.put_in_basket(other.id, "RL-020", 1, NOW, TODAY)
    stop(till, lambda _: stopping.withdraw_approval(other.id, "seen", world.practitioner(), NOW))
    lines = baskets.basket_of(other.id)
    assert [line.quantity for line in lines] == [1]
    client = actions.lock_client(other.id)
    assert baskets.basket_verdict(client, lines, TODAY).codes == ("approval-withdrawn",)


def test_what_a_withdrawal_announces_is_what_it_does(session: Session, till: Till) -> None:
    """At every stage of an order: the numbers and sums told before the press are those of the rows after it."""

    def promised() -> None:
        with transaction():
            owe_the_rest(locked(till.number), "a dent", ADMIN, NOW)

    def is_held() -> None:
        with transaction():
            actions.cancel_order(till.number, "asked by telephone", ADMIN, NOW)

    for stage, announced in (
        (lambda: None, [("cancelled", 0)]),
        (lambda: till.knock(till.pay()), [("held and given back", 3795)]),
        (till.work, [("held and given back", 3795)]),
        (promised, [("held", 0)]),
        (is_held, []),
    ):
        stage()
        told = effects_of_withdrawal(till.client_id)
        session.rollback()
        assert [(each.becomes, each.back.minor) for each in told.orders] == announced
        before = till.order
        was = (before.status, before.owed_back_minor)
        with transaction():
            savepoint = session.begin_nested()
            stopping.withdraw_approval(till.client_id, "seen", world.practitioner(), LATER)
            session.flush()
            orders = session.scalars(select(Order).execution_options(populate_existing=True)).all()
            now = {each.number: (each.status, each.owed_back_minor) for each in orders}
            savepoint.rollback()
        done = {"cancelled": ("cancelled", 0), "held and given back": ("on_hold", 3795), "held": ("on_hold", 3795)}
        assert now == {till.number: was} | {each.number: done[each.becomes] for each in told.orders}


def test_a_refused_stop_leaves_no_trace(session: Session, till: Till) -> None:
    paid(till)
    with pytest.raises(Refused, match="no-reason"):
        stop(till, lambda till: stopping.withdraw_approval(till.client.id, " ", world.practitioner(), NOW))
    assert till.order.status == "accepted"
    assert session.scalars(select(Hold)).all() == []


@pytest.mark.parametrize("was_given", [True, False])
def test_what_is_promised_back_already_is_not_promised_twice(till: Till, was_given: bool) -> None:
    paid(till)
    with transaction():
        owe_the_rest(locked(till.number), "a dent", ADMIN, NOW)
    if was_given:
        till.work()
    stop(till, STOPS["withdrawal"][0])
    till.work()
    assert (till.order.status, till.order.refunded_minor, till.intent.refunded.minor) == ("refunded", 3795, 3795)


def test_a_client_stops_an_order_until_it_is_packed(session: Session, till: Till) -> None:
    packed(till)
    who = world.client_who(till.client)
    with pytest.raises(Refused, match="wrong-state"):
        stop(till, lambda till: actions.cancel_order(till.number, "changed my mind", who, NOW))
    stop(till, lambda till: actions.cancel_order(till.number, "asked by telephone", ADMIN, NOW))
    till.work()
    assert till.order.status == "refunded"


def test_a_cancelled_unpaid_order_returns_to_the_basket(session: Session, till: Till) -> None:
    who = world.client_who(till.client)
    stop(till, lambda till: actions.cancel_order(till.number, "changed my mind", who, NOW))
    assert session.scalars(select(BasketLine.quantity)).all() == [1]
