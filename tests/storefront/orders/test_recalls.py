"""A recall from its opening to its end: everybody who has a unit is told once, reminded, paid back once, and nothing is closed
before they were reached or tried for."""

import json
from dataclasses import replace
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.journal import JournalEntry
from catalogue.recalls import Recall
from catalogue.verdicts import Refused
from storefront import cli
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders import recall_board, recall_drills, recall_lists, recalling, stopping
from storefront.orders.recall_models import RecallNotice
from storefront.orders.recall_report import draw, facts_of
from storefront.orders.stop_models import Cancellation
from storefront.payments import paying, webhook
from tests.catalogue.samples import WHOLE_NOTICE
from tests.storefront.conftest import once_for_the_file
from tests.storefront.orders import world
from tests.storefront.orders.recalled import CODE, PICTURE, Recalled
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


def test_opening_takes_the_batch_off_sale_and_names_who_has_it(session: Session, clinic: Recalled) -> None:
    clinic.open()
    batch = session.scalars(select(Batch)).one()
    assert batch.status == "recalled"
    assert [units for _, units in recall_lists.affected([batch.id])] == [1, 1, 1]
    (balance,) = recall_lists.balances([batch])
    assert (balance.received, balance.with_clients, balance.in_stock, balance.closes) == (10, 3, 7, True)


def test_a_notice_with_a_part_missing_is_not_sent(clinic: Recalled) -> None:
    clinic.open()
    assert refused(lambda: recalling.send_notice(clinic.number, ADMIN, NOW)) == ",".join(["part-missing"] * 8)
    with transaction():
        recalling.write_notice(clinic.number, replace(WHOLE_NOTICE, hazard="It rarely breaks."), PICTURE, ADMIN, NOW)
    assert refused(lambda: recalling.send_notice(clinic.number, ADMIN, NOW)) == "plays-down"
    clinic.work()
    assert clinic.mails() == []


def test_an_answer_may_be_changed_and_each_one_is_noted(session: Session, clinic: Recalled) -> None:
    clinic.tell()
    clinic.answer(0, "never_received")
    clinic.answer(0, "passed_on")
    assert clinic.notices()[0].answer == "passed_on"
    told = session.scalars(select(JournalEntry.particulars).where(JournalEntry.verb == "recall answered"))
    assert [json.loads(each)["answer"] for each in told] == ["never_received", "passed_on"]


def test_it_is_closed_only_when_everybody_was_reached_or_tried_for_three_times(clinic: Recalled) -> None:
    clinic.open()
    close = lambda: recalling.close_recall(clinic.number, "done", ADMIN, clinic.now)  # noqa: E731
    assert refused(close) == "not-sent"
    with transaction():
        recalling.write_notice(clinic.number, WHOLE_NOTICE, PICTURE, ADMIN, NOW)
    with transaction():
        recalling.send_notice(clinic.number, ADMIN, NOW)
    clinic.work()
    clinic.answer(0)
    clinic.attempt(1, "reached")
    for _ in range(2):
        clinic.attempt(2)
    assert refused(close) == "not-reached"
    clinic.attempt(2, way="letter")
    with transaction():
        close()
    clinic.later(days=30)
    assert clinic.mails("recall_reminder") == []
    assert db.session.scalars(select(Recall.status)).one() == "closed"


def test_an_open_balance_keeps_it_open(session: Session, clinic: Recalled) -> None:
    clinic.tell()
    for nth in range(3):
        clinic.answer(nth)
    session.execute(update(Batch).values(sold=Batch.sold + 1))
    session.commit()
    assert refused(lambda: recalling.close_recall(clinic.number, "done", ADMIN, NOW)) == "balance-open"


def test_the_report_says_the_same_for_ever(clinic: Recalled) -> None:
    clinic.tell()
    clinic.work()
    for nth in range(3):
        clinic.answer(nth)
    with transaction():
        recalling.close_recall(clinic.number, "All answered.", ADMIN, NOW)
    facts = json.loads(db.session.scalars(select(Recall.report)).one())
    assert [client["answer"] for client in facts["clients"]] == ["stopped"] * 3
    assert facts["clients"][0]["client"] == clinic.clients[0].number
    assert len(facts["journal"]["hash"]) == 64
    assert facts["decisions"][-1][0] == "closed"
    assert facts["batches"][0][:2] == [CODE, "lot LOT-1"]
    before = draw(facts)
    clinic.answer(0, "never_received")
    after = json.loads(db.session.scalars(select(Recall.report)).one())
    assert draw(after) == before
    assert before.startswith(b"%PDF-")


def test_a_client_on_the_payment_page_is_not_charged(clinic: Recalled) -> None:
    with transaction():
        late = world.approved_client("Late", "late@example.org")
        number = world.placed(late, clinic.product).number
    paying.start_payment(number)
    clinic.open()
    intent = clinic.ledger.pay(number)
    assert webhook.take(clinic.ledger.knock(intent.id), NOW) == "refused"
    clinic.work()
    assert clinic.ledger.intents[intent.id].status == "canceled"


def test_the_report_is_read_as_it_was_written(clinic: Recalled) -> None:
    clinic.tell(replace(WHOLE_NOTICE, hazard="A needle’s tip – “it breaks” – stays in the skin…"))
    clinic.work()
    clinic.answer(0)
    clinic.attempt(1)
    recall = recall_board.find_recall(clinic.number)
    assert recall is not None
    pages = PdfReader(BytesIO(draw(facts_of(recall, 3, clinic.now)))).pages
    said = " ".join(" ".join(page.extract_text() for page in pages).split())
    for part in (
        f"Product safety recall {clinic.number}",
        "lot LOT-1",
        "A needle’s tip – “it breaks” – stays in the skin…",
        "Opened, 22 November 2026",
        "Sent, 22 November 2026",
        "10 received = 3 with clients + 0 sold and kept back + 0 reserved + 7 in stock",
        "It closes.",
        "3 clients, 1 reached",
        "stopped, destroyed",
        "phone not reached",
        "Journal entry",
    ):
        assert part.lower() in said.lower(), part
    assert "?" not in said


def test_a_held_batch_stops_a_payment_on_an_open_page(clinic: Recalled) -> None:
    with transaction():
        late = world.approved_client("Late", "late@example.org")
        number = world.placed(late, clinic.product).number
    paying.start_payment(number)
    with transaction():
        stopping.hold_batch(CODE, ADMIN, NOW, "The maker warns.")
    intent = clinic.ledger.pay(number)
    assert webhook.take(clinic.ledger.knock(intent.id), NOW) == "refused"
    clinic.work()
    assert clinic.ledger.intents[intent.id].status == "canceled"
    why = db.session.scalars(select(Cancellation.why)).one()
    assert why.startswith(f"Batch {CODE} (maker’s lot LOT-1) of Sample roller RL-020 is being checked")


def test_a_drill_sends_and_stops_nothing(session: Session, clinic: Recalled) -> None:
    assert recall_drills.drill_due(session, TODAY) == TODAY
    with transaction():
        found = recall_drills.trace("lot-1")
        drill = recall_drills.record_drill(found, 1200, ADMIN, NOW)
    assert (drill.clients, drill.units, drill.traced, drill.percent, drill.minutes) == (3, 10, 10, 100.0, 0.02)
    assert recall_drills.drill_due(session, TODAY).isoformat() == "2027-05-22"
    clinic.work()
    assert clinic.mails() == []
    assert session.scalars(select(Batch.status)).one() == "released"
    assert session.scalars(select(RecallNotice)).all() == []


def test_a_drill_counts_what_cannot_be_traced(session: Session, clinic: Recalled) -> None:
    session.execute(update(Client).where(Client.email == EVERYBODY[1]).values(email=""))
    session.execute(update(Batch).values(sold=Batch.sold + 1))
    session.commit()
    assert recall_drills.trace(CODE).traced == 9
    assert refused(lambda: recall_drills.trace("nothing")) == "no-batch"


def test_the_list_takes_the_same_queries_however_long_it_is(
    session: Session, clinic: Recalled, count_queries: object
) -> None:
    clinic.tell()
    recall = recall_board.find_recall(clinic.number)
    assert recall is not None
    with count_queries() as sent:  # type: ignore[operator]
        facts = facts_of(recall, 3, NOW)
    assert (len(facts["clients"]), len(sent)) == (3, 7)


def test_the_command_of_the_drill_prints_minutes_and_per_cent(session: Session, clinic: Recalled, app: Flask) -> None:
    told = app.test_cli_runner().invoke(cli.recall_drill, [CODE])
    assert told.exit_code == 0
    assert f"{CODE}: 3 clients in 0.0" in told.output
    assert "100.0 % of 10 units traced." in told.output
    assert "due by 2027-05-22" in told.output
    assert app.test_cli_runner().invoke(cli.recall_drill, ["nothing"]).exit_code == 1
