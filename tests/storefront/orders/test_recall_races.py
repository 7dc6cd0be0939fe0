"""Two people, or a person and several workers, at one recall in the same moment: it is opened once, sent once, paid back once."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalogue.recalls import Recall
from storefront import jobs
from storefront.db import db, transaction
from storefront.messages.models import Message
from storefront.orders import recalling
from storefront.orders.audit import broken_rows
from storefront.orders.models import Refund
from storefront.orders.recall_models import RecallNotice
from storefront.payments import EXTENSION
from tests.catalogue.samples import WHOLE_NOTICE
from tests.storefront.orders.recalled import CODE, PICTURE, Recalled
from tests.storefront.orders.test_races import together
from tests.storefront.orders.world import ADMIN, NOW, TODAY
from tests.storefront.payments.ledger import Ledger

HANDS = 3


@pytest.fixture
def clinic(fresh_database: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recalled]:
    ledger = fresh_database.extensions[EXTENSION] = Ledger(NOW)
    with fresh_database.app_context():
        yield Recalled(ledger, monkeypatch, clients=2)
        db.session.rollback()
        assert list(broken_rows(TODAY)) == []


def opened() -> str:
    with transaction():
        recalling.open_recall([CODE], "serious", "The maker warns.", ADMIN, NOW)
    return "opened"


def test_many_hands_recall_tell_and_refund_once(fresh_database: Flask, clinic: Recalled) -> None:
    outcomes = together(fresh_database, [opened] * HANDS)
    assert sorted(outcomes) == ["batch-moved"] * (HANDS - 1) + ["opened"]
    number = db.session.scalars(select(Recall.number)).one()
    with transaction():
        recalling.write_notice(number, WHOLE_NOTICE, PICTURE, ADMIN, NOW)

    def sent() -> str:
        with transaction():
            recalling.send_notice(number, ADMIN, NOW)
        return "sent"

    def refunded() -> str:
        with transaction():
            return str(recalling.refund_everybody(number, ADMIN, NOW))

    assert sorted(together(fresh_database, [sent] * HANDS)) == ["recall-moved"] * (HANDS - 1) + ["sent"]
    assert sorted(together(fresh_database, [refunded] * HANDS)) == ["0", "0", "2"]
    together(fresh_database, [lambda: jobs.run_due(NOW)] * HANDS)
    told = select(func.count(Message.id)).where(Message.kind == "recall_notice")
    assert db.session.scalars(told).one() == db.session.scalars(select(func.count(RecallNotice.id))).one() == 2
    assert db.session.scalars(select(Refund.amount_minor)).all() == [3400, 3400]
