"""The admin's orders: found by what is next, one page each, and every step a press that the rules may refuse."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from storefront.accounts.models import Account
from storefront.db import transaction
from storefront.eligibility import actions as care
from storefront.messages.models import Message
from storefront.orders import stopping
from storefront.orders.finding import keep_findable
from storefront.orders.models import Order, OrderLine, Parcel, Refund
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW
from tests.storefront.till import Till

Become = Callable[[Account], FlaskClient]


@pytest.fixture
def paid(till: Till) -> Till:
    till.knock(till.pay())
    till.work()
    return till


def test_an_order_is_packed_sent_and_delivered_by_four_presses(
    session: Session, paid: Till, admin: FlaskClient
) -> None:
    page = f"/admin/orders/{paid.number}"
    (line,) = paid.line_ids()
    asked = admin.get(page).text
    assert "Take 1 of RL-020-001, use by" in asked
    assert 'value="RL-020-001"' not in asked, "who packs scans what is in their hand"
    steps: list[tuple[str, dict[str, str], str]] = [
        ("packing", {f"line_{line}": "RL-020-001"}, "packed"),
        ("dispatch", {"tracking": "RM1GB"}, "dispatched"),
        ("delivery", {}, "delivered"),
    ]
    for noun, form, status in steps:
        answer = admin.post(f"{page}/{noun}", data=form)
        assert (answer.status_code, answer.location) == (303, page)
        assert paid.order.status == status
        shown = admin.get(page).text
        assert f'data-status="{status}"' in shown
        assert f'data-order="{paid.number}"' in shown
        assert 'data-total="3795"' in shown
    assert "RM1GB" in admin.get(page).text


def test_a_return_is_asked_for_printed_seen_and_paid(
    session: Session, paid: Till, admin: FlaskClient, signed_in: Become, count_queries: Any
) -> None:
    mine, page = signed_in(session.get_one(Account, paid.client.account_id)), f"/admin/orders/{paid.number}"
    asking, (line,) = f"/orders/{paid.number}/returns", paid.line_ids()
    assert mine.get(asking).status_code == 409
    for noun, form in (("packing", {f"line_{line}": "RL-020-001"}), ("dispatch", {}), ("delivery", {})):
        admin.post(f"{page}/{noun}", data=form)
    assert asking in mine.get(f"/orders/{paid.number}").text
    assert mine.post(asking, data={f"line_{line}": "2", "reason": "reaction"}).status_code == 422
    opened = {f"line_{line}": "1", "reason": "changed-mind", "seal": "broken"}
    refused = mine.post(asking, data=opened)
    assert (refused.status_code, 'data-reason="return-opened"' in refused.text) == (409, True)
    assert mine.post(asking, data=opened | {"reason": "reaction"}).location == f"{asking}#returns"
    with count_queries() as sent:
        (name,) = re.findall(r'data-return="(RT-\w+)"', mine.get(asking).text)
    assert len(sent) == 11
    (sheet,) = PdfReader(BytesIO(mine.get(f"{asking}/{name}/label").data)).pages
    words = sheet.extract_text()
    assert (name in words, "Return to" in words) == (True, True)
    assert not re.search("react|roller|skin needling|Mara", words, re.IGNORECASE)
    for path in ("/admin/returns", page, f"/admin/returns/{name}"):
        shown = admin.get(path)
        assert (shown.status_code, name in shown.text, "reacted" in shown.text) == (200, True, False)
    assert mine.get(f"/admin/returns/{name}").status_code == 403
    (batch,) = session.scalars(select(Batch.id).where(Batch.code == "RL-020-001"))
    seen = {f"restocked_{batch}": "0", f"destroyed_{batch}": "0"}
    assert admin.post(f"/admin/returns/{name}/end", data=seen).status_code == 422
    assert admin.post(f"/admin/returns/{name}/end", data=seen | {"seal": "broken"}).status_code == 303
    assert admin.post(f"/admin/returns/{name}/end", data=seen | {"seal": "broken"}).status_code == 409
    assert (paid.order.status, paid.order.owed_back_minor) == ("returned", paid.order.total_minor)
    assert 'data-status="returned"' in mine.get(f"/orders/{paid.number}").text
    assert "Accepted" in mine.get(asking).text
    assert "Paid back" in admin.get("/admin/returns").text
    assert {mine.get(f"{asking}/RT-NONE/label").status_code, admin.get("/admin/returns/RT-NONE").status_code} == {404}


def test_what_is_collected_is_not_sent(session: Session, paid: Till, admin: FlaskClient, signed_in: Become) -> None:
    session.execute(update(Order).values(delivery="collection"))
    session.commit()
    page = f"/admin/orders/{paid.number}"
    mine = signed_in(session.get_one(Account, paid.client.account_id))
    (line,) = paid.line_ids()
    steps = (
        ("packing", {f"line_{line}": "RL-020-001"}, "It is ready to collect", "Packed"),
        ("dispatch", {}, "It was collected", "Ready to collect"),
        ("delivery", {}, "What to do", "Collected"),
    )
    for noun, form, button, word in steps:
        assert admin.post(f"{page}/{noun}", data=form).status_code == 303
        desk = admin.get(page).text
        for shown in (desk, admin.get("/admin/orders").text, mine.get(f"/orders/{paid.number}").text):
            assert f">{word}</span>" in shown
            assert "On its way" not in shown
        assert button in desk
        assert "Dispatch" not in desk
        assert "racking" not in desk
    letter = session.scalars(select(Message).where(Message.kind == "order_dispatched")).one()
    assert letter.subject == f"Your order {paid.number} is ready to collect"
    assert "has left us" not in letter.text


def test_a_wrong_batch_is_refused_with_its_reason(paid: Till, admin: FlaskClient) -> None:
    (line,) = paid.line_ids()
    answer = admin.post(f"/admin/orders/{paid.number}/packing", data={f"line_{line}": "NOWHERE-1", "weight": "310"})
    assert (answer.status_code, 'data-reason="wrong-batch"' in answer.text) == (409, True)
    assert ('value="NOWHERE-1"' in answer.text, 'value="310"' in answer.text) == (True, True), "what was typed stays"
    assert paid.order.status == "accepted"


@pytest.mark.parametrize(
    ("noun", "form"),
    [("packing", {}), ("cancellation", {}), ("refunds", {"refund-why": "a dent", "refund-amount": "much"})],
)
def test_a_form_that_is_not_filled_in_is_shown_again(
    paid: Till, admin: FlaskClient, noun: str, form: dict[str, str]
) -> None:
    (line,) = paid.line_ids()
    sent = {f"line_{line}": ""} if noun == "packing" else form
    answer = admin.post(f"/admin/orders/{paid.number}/{noun}", data=sent)
    assert (answer.status_code, "Please look again" in answer.text) == (422, True)
    assert paid.order.status == "accepted"


def test_money_is_given_back_to_the_penny_and_never_twice(session: Session, paid: Till, admin: FlaskClient) -> None:
    form = {"refund-amount": "20.01", "refund-why": "a dent"}
    assert admin.post(f"/admin/orders/{paid.number}/refunds", data=form).status_code == 303
    again = admin.post(f"/admin/orders/{paid.number}/refunds", data=form)
    assert (again.status_code, 'data-reason="refund-too-large"' in again.text) == (409, True)
    assert session.scalars(select(Refund.amount_minor)).all() == [2001]


def test_an_order_is_stopped_with_a_reason(paid: Till, admin: FlaskClient) -> None:
    answer = admin.post(f"/admin/orders/{paid.number}/cancellation", data={"end-why": "ordered by mistake"})
    assert answer.status_code == 303
    assert "ordered by mistake" in admin.get(f"/admin/orders/{paid.number}").text
    paid.work()
    assert paid.order.status == "refunded"


def test_a_held_order_goes_on(paid: Till, admin: FlaskClient) -> None:
    with transaction():
        stopping.hold_batch("RL-020-001", ADMIN, NOW, "a report")
    refused = admin.post(f"/admin/orders/{paid.number}/hold-end")
    assert (refused.status_code, 'data-reason="no-batch"' in refused.text) == (409, True)
    with transaction():
        world.another_batch(paid.product)
    assert admin.post(f"/admin/orders/{paid.number}/hold-end").status_code == 303
    assert paid.order.status == "accepted"


def test_what_must_be_done_next_comes_first(session: Session, paid: Till, admin: FlaskClient) -> None:
    with transaction():
        world.another_batch(paid.product)
        other = world.approved_client("Theo Lane", "theo@example.org")
    with transaction():
        waits = world.placed(other, paid.product, now=NOW - timedelta(hours=1)).number
    shown = re.findall(r'data-order="([^"]+)"', admin.get("/admin/orders").text)
    assert shown == [paid.number, waits]


@pytest.mark.parametrize("asked", ["{number}", "rl-020", "RL-020-001", "LOT-1", "mara", "{client}", "rm77"])
def test_an_order_is_found_by_all_that_names_it(session: Session, paid: Till, admin: FlaskClient, asked: str) -> None:
    order_id = paid.order.id
    session.add(Parcel(order_id=order_id, packed_at=NOW, packed_by="Ann Admin", tracking="RM77GB"))
    keep_findable(session, order_id, "RM77GB")
    session.commit()
    wanted = asked.format(number=paid.number, client=paid.client.number)
    assert f'data-order="{paid.number}"' in admin.get("/admin/orders", query_string={"q": wanted}).text
    assert "data-order" not in admin.get("/admin/orders", query_string={"q": wanted + "%"}).text


def test_orders_are_filtered_by_status_and_by_what_is_next(paid: Till, admin: FlaskClient) -> None:
    assert paid.number in admin.get("/admin/orders?status=accepted").text
    assert paid.number not in admin.get("/admin/orders?status=cancelled").text
    assert paid.number in admin.get("/admin/orders?next=pack").text
    assert paid.number not in admin.get("/admin/orders?next=send").text
    assert "/admin/orders?next=pack" in admin.get("/admin").text


def test_money_that_came_back_waits_until_it_is_paid_in_another_way(
    session: Session, paid: Till, admin: FlaskClient
) -> None:
    page = f"/admin/orders/{paid.number}"
    assert admin.post(f"{page}/other-way", data={"other-how": "by bank transfer"}).status_code == 409
    admin.post(f"{page}/refunds", data={"refund-amount": "20.01", "refund-why": "a dent"})
    paid.work()
    session.execute(update(Refund).values(returned_at=NOW))
    session.commit()
    assert "£20.01 back to us" in admin.get(page).text
    assert admin.post(f"{page}/other-way", data={"other-how": " "}).status_code == 422
    assert admin.post(f"{page}/other-way", data={"other-how": "by bank transfer"}).status_code == 303
    shown = admin.get(page).text
    assert ("by bank transfer, Alba Reed" in shown, 'data-next="pay-otherwise"' in shown) == (True, False)


@pytest.mark.parametrize("noun", ["", "/packing", "/dispatch", "/delivery", "/cancellation", "/refunds", "/hold-end"])
def test_an_unknown_order_is_not_there(till: Till, admin: FlaskClient, noun: str) -> None:
    answer = admin.post(f"/admin/orders/R-NOWHERE{noun}") if noun else admin.get("/admin/orders/R-NOWHERE")
    assert answer.status_code == 404


def test_the_pages_take_a_fixed_number_of_queries(
    session: Session, paid: Till, admin: FlaskClient, count_queries: Any
) -> None:
    def counts() -> list[int]:
        found = []
        for page in ("/admin/orders", f"/admin/orders/{paid.number}", "/admin/returns", "/admin/returns/RT-0"):
            with count_queries() as sent:
                assert admin.get(page).status_code == 200
            found.append(len(sent))
        return found

    paid.ask_back("RT-0")
    before = counts()
    with transaction():
        serum = world.on_sale("SE-001", "serum")
        for number in range(3):
            other = world.approved_client(f"Theo {number}", f"theo{number}@example.org", (serum.id,))
            world.placed(other, serum)
    paid.ask_back("RT-1", "RT-2", "RT-3")
    assert len(session.scalars(select(OrderLine.id)).all()) == 4
    assert counts() == before
    assert before[0] <= 6  # one of them for what must be done next with each, one for the ids of the page alone
    # Two of them for the gate and the questions; one each for disputes, kits, returns, what is next, and its changes.
    assert before[1] <= 20


def expect(till: Till) -> None:
    """What the client answers after the payment."""
    answers, who = world.answers(C_CON_01="yes", C_CON_06="not_sure"), world.client_who(till.client)
    till.later(minutes=1)
    with transaction():
        stopping.answer_screening(till.client.id, answers, who, NOW.date(), till.now)


def test_whoever_packs_reads_no_health_word(paid: Till, admin: FlaskClient) -> None:
    expect(paid)
    shown = admin.get(f"/admin/orders/{paid.number}").text
    assert "The client may not have this now." in shown
    for word in ("pregnan", "breast", "eczema", "answered"):
        assert word not in shown


def test_the_gate_refuses_the_desk_without_saying_why(paid: Till, admin: FlaskClient) -> None:
    (line,) = paid.line_ids()
    answers, who = world.answers(C_CON_01="yes"), world.client_who(paid.client)
    with transaction():
        care.answer_screening(paid.client.id, answers, who, NOW.date(), NOW)
    for accept in ("text/html", "application/json"):
        answer = admin.post(
            f"/admin/orders/{paid.number}/packing", data={f"line_{line}": "RL-020-001"}, headers={"Accept": accept}
        )
        assert answer.status_code == 409
        assert "not-eligible" in answer.text
        assert "pregnan" not in answer.text
        assert "contraindication" not in answer.text


def test_an_unpaid_order_says_at_the_desk_only_that_it_ended(till: Till, admin: FlaskClient) -> None:
    expect(till)
    shown = admin.get(f"/admin/orders/{till.number}").text
    assert "The client may not have this now." in shown
    assert "pregnan" not in shown


def test_the_client_reads_all_of_it(paid: Till, signed_in: Callable[[Account], FlaskClient], session: Session) -> None:
    expect(paid)
    account = session.get_one(Account, paid.client.account_id)
    shown = signed_in(account).get(f"/orders/{paid.number}").text
    assert "pregnancy or breastfeeding" in shown
