"""The basket's pages: what the gate says is what is shown, and a forged form gets no further than an honest one."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.journal import JournalEntry
from catalogue.money import Money
from catalogue.products import Product
from storefront.db import transaction
from storefront.eligibility.models import Client
from storefront.orders import stopping
from storefront.orders.basket_models import BasketLine
from tests.catalogue import samples
from tests.storefront.orders import world

Browsers = Callable[..., FlaskClient]


def put_in(browser: FlaskClient, sku: str = "RL-020", quantity: object = 1) -> Any:
    return browser.post("/basket/lines", data={"sku": sku, "quantity": quantity})


def test_an_approved_client_puts_the_kit_in(browser: Browsers, mara: Client, session: Session) -> None:
    mine = browser()
    answer = put_in(mine)
    assert (answer.status_code, answer.location) == (303, "/basket")
    page = mine.get("/basket").text
    assert 'data-sku="RL-020" data-stock="10" data-quantity="1"' in page
    assert 'data-total="3795"' in page
    assert "Go to the checkout" in page
    assert "It is in your basket" in page


def test_what_went_off_sale_is_told_and_no_longer_counted(browser: Browsers, mara: Client, session: Session) -> None:
    mine = browser()
    put_in(mine)
    with transaction():
        stopping.void_vetting("RL-020", samples.ADMIN, world.NOW, "The maker warns.")
    page = mine.get("/basket").text
    for told in ('data-reason="not-vetted"', "not counted", "Take it out to go on"):
        assert told in page
    for gone in ("data-total", "Go to the checkout", "How many"):
        assert gone not in page
    assert mine.post("/basket/lines/RL-020/removal").status_code == 303
    assert "Nothing is in it yet" in mine.get("/basket").text


def test_a_second_tap_does_no_harm(browser: Browsers, mara: Client, session: Session) -> None:
    mine = browser()
    for _ in range(2):
        assert put_in(mine).status_code == 303
    assert session.scalars(select(BasketLine.quantity)).all() == [1]


def test_what_is_taken_out_is_gone_and_taking_it_out_twice_is_no_matter(browser: Browsers, mara: Client) -> None:
    mine = browser()
    put_in(mine)
    for _ in range(2):
        assert mine.post("/basket/lines/RL-020/removal").location == "/basket"
    assert "Nothing is in it yet" in mine.get("/basket").text


def test_an_unapproved_client_is_refused_with_every_reason(
    browser: Browsers, tom: Client, roller: Product, session: Session
) -> None:
    answer = put_in(browser("tom@example.org"))
    assert answer.status_code == 409
    for code in ("no-course", "no-approval", "screening-due"):
        assert f'data-reason="{code}"' in answer.text
    assert session.scalars(select(BasketLine)).all() == []
    assert session.scalars(select(JournalEntry.verb).order_by(JournalEntry.id.desc())).first() == "refused"


def test_the_same_refusal_as_json(browser: Browsers, tom: Client, roller: Product) -> None:
    asked = {"data": {"sku": "RL-020", "quantity": 1}, "headers": {"Accept": "application/json"}}
    answer = browser("tom@example.org").post("/basket/lines", **asked)
    assert answer.status_code == 409
    assert [reason["code"] for reason in answer.json["reasons"]] == ["no-course", "no-approval", "screening-due"]


def test_a_wrong_form_as_json_says_what_is_wrong_by_field(browser: Browsers, mara: Client) -> None:
    asked = {"data": {"sku": "", "quantity": 0}, "headers": {"Accept": "application/json"}}
    answer = browser().post("/basket/lines", **asked)
    assert (answer.status_code, answer.json["status"]) == (422, 422)
    assert answer.json["fields"] == {"sku": ["Choose a product."], "quantity": ["From 1 to 99."]}


def test_more_than_the_approval_allows_is_refused(browser: Browsers, mara: Client) -> None:
    answer = put_in(browser(), quantity=2)
    assert answer.status_code == 409
    assert 'data-reason="too-many"' in answer.text


@pytest.mark.parametrize("sku", ["NO-SUCH", "RL-020 ", "rl-020", "%", "RL-020\0"])
def test_an_unknown_product_is_refused(browser: Browsers, mara: Client, sku: str) -> None:
    answer = put_in(browser(), sku)
    assert answer.status_code == (303 if sku.replace("\0", " ").strip() == "RL-020" else 409)


@pytest.mark.parametrize("quantity", ["0", "-1", "", "one", "1e3", "100", "9" * 30, "1.5", None])
def test_a_wrong_number_is_shown_again(browser: Browsers, mara: Client, session: Session, quantity: object) -> None:
    answer = put_in(browser(), quantity=quantity or "")
    assert answer.status_code == 422
    assert 'id="error-summary"' in answer.text
    assert session.scalars(select(BasketLine)).all() == []


def test_a_permission_taken_back_stays_in_the_basket_with_its_reason(browser: Browsers, mara: Client) -> None:
    mine = browser()
    put_in(mine)
    with transaction():
        stopping.withdraw_approval(mara.id, "Skin needs rest.", world.practitioner(), world.NOW)
    page = mine.get("/basket").text
    assert 'data-reason="approval-withdrawn"' in page
    assert 'data-sku="RL-020"' in page
    assert "Go to the checkout" not in page


def test_a_sold_out_product_says_so_at_its_line(browser: Browsers, mara: Client, session: Session) -> None:
    mine = browser()
    put_in(mine)
    session.execute(update(Batch).values(reserved=Batch.received))
    session.commit()
    page = mine.get("/basket").text
    assert 'data-stock="0"' in page
    assert '<li data-reason="no-batch" data-sku="RL-020">' in page


def test_a_recalled_batch_takes_no_line_away(browser: Browsers, mara: Client, session: Session) -> None:
    mine = browser()
    put_in(mine)
    with transaction():
        stopping.hold_batch("RL-020-001", samples.ADMIN, world.NOW, "The maker warns.")
    page = mine.get("/basket").text
    assert ('data-sku="RL-020" data-stock="0" data-quantity="1"' in page, 'data-reason="no-batch"' in page) == (
        True,
        True,
    )


def test_todays_price_is_shown_and_that_it_changed(browser: Browsers, mara: Client, session: Session) -> None:
    mine = browser()
    put_in(mine)
    samples.signed_anew(session, today=world.TODAY, price=Money(3650))
    session.commit()
    page = mine.get("/basket").text
    assert 'data-total="4045"' in page
    assert 'data-reason="price-changed"' in page
    assert "It was" in page
    put_in(mine)
    assert "price-changed" not in mine.get("/basket").text


def test_baskets_are_apart(browser: Browsers, mara: Client, session: Session) -> None:
    with transaction():
        world.approved_client("Jo Lind", "jo@example.org")
    mine, other = browser(), browser("jo@example.org")
    put_in(mine)
    assert "Nothing is in it yet" in other.get("/basket").text
    other.post("/basket/lines/RL-020/removal")
    assert 'data-sku="RL-020"' in mine.get("/basket").text


def test_a_visitors_forged_line_is_turned_away_with_the_reason_and_written_down(
    client: FlaskClient, roller: Product, session: Session
) -> None:
    answer = client.post("/basket/lines", data={"sku": roller.sku, "quantity": "1"})
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/basket")
    page = client.get(answer.location).text
    for told in ("For clients who have completed the course", "3 treatments", "practitioner’s approval"):
        assert told in page
    entry = session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()
    assert entry is not None
    assert (entry.verb, entry.reference, entry.by_name) == ("denied", "shop", "a visitor")
    assert session.scalars(select(BasketLine)).all() == []


def test_the_basket_survives_an_expired_session(browser: Browsers, mara: Client) -> None:
    mine = browser()
    put_in(mine)
    mine.post("/sign-out")
    answer = mine.post("/checkout", data={"delivery": "collection"})
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/basket")
    back = mine.post("/demo/person", data={"email": mara.email, "next": "/basket"})
    assert back.location == "/basket"
    assert 'data-sku="RL-020"' in mine.get("/basket").text


def test_the_number_of_queries_is_fixed(browser: Browsers, mara: Client, session: Session, count_queries: Any) -> None:
    mine = browser()

    def queries(ask: Callable[[], Any]) -> int:
        with count_queries() as sent:
            assert ask().status_code in (200, 303)
        return len(sent)

    put_in(mine)
    few = queries(lambda: mine.get("/basket")), queries(lambda: put_in(mine))
    with transaction():
        serums = [world.on_sale(f"SE-{number}", "serum").id for number in range(5)]
        world.approve(mara.id, tuple(serums))
        for sku in range(5):
            world.baskets.put_in_basket(mara.id, f"SE-{sku}", 1, world.NOW, world.TODAY)
    many = queries(lambda: mine.get("/basket")), queries(lambda: put_in(mine))
    assert many == few
    assert few == (16, 16)
