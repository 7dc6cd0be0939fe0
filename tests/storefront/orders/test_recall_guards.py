"""What the database itself refuses of a recall, whoever writes to it: by raw SQL, on each kind of database."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storefront.db import db, transaction
from storefront.orders import recall_drills, recalling
from storefront.orders.recall_answers import notices_of_client
from storefront.orders.recall_models import LateAnswer
from tests.storefront.orders.recalled import CODE, Recalled
from tests.storefront.orders.world import ADMIN, NOW
from tests.storefront.payments.ledger import Ledger

EVER = (
    "DELETE FROM recall",
    "DELETE FROM recall_batch",
    "DELETE FROM recall_decision",
    "DELETE FROM recall_notice",
    "DELETE FROM recall_attempt",
    "DELETE FROM recall_drill",
    "DELETE FROM recall_refund",
    "UPDATE recall SET cause = 'nothing much'",
    "UPDATE recall SET severity = 'other'",
    "UPDATE recall SET opened_at = '2020-01-01 00:00:00+00'",
    "UPDATE recall_decision SET by_name = 'nobody'",
    "UPDATE recall_attempt SET outcome = 'reached'",
    "UPDATE recall_drill SET milliseconds = 1",
    "UPDATE recall_notice SET client_id = client_id + 1",
    "UPDATE recall_notice SET address = 'else@example.org'",
    "UPDATE recall_notice SET units = 9",
    "UPDATE recall_refund SET amount_minor = 1",
)
SENT = (
    "UPDATE recall SET status = 'open'",
    "UPDATE recall SET notice = '{}'",
    "UPDATE recall SET picture = NULL",
    "UPDATE recall SET where_picture_type = 'image/png'",
    "UPDATE recall_batch SET batch_id = batch_id + 1",
)
CLOSED = (
    "UPDATE recall SET status = 'sent'",
    "UPDATE recall SET report = '{}'",
    "UPDATE recall_notice SET answer = 'passed_on', answered_at = '2026-11-30 09:00:00+00'",
    "UPDATE recall_notice SET answer = NULL, answered_at = NULL",
    "UPDATE recall_notice SET remedy = 'refund'",
    "UPDATE recall_notice SET told = 0",
    "UPDATE recall_notice SET message_id = NULL",
    "INSERT INTO recall_attempt (notice_id, way, outcome, note, by_name, at)"
    " SELECT id, 'phone', 'reached', '', 'x', '2026-11-30 09:00:00+00' FROM recall_notice",
    "INSERT INTO recall_decision (recall_id, decision, by_name, at, why)"
    " SELECT id, 'lifted', 'x', '2026-11-30 09:00:00+00', '' FROM recall",
    "INSERT INTO recall_batch (recall_id, batch_id) SELECT r.id, b.id + 1 FROM recall r, batch b",
    "INSERT INTO recall_notice (recall_id, client_id, code, address, units, told, remedy, owed_at, attempts, last_error)"
    " SELECT recall_id, client_id + 100, 'x', 'x', 1, 0, '', owed_at, 0, '' FROM recall_notice",
)


@pytest.fixture
def clinic(session: Session, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Recalled:
    """A drill, then the recall: sent, one has answered, two were tried for, the money went back."""
    made = Recalled(ledger, monkeypatch)
    with transaction():
        recall_drills.record_drill(recall_drills.trace(CODE), 1200, ADMIN, NOW)
    made.tell()
    made.work()
    made.answer(0, remedy="refund")
    for nth in (1, 2):
        for _ in range(3):
            made.attempt(nth)
    with transaction():
        recalling.refund_everybody(made.number, ADMIN, NOW)
    made.work()
    return made


def let_through(session: Session, statements: tuple[str, ...]) -> list[str]:
    """Those that the database did not refuse."""
    found = []
    for statement in statements:
        try:
            with session.begin_nested():
                session.execute(text(statement))
        except IntegrityError:
            continue
        found.append(statement)
    return found


def test_what_was_sent_and_what_is_over_stays_as_it_was(session: Session, clinic: Recalled) -> None:
    assert let_through(session, EVER + SENT) == []
    late = text(
        "INSERT INTO recall_late_answer (notice_id, answer, remedy, by_name, at)"
        " SELECT id, 'stopped', '', 'x', '2026-11-30 09:00:00+00' FROM recall_notice"
    )
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(late)
    with transaction():
        recalling.close_recall(clinic.number, "All was tried.", ADMIN, NOW)
    assert let_through(session, EVER + SENT + CLOSED) == []


def test_who_answers_after_the_end_is_heard_and_the_end_stays(session: Session, clinic: Recalled) -> None:
    with transaction():
        recalling.close_recall(clinic.number, "All was tried.", ADMIN, NOW)
    clinic.answer(1, "passed_on")
    assert [notice.answer for notice in clinic.notices()] == ["stopped", None, None]
    (notice,) = notices_of_client(clinic.clients[1].id)
    assert notice.last_word == ("passed_on", NOW)
    assert (
        let_through(session, ("UPDATE recall_late_answer SET answer = 'stopped'", "DELETE FROM recall_late_answer"))
        == []
    )
    assert db.session.scalars(select(LateAnswer.by_name)).all() == ["P1"]
