"""What the gate said at each moment is kept: whole for the practitioner, without a word of care at the desk."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue.journal import JournalEntry
from catalogue.verdicts import Reason, Verdict
from storefront.accounts.models import Account
from storefront.admin.order_story import story_of
from storefront.db import transaction
from storefront.eligibility import actions as care
from storefront.orders import daily, moving
from storefront.orders.gate_reports import GateReport
from storefront.orders.models import Order
from storefront.orders.records import find_order, locked
from storefront.orders.rules import MOVES, UNPAID, WHY, WORDS
from storefront.orders.stop_models import Cancellation, Hold
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW, TODAY
from tests.storefront.till import Till


def moments(session: Session) -> list[tuple[str, bool]]:
    reports = session.scalars(select(GateReport).order_by(GateReport.id)).all()
    session.rollback()
    return [(report.moment, report.is_yes) for report in reports]


def test_each_answer_of_the_gate_is_kept_as_it_was(session: Session, till: Till, admin: FlaskClient) -> None:
    till.knock(till.pay())
    till.work()
    page, (line,) = f"/admin/orders/{till.number}", till.line_ids()
    order_id, codes = till.order.id, {f"line_{line}": "RL-020-001"}
    with transaction():
        daily.ask_again(order_id, NOW)
    till.later(minutes=1)
    assert admin.post(f"{page}/packing", data=codes).status_code == 303
    who = world.client_who(till.client)
    with transaction():  # only the record changes: nothing stops the order but the gate
        care.answer_screening(till.client.id, world.answers(C_CON_01="yes"), who, TODAY, NOW)
    till.later(minutes=1)
    before = till.order.status
    assert admin.post(f"{page}/dispatch", data={"tracking": "RM1"}).status_code == 409
    assert (before, till.order.status) == ("packed", "packed")
    assert admin.post(f"{page}/packing", data=codes).status_code == 409
    asked = [("placing", True), ("payment", True), ("daily", True), ("packing", True)]
    assert moments(session) == [*asked, ("dispatch", False), ("packing", False)]
    shown = admin.get(page).text
    assert re.findall(r"The gate was asked [^<]+: (yes|no)", shown) == ["yes", "yes", "yes", "yes", "no", "no"]
    assert "The client may not have this now." in shown
    assert "pregnan" not in shown
    assert shown.index("Order placed") < shown.index("Order packed") < shown.index(": no<")
    assert shown.index("Payment authorised") < shown.index("when the payment came") < shown.index("Order accepted")
    report = session.scalars(select(GateReport).order_by(GateReport.id.desc())).first()
    assert report is not None
    assert report.rests_on["Vetting of RL-020"].isdigit()
    assert "contraindication" in dict(report.reasons)
    with pytest.raises(IntegrityError), transaction():
        session.execute(delete(GateReport))


def test_the_practitioner_reads_every_reason_and_the_look_is_noted(
    session: Session, till: Till, signed_in: Callable[[Account], FlaskClient], count_queries: Any
) -> None:
    till.knock(till.pay())
    till.work()
    with transaction():
        care.answer_screening(till.client.id, world.answers(C_CON_01="yes"), world.client_who(till.client), TODAY, NOW)
    with transaction():
        daily.ask_again(till.order.id, NOW)
    desk = signed_in(session.get_one(Account, world.practitioner().id))
    page = f"/practitioner/clients/{till.client.number}/gate-reports"
    with count_queries() as sent:
        shown = desk.get(page).text
    order_id = till.order.id
    with transaction():
        session.add_all(
            GateReport(order_id=order_id, at=NOW, moment="daily", codes="", why="", read='{"Specification": "1"}')
            for _ in range(3)
        )
    with count_queries() as sent_again:
        assert desk.get(page).text.count("data-moment") == 6
    assert len(sent_again) == len(sent) <= 11
    assert re.findall(r'data-moment="(\w+)"', shown) == ["daily", "payment", "placing"]
    assert 'data-reason="contraindication"' in shown
    assert f"Order {till.number}" in shown
    looks = select(JournalEntry.verb).where(JournalEntry.subject == "client", JournalEntry.by_role == "practitioner")
    assert "record read" in session.scalars(looks).all()
    assert page in desk.get(f"/practitioner/clients/{till.client.number}").text


def test_each_move_of_the_table_is_read_with_by_whom_when_and_why(session: Session, till: Till) -> None:
    till.knock(till.pay())
    total, moves = till.order.total_minor, [(old, new) for old, all_of in MOVES.items() for new in all_of]
    assert {pair for pair in moves if pair not in WHY} == set(WHY) - set(moves) == set()
    own = Verdict((Reason("asked-to-wait", "The client is away.", "the clinic", ""),))
    for nth, (old, new) in enumerate(moves, 1):
        now = NOW + timedelta(days=nth)
        with transaction():
            order = locked(till.number)
            session.execute(delete(Cancellation))
            unpaid = "cancelled" in (old, new) or old in UNPAID
            sums = {"captured_minor": 0 if unpaid else total, "refunded_minor": 0, "owed_back_minor": 0}
            session.execute(update(Order).values(status=old, **sums))
            back = {"refunded_minor": total, "owed_back_minor": total} if new == "refunded" else {}
            moving.move(order, new, ADMIN, now, **back)
            if new == "cancelled":
                moving.add_cancellation(order, own, ADMIN, now)
            if new == "on_hold":
                session.add(Hold(order_id=order.id, at=now, by_name=ADMIN.name, why=own.reasons[0].text, codes="x"))
        found = find_order(till.number)
        assert found is not None
        with current_app.test_request_context():
            (told,) = [each for each in story_of(found) if each.at == now]
        session.rollback()
        assert (told.text, told.by) == (f"Order {WORDS[new]}", ADMIN.name)
        assert told.more == (WHY[old, new] or "The client is away.",), (old, new)
