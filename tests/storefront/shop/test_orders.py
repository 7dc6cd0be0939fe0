"""The pages of orders: every status in words, what was packed, and only one's own."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalogue.money import Money
from catalogue.products import Product
from storefront import upkeep
from storefront.db import transaction
from storefront.eligibility import actions as care
from storefront.eligibility.models import Client
from storefront.messages.models import Message
from storefront.orders import recalling, stopping
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.dispatch import dispatch_order, pack_order
from storefront.orders.models import Allocation, Order, OrderLine
from storefront.orders.owing import record_capture
from storefront.orders.recall_answers import notices_of_client
from storefront.orders.records import locked
from storefront.orders.rules import MOVES
from storefront.shop.orders import TOLD
from tests.catalogue.samples import WHOLE_NOTICE
from tests.storefront.orders import world
from tests.storefront.orders.recalled import PICTURE
from tests.storefront.orders.world import ADMIN

Browsers = Callable[..., FlaskClient]


@pytest.fixture
def number(mara: Client, roller: Product) -> str:
    """Mara's order, awaiting its payment."""
    with transaction():
        return world.placed(mara, roller).number


def accepted(number: str) -> None:
    with transaction():
        accept_order(number, Authorisation("pi_1", Money(3795)), world.NOW, world.TODAY)


def test_every_status_has_its_words() -> None:
    assert set(TOLD) >= set(MOVES)


def test_an_unpaid_order_can_be_paid_and_cancelled(browser: Browsers, number: str) -> None:
    page = browser().get(f"/orders/{number}").text
    assert f'data-order="{number}" data-status="awaiting_payment"' in page
    assert 'data-total="3795"' in page
    assert "Pay now" in page
    assert "Cancel this order" in page
    assert "data-batch" not in page


def test_back_from_the_payment_page_nobody_is_asked_to_pay_again(browser: Browsers, number: str) -> None:
    page = browser().get(f"/orders/{number}?paid=1").text
    assert "You need not pay again" in page
    assert "Pay now" not in page


def test_after_its_time_it_cannot_be_paid(browser: Browsers, number: str) -> None:
    with time_machine.travel(world.NOW + timedelta(minutes=32)):
        mine = browser()
        assert "The time to pay is over" in mine.get(f"/orders/{number}").text
        assert mine.post(f"/orders/{number}/payment").status_code == 409


def test_packed_and_sent_it_shows_batch_and_parcel(browser: Browsers, number: str, session: Session) -> None:
    accepted(number)
    session.execute(update(Order).values(captured_minor=Order.total_minor))
    session.commit()
    mine = browser()
    assert "Paid" in mine.get(f"/orders/{number}").text
    allocation = session.scalars(select(Allocation)).one()
    code = session.scalars(select(world.Batch.code).where(world.Batch.id == allocation.batch_id)).one()
    with transaction():
        pack_order(number, {allocation.line_id: [code]}, world.ADMIN, world.NOW, world.TODAY)
    assert f'data-batch="{code}"' in mine.get(f"/orders/{number}").text
    assert mine.post(f"/orders/{number}/cancellation").status_code == 409
    with transaction():
        dispatch_order(number, "JD 0002 2312", world.ADMIN, world.NOW, world.TODAY)
    page = mine.get(f"/orders/{number}").text
    assert "JD 0002 2312" in page
    assert "Rolling at home" in page
    assert "Cancel this order" not in page


def test_a_cancelled_order_is_over_and_its_goods_are_in_the_basket(browser: Browsers, number: str) -> None:
    mine = browser()
    assert mine.post(f"/orders/{number}/cancellation").location == f"/orders/{number}"
    page = mine.get(f"/orders/{number}").text
    assert 'data-status="cancelled"' in page
    assert 'data-reason="asked-to-cancel"' in page
    assert "Nothing was charged" in page
    assert 'data-sku="RL-020"' in mine.get("/basket").text
    assert mine.post(f"/orders/{number}/cancellation").status_code == 409
    assert mine.post(f"/orders/{number}/payment").status_code == 409


def test_an_order_that_is_cancelled_after_it_was_accepted_is_over_on_page_list_and_in_its_mail(
    browser: Browsers, number: str, session: Session
) -> None:
    mine = browser()
    accepted(number)
    page = mine.post(f"/orders/{number}/cancellation", follow_redirects=True).text
    assert re.findall('<h2 id="standing">(.*)</h2>', page) == ["Cancelled"]
    assert "You cancelled it." in page
    assert ("On hold" in page, "On hold" in mine.get("/orders").text) == (False, False)
    mail = session.scalars(select(Message).where(Message.about == number).order_by(Message.id.desc())).first()
    assert mail is not None
    assert mail.subject == f"Your order {number} is cancelled"
    assert "as you asked" in mail.text
    assert "your money back" in mail.text
    assert "about your care" not in mail.text


def test_a_stopped_order_gives_each_reason_with_its_code(browser: Browsers, mara: Client, number: str) -> None:
    accepted(number)
    with transaction():
        stopping.withdraw_approval(mara.id, "Skin needs rest.", world.practitioner(), world.NOW)
    page = browser().get(f"/orders/{number}").text
    assert 'data-status="on_hold"' in page
    assert '<li data-reason="approval-withdrawn"><p class="reasons__text">Your practitioner took' in page
    assert "Skin needs rest" not in page


def test_a_refused_payment_says_why_and_that_nothing_was_charged(browser: Browsers, mara: Client, number: str) -> None:
    with transaction():
        care.withdraw_approval(mara.id, "Skin needs rest.", world.practitioner(), world.NOW)
    accepted(number)
    page = browser().get(f"/orders/{number}?paid=1").text
    assert 'data-status="cancelled"' in page
    assert 'data-reason="approval-withdrawn"' in page
    assert "Nothing was charged" in page


def recalled() -> str:
    """The number of the recall of the batch in Mara's order, told to whoever has units."""
    with transaction():
        opened = recalling.open_recall(["RL-020-001"], "serious", "Bent needles.", ADMIN, world.NOW).number
    with transaction():
        recalling.write_notice(opened, WHOLE_NOTICE, PICTURE, ADMIN, world.NOW)
    with transaction():
        recalling.send_notice(opened, ADMIN, world.NOW)
    return opened


def test_who_pays_too_late_reads_which_batch_was_recalled(browser: Browsers, number: str) -> None:
    opened = recalled()
    accepted(number)
    page = browser().get(f"/orders/{number}").text
    assert 'data-status="cancelled"' in page
    assert 'data-reason="batch-recalled"><p class="reasons__text">Batch RL-020-001 (maker’s lot LOT-1)' in page
    assert 'data-recalled="RL-020-001"' in page
    assert "None of it was sent to you with this order" in page
    assert f'href="/recalls#{opened}"' in page


def test_who_has_a_recalled_batch_reads_it_with_the_order(
    browser: Browsers, mara: Client, number: str, session: Session
) -> None:
    accepted(number)
    session.execute(update(Order).values(captured_minor=3795))
    session.commit()
    with transaction():
        line = session.scalars(select(OrderLine.id)).one()
        pack_order(number, {line: ["RL-020-001"]}, ADMIN, world.NOW, world.TODAY)
        dispatch_order(number, "", ADMIN, world.NOW, world.TODAY)
    assert "data-recalled" not in browser().get(f"/orders/{number}").text
    recalled()
    (notice,) = notices_of_client(mara.id)
    page = browser().get(f"/orders/{number}").text
    assert "Stop using Sample roller RL-020 of batch RL-020-001 (maker’s lot LOT-1) at once." in page
    assert f'href="/recalls/answers/{notice.code}"' in page


def test_an_order_stopped_by_a_recall_names_the_batch(browser: Browsers, number: str) -> None:
    accepted(number)
    recalled()
    page = browser().get(f"/orders/{number}").text
    assert 'data-reason="batch-recalled"' in page
    assert "We have recalled batch RL-020-001 (maker’s lot LOT-1)." in page
    assert 'data-recalled="RL-020-001"' in page


def test_anothers_order_is_not_there(app: Flask, browser: Browsers, number: str, tom: Client) -> None:
    """Asked of every address that is of one order, however it is asked for."""
    other, hidden = browser("tom@example.org"), {"If-None-Match": "*", "Range": "bytes=0-9"}
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/orders/<number>")]
    assert len(rules) >= 7
    for rule in rules:
        told = {"invoice": "INV-000001", "name": "1", "number": number}
        mine, missing = (rule.build({**told, "number": each})[1] for each in (number, "R-0000000"))  # type: ignore[index]
        for method in rule.methods - {"OPTIONS"}:
            foreign, unknown = (other.open(each, method=method, headers=hidden) for each in (mine, missing))
            assert foreign.status_code == unknown.status_code == 404, (method, mine)
            assert plain(foreign.text) == plain(unknown.text)
    assert number not in other.get("/orders").text


def plain(text: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text)


@pytest.mark.parametrize("number", ["1", "%00", "R-%2e%2e", "9" * 400, "ö"])
def test_strange_numbers_are_not_there(browser: Browsers, mara: Client, number: str) -> None:
    assert browser().get(f"/orders/{number}").status_code == 404


def test_the_list_shows_ones_own(browser: Browsers, number: str) -> None:
    page = browser().get("/orders").text
    assert f'data-order="{number}" data-status="awaiting_payment"' in page
    assert "1 × Sample roller RL-020" in page


def test_without_orders_the_list_leads_to_the_kit(browser: Browsers, mara: Client) -> None:
    assert "You have not ordered yet" in browser().get("/orders").text


def test_the_number_of_queries_is_fixed(
    browser: Browsers, mara: Client, number: str, session: Session, count_queries: Any
) -> None:
    mine = browser()

    def queries() -> tuple[int, int]:
        counts = []
        for path in ("/orders", f"/orders/{number}"):
            with count_queries() as sent:
                assert mine.get(path).status_code == 200
            counts.append(len(sent))
        return counts[0], counts[1]

    few = queries()
    with transaction():
        serum = world.on_sale("SE-01", "serum")
        world.approve(mara.id, (serum.id,), quantity=3)
    for _ in range(3):
        session.execute(update(Order).values(status="cancelled"))
        session.commit()
        with transaction():
            world.baskets.put_in_basket(mara.id, "SE-01", 1, world.NOW, world.TODAY)
            number = world.placed(mara, session.merge(serum), 2).number
    assert queries() == few == (4, 13)


def test_the_invoice_is_handed_to_its_client_alone(browser: Browsers, number: str, session: Session) -> None:
    accepted(number)
    with transaction():
        record_capture(locked(number), world.NOW)
    mine, address = browser(), f"/orders/{number}/invoices/INV-000001"
    upkeep.issue_papers(world.NOW)
    assert (mine.get(address).status_code, "INV-000001" in mine.get(f"/orders/{number}").text) == (404, True)
    upkeep.issue_papers(world.NOW)
    sheet = mine.get(address)
    assert (sheet.status_code, sheet.mimetype, sheet.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert sheet.headers["Cache-Control"] == "no-store"
    with transaction():
        world.approved_client("Theo Park", "theo@example.org")
    assert browser("theo@example.org").get(address).status_code == 404
