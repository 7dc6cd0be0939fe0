"""The mails and the money of a recall: each client once, reminded as long as there is no answer, whoever is killed meanwhile."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from catalogue import goods_in, specification
from catalogue.batches import Batch
from catalogue.recalls import Recall
from catalogue.verdicts import Refused
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.messages.models import Message
from storefront.orders import owing, paying_back, recall_board, recall_sending, recalling
from storefront.orders.audit import broken_rows
from storefront.orders.models import Allocation, Order, Refund
from storefront.orders.records import locked
from tests.catalogue.samples import WHOLE_NOTICE
from tests.storefront.conftest import once_for_the_file
from tests.storefront.messages.letterbox import listening
from tests.storefront.orders.recalled import CODE, Recalled
from tests.storefront.orders.world import ADMIN, NOW, TODAY
from tests.storefront.payments.ledger import Ledger

EVERYBODY = ["p0@example.org", "p1@example.org", "p2@example.org"]


@pytest.fixture(scope="module")
def sent(ground: Connection, built_app: Flask) -> Recalled:
    with once_for_the_file(ground, built_app) as (ledger, patch):
        return Recalled(ledger, patch)


@pytest.fixture
def clinic(sent: Recalled, session: Session, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Recalled:
    return sent.again(ledger, monkeypatch)


def refused(action: object) -> str:
    with pytest.raises(Refused) as found, transaction():
        action()  # type: ignore[operator]
    return ",".join(found.value.verdict.codes)


def test_everybody_is_told_once_at_the_address_for_safety(session: Session, clinic: Recalled) -> None:
    session.execute(update(Client).where(Client.email == EVERYBODY[1]).values(safety_email="safe@example.org"))
    session.commit()
    clinic.tell()
    clinic.work()
    clinic.work()
    assert clinic.mails() == [EVERYBODY[0], "safe@example.org", EVERYBODY[2]]
    mail = session.scalars(select(Message).where(Message.kind == "recall_notice")).first()
    assert mail is not None
    assert mail.subject == "Product safety recall"
    for said in (CODE, "LOT-1", clinic.numbers[0], WHOLE_NOTICE.hazard, WHOLE_NOTICE.action, "/recalls/answers/"):
        assert said in mail.text, said
    assert list(broken_rows(TODAY)) == []


def test_one_client_with_several_orders_gets_one_notice(clinic: Recalled) -> None:
    clinic.at(NOW)
    with transaction():
        order = locked(clinic.numbers[1])
        mine = {"client_id": clinic.clients[0].id}
        db.session.execute(update(Order).where(Order.id == order.id).values(**mine))
        db.session.execute(update(Allocation).where(Allocation.order_id == order.id).values(**mine))
    clinic.tell()
    clinic.work()
    assert [notice.units for notice in clinic.notices()] == [2, 1]
    text = db.session.scalars(select(Message.text).where(Message.kind == "recall_notice")).first()
    assert text is not None
    assert clinic.numbers[0] in text
    assert clinic.numbers[1] in text


def test_reminders_go_on_days_2_5_and_10_to_those_who_have_not_answered(clinic: Recalled) -> None:
    clinic.tell()
    clinic.work()
    clinic.answer(0)
    for days, reminders in ((1, 0), (1, 2), (2, 2), (1, 4), (4, 4), (1, 6), (30, 6)):
        clinic.later(days=days)
        assert len(clinic.mails("recall_reminder")) == reminders, days
    assert EVERYBODY[0] not in clinic.mails("recall_reminder")


def test_a_worker_that_slept_for_weeks_sends_one_reminder_at_a_time(clinic: Recalled) -> None:
    clinic.tell()
    clinic.later(days=20)
    assert sorted(clinic.mails()) == sorted(EVERYBODY * 4)
    clinic.later(days=20)
    assert len(clinic.mails()) == 12


class Killed(BaseException):
    """The worker is gone, in the middle."""


def test_killed_in_the_middle_of_sending_nobody_is_left_out_or_told_twice(
    clinic: Recalled, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.tell()
    queue, calls = recall_sending.queue_message, []

    def dies(*args: object, **told: object) -> Message:
        message = queue(*args, **told)  # type: ignore[arg-type]
        calls.append(message)
        if len(calls) == 2:
            db.session.flush()
            raise Killed
        return message

    monkeypatch.setattr(recall_sending, "queue_message", dies)
    with pytest.raises(Killed):
        clinic.work()
    assert [notice.told for notice in clinic.notices()].count(1) == 1
    clinic.later(minutes=3)
    assert sorted(clinic.mails()) == EVERYBODY


def test_killed_in_the_middle_of_refunds_nobody_is_paid_twice(
    clinic: Recalled, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.tell()
    with transaction():
        assert recalling.refund_everybody(clinic.number, ADMIN, NOW) == 3
    pay, calls = paying_back.pay_units, []

    def dies(*args: object, **told: object) -> Refund | None:
        calls.append(1)
        refund = pay(*args, **told)  # type: ignore[arg-type]
        if len(calls) == 2:
            db.session.flush()
            raise Killed
        return refund

    monkeypatch.setattr(recalling, "pay_units", dies)
    with pytest.raises(Killed):
        clinic.work()
    clinic.later(minutes=3)
    assert paid_back(clinic) == [3400, 3400, 3400]
    assert list(broken_rows(TODAY)) == []


def paid_back(clinic: Recalled) -> list[int]:
    db.session.rollback()
    fresh = select(Order.refunded_minor).where(Order.number.in_(clinic.numbers)).order_by(Order.id)
    return list(db.session.scalars(fresh))


def test_pressing_twice_refunds_once_and_never_more_than_was_paid(clinic: Recalled) -> None:
    clinic.tell()
    with transaction():
        owing.owe_refund(locked(clinic.numbers[0]), 1000, "a dent", ADMIN, NOW)
    with transaction():
        owing.owe_the_rest(locked(clinic.numbers[1]), "a complaint", ADMIN, NOW)
    for _ in range(2):
        with transaction():
            recalling.refund_everybody(clinic.number, ADMIN, NOW)
        clinic.work()
    assert paid_back(clinic) == [3795, 3795, 3400]
    refunds = recall_board.count_refunds(db.session.scalars(select(Recall.id)).one())
    assert (refunds.orders, refunds.promised, refunds.given, refunds.given_minor) == (3, 3, 3, 2795 + 0 + 3400)
    assert list(broken_rows(TODAY)) == []


def test_who_chose_a_replacement_gets_no_money(clinic: Recalled) -> None:
    clinic.tell(replace(WHOLE_NOTICE, remedies=("refund", "replacement"), only_remedy=""))
    clinic.answer(1, remedy="replacement")
    clinic.answer(2)
    with transaction():
        assert recalling.refund_everybody(clinic.number, ADMIN, NOW) == 2
    assert [notice.remedy for notice in clinic.notices()] == ["", "replacement", "refund"]


def test_a_lifted_recall_is_told_and_its_batch_waits_to_be_released_anew(session: Session, clinic: Recalled) -> None:
    clinic.tell()
    clinic.work()
    assert refused(lambda: recalling.lift_recall(clinic.number, " ", ADMIN, clinic.now)) == "no-reason"
    with transaction():
        recalling.lift_recall(clinic.number, "The maker meant another lot.", ADMIN, clinic.now)
    clinic.later(days=12)
    assert clinic.mails("recall_lifted") == EVERYBODY
    assert clinic.mails("recall_reminder") == []
    batch = session.scalars(select(Batch)).one()
    assert batch.status == "waiting"
    with transaction():
        goods_in.release_batch(session, batch, specification.load(), ADMIN, TODAY, clinic.now)
    assert list(broken_rows(TODAY)) == []


def test_a_mistake_found_before_it_was_sent_is_told_to_nobody(clinic: Recalled) -> None:
    clinic.tell()
    with transaction():
        recalling.lift_recall(clinic.number, "Another lot.", ADMIN, NOW)
    clinic.later(days=12)
    assert clinic.mails() == []


def test_whose_mail_was_given_up_is_on_the_phone_list(session: Session, clinic: Recalled) -> None:
    clinic.tell()
    clinic.work()
    session.execute(update(Message).where(Message.to == EVERYBODY[2]).values(given_up_at=NOW))
    session.commit()
    recall_id = session.scalars(select(Recall.id)).one()
    (notice,) = session.scalars(recall_board.notices_of(recall_id, "phone")).all()
    assert (notice.client_id, notice.has_bounced) == (clinic.clients[2].id, True)


def test_a_mailbox_that_there_is_not_is_on_the_phone_list_by_itself(
    session: Session, clinic: Recalled, app: Flask
) -> None:
    """Told by a real mail server, which takes the others; nobody has to note anything."""
    with listening(app) as letterbox:
        letterbox.unknown = {EVERYBODY[1]}
        clinic.tell()
        clinic.work()
    assert {mail["To"] for mail in letterbox.mails if mail["Subject"] == "Product safety recall"} == {
        EVERYBODY[0],
        EVERYBODY[2],
    }
    recall_id = session.scalars(select(Recall.id)).one()
    (notice,) = session.scalars(recall_board.notices_of(recall_id, "phone")).all()
    assert (notice.client_id, notice.has_bounced) == (clinic.clients[1].id, True)
    assert recall_board.count_notices(recall_id, 3).bounced == 1


def test_who_has_no_address_is_on_the_phone_list_at_once(session: Session, clinic: Recalled) -> None:
    session.execute(update(Client).where(Client.email == EVERYBODY[1]).values(email=""))
    session.commit()
    clinic.tell()
    clinic.work()
    recall_id = session.scalars(select(Recall.id)).one()
    phone = session.scalars(recall_board.notices_of(recall_id, "phone")).all()
    assert [notice.client_id for notice in phone] == [clinic.clients[1].id]
    assert recall_board.count_notices(recall_id, 3).bounced == 1
