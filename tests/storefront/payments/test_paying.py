"""From the order to its payment page and to the money: whatever is lost, late, doubled or killed on the way."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.money import Money
from catalogue.verdicts import Refused
from storefront.db import transaction
from storefront.messages.models import Message
from storefront.orders import actions, stopping
from storefront.orders.basket_models import BasketLine
from storefront.orders.models import Capture, Closing, Refund, Release
from storefront.orders.owing import owe_refund
from storefront.orders.records import locked
from storefront.payments import webhook
from storefront.payments.stripe_values import PaymentUnavailable
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN
from tests.storefront.till import Till


def mails(session: Session, till: Till) -> list[str]:
    found = select(Message.kind).where(Message.about == till.number).order_by(Message.id)
    return list(session.scalars(found))


def test_an_order_is_paid_accepted_and_taken_once(session: Session, till: Till) -> None:
    intent = till.pay()
    assert till.knock(intent) == "accepted"
    till.work()
    assert till.intent.received == Money(3795)
    assert (till.order.status, till.order.captured_minor) == ("accepted", 3795)
    assert till.ledger.calls.count("capture") == 1
    assert mails(session, till) == ["order_placed", "order_accepted"]
    assert till.work() == 0
    assert till.is_whole()


def test_the_payment_page_is_the_same_however_often_it_is_asked_for(till: Till) -> None:
    assert till.open() == till.open()
    assert len(till.ledger.sessions) == 1


def test_an_answer_lost_on_the_way_gives_the_same_page_again(till: Till) -> None:
    till.ledger.lose_answers = True
    with pytest.raises(PaymentUnavailable):
        till.open()
    till.ledger.lose_answers = False
    till.later(minutes=10)
    assert till.open().startswith("http")
    assert len(till.ledger.sessions) == 1


def test_a_page_that_was_never_opened_gets_its_full_time_again(till: Till) -> None:
    till.ledger.down = True
    with pytest.raises(PaymentUnavailable):
        till.open()
    till.ledger.down = False
    till.later(minutes=10)
    till.open()
    assert till.order.expires_at == till.now + timedelta(minutes=31)


def test_an_order_that_is_over_has_no_payment_page(till: Till) -> None:
    with transaction():
        actions.cancel_order(till.number, "changed my mind", world.client_who(till.client), till.now)
    with pytest.raises(Refused, match="wrong-state"):
        till.open()


@pytest.mark.parametrize("times", [1, 2])
def test_money_of_which_we_never_hear_is_found_by_asking(session: Session, till: Till, times: int) -> None:
    till.pay()
    for _ in range(times):
        till.later(minutes=5)
        till.work()
    assert (till.order.status, till.order.captured_minor) == ("accepted", 3795)
    assert till.ledger.calls.count("capture") == 1
    assert mails(session, till).count("order_accepted") == 1
    assert till.is_whole()


def test_every_event_twice_and_out_of_order_ends_alike(session: Session, till: Till) -> None:
    intent = till.pay()
    knocks = [till.ledger.knock(intent.id, kind) for kind in ("payment_intent.succeeded", "checkout.session.completed")]
    effects = [webhook.take(knock, till.now) for knock in (*knocks, *knocks[::-1])]
    till.work()
    assert effects == ["accepted", "accepted before", "known", "known"]
    assert webhook.take(till.ledger.knock(intent.id, "charge.captured"), till.now) == "nothing new"
    assert till.order.captured_minor == 3795
    assert mails(session, till).count("order_accepted") == 1
    assert till.is_whole()


def test_an_approval_withdrawn_before_acceptance_costs_not_one_penny(session: Session, till: Till) -> None:
    intent = till.pay()
    with transaction():
        stopping.withdraw_approval(till.client.id, "seen in the clinic", world.practitioner(), till.now)
    till.knock(intent)
    till.work()
    assert (till.order.status, till.order.captured_minor) == ("cancelled", 0)
    assert (till.intent.status, till.intent.received) == ("canceled", Money(0))
    assert session.scalars(select(Capture)).all() == []
    assert session.scalars(select(Batch.reserved)).one() == 0
    assert till.is_whole()


def test_an_approval_withdrawn_after_the_capture_is_given_back(session: Session, till: Till) -> None:
    till.knock(till.pay())
    till.work()
    with transaction():
        stopping.withdraw_approval(till.client.id, "seen in the clinic", world.practitioner(), till.now)
    assert till.order.status == "on_hold"
    till.work()
    assert (till.order.status, till.order.refunded_minor) == ("refunded", 3795)
    assert (till.intent.received, till.intent.refunded) == (Money(3795), Money(3795))
    assert session.scalars(select(Batch.sold)).one() == 0
    assert till.is_whole()


def test_an_unpaid_order_ends_and_its_units_come_back_only_when_the_page_is_closed(
    session: Session, till: Till
) -> None:
    till.open()
    till.later(minutes=32)
    till.ledger.down = True
    till.work()
    assert session.scalars(select(Batch.reserved).execution_options(populate_existing=True)).one() == 1
    till.ledger.down = False
    till.later(minutes=10)
    till.work()
    assert till.order.status == "expired"
    assert session.scalars(select(Batch.reserved)).one() == 0
    assert session.scalars(select(BasketLine.quantity)).one() == 1
    assert [page.status for page in till.ledger.sessions.values()] == ["expired"]
    assert till.is_whole()


def test_a_cancelled_order_closes_its_page_so_that_nobody_pays_it(session: Session, till: Till) -> None:
    till.open()
    with transaction():
        actions.cancel_order(till.number, "changed my mind", world.client_who(till.client), till.now)
    till.work()
    assert [page.status for page in till.ledger.sessions.values()] == ["expired"]
    assert session.scalars(select(Closing.done_at)).one() == till.now
    assert session.scalars(select(Batch.reserved)).one() == 0


def test_a_payment_in_the_last_second_of_a_cancelled_order_is_released(session: Session, till: Till) -> None:
    till.pay()
    with transaction():
        actions.cancel_order(till.number, "changed my mind", world.client_who(till.client), till.now)
    till.work()
    assert (till.intent.status, till.order.status) == ("canceled", "cancelled")
    assert session.scalars(select(Release.done_at)).one() == till.now
    assert session.scalars(select(Batch.reserved)).one() == 0
    assert till.is_whole()


def test_a_payment_in_the_last_second_before_the_time_ran_out_is_accepted(till: Till) -> None:
    till.pay()
    with transaction():
        actions.expire_order(locked(till.number), till.now)
    till.work()
    assert (till.order.status, till.order.captured_minor) == ("accepted", 3795)
    assert till.is_whole()


def test_a_page_opened_and_not_recorded_is_closed_too(till: Till) -> None:
    till.ledger.lose_answers = True
    with pytest.raises(PaymentUnavailable):
        till.open()
    till.ledger.lose_answers = False
    till.later(minutes=32)
    till.work()
    assert [page.status for page in till.ledger.sessions.values()] == ["expired"]
    assert till.order.status == "expired"


def test_killed_between_the_capture_and_its_record_the_next_try_records_it(till: Till) -> None:
    till.knock(till.pay())
    till.ledger.lose_answers = True
    till.work()
    assert (till.order.captured_minor, till.intent.received) == (0, Money(3795))
    till.ledger.lose_answers = False
    till.later(days=2)
    till.work()
    assert till.order.captured_minor == 3795
    assert till.ledger.calls.count("capture") == 1
    assert till.is_whole()


def test_a_failure_is_kept_and_tried_again_after_a_growing_pause(session: Session, till: Till) -> None:
    till.knock(till.pay())
    till.ledger.down = True
    for attempt, seconds in ((1, 10), (2, 20), (3, 40)):
        till.work()
        session.expire_all()
        capture = session.scalars(select(Capture)).one()
        assert (capture.attempts, capture.due_at) == (attempt, till.now + timedelta(seconds=seconds))
        assert "PaymentUnavailable" in capture.last_error
        session.rollback()
        assert till.work() == 0
        till.later(seconds=seconds)


def test_an_authorisation_that_the_bank_let_go_ends_the_order(session: Session, till: Till) -> None:
    till.knock(till.pay())
    till.ledger.lose(till.intent.id)
    till.work()
    assert (till.order.status, till.order.captured_minor) == ("cancelled", 0)
    assert session.scalars(select(Batch.sold)).one() == 0
    assert mails(session, till)[-1] == "order_payment_lost"
    assert till.is_whole()


def test_money_is_given_back_once_for_one_promise(session: Session, till: Till) -> None:
    till.knock(till.pay())
    till.work()
    with transaction():
        owe_refund(locked(till.number), 1000, "a dent", ADMIN, till.now)
    till.ledger.lose_answers = True
    till.work()
    till.ledger.lose_answers = False
    till.later(days=2)
    till.work()
    assert (till.order.refunded_minor, till.intent.refunded) == (1000, Money(1000))
    assert till.order.status == "accepted"
    assert till.is_whole()


def test_more_than_was_paid_is_never_promised_back(session: Session, till: Till) -> None:
    till.knock(till.pay())
    till.work()
    with transaction():
        owe_refund(locked(till.number), 2000, "a dent", ADMIN, till.now)
    with pytest.raises(Refused, match="refund-too-large"), transaction():
        owe_refund(locked(till.number), 1796, "a dent", ADMIN, till.now)
    assert session.scalar(select(func.sum(Refund.amount_minor))) == 2000


def test_money_given_back_outside_the_shop_stops_the_order(till: Till) -> None:
    intent = till.pay()
    till.knock(intent)
    till.work()
    till.ledger.intents[intent.id] = replace(till.intent, refunded=Money(1))
    assert [till.knock(intent), till.knock(intent)] == ["held", "nothing new"]
    assert (till.order.status, till.order.owed_back_minor) == ("on_hold", 0)


def test_an_event_is_forgotten_when_its_effect_fails(till: Till) -> None:
    intent = till.pay()
    knock = till.ledger.knock(intent.id)
    till.ledger.down = True
    with pytest.raises(PaymentUnavailable):
        webhook.take(knock, till.now)
    till.ledger.down = False
    assert webhook.take(knock, till.now) == "accepted"
    assert till.is_whole()
