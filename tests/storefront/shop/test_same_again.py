"""The same again: one page with what changed, and one press that orders exactly what stood on it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalogue.money import Money
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders import stopping
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.basket_models import BasketLine
from storefront.orders.models import Order, OrderLine
from storefront.payments.cards import keep_card, kept_card
from storefront.payments.stripe_values import Card
from tests.catalogue import samples
from tests.storefront.orders import world
from tests.storefront.standin import running

Browsers = Callable[..., FlaskClient]
AGAIN = "/care/same-again"
LATER = timedelta(days=71)


@pytest.fixture
def before(mara: Client, session: Session) -> str:
    """Mara's order of a roller and a serum, paid for so long ago that both are open again; two serums are for sale."""
    with transaction():
        serums = [world.on_sale(sku, "serum").id for sku in ("SE-01", "SE-02")]
        world.approve(mara.id, tuple(serums))
        world.baskets.put_in_basket(mara.id, "SE-01", 1, world.NOW, world.TODAY)
        order = world.placed(mara, samples.loaded(db.session(), "RL-020"))
        accept_order(order.number, Authorisation("pi_before", Money(order.total_minor)), world.NOW, world.TODAY)
        aged = update(Order).values(accepted_at=world.NOW - LATER, placed_at=world.NOW - LATER)
        db.session.execute(aged.values(captured_minor=Order.total_minor))
        return order.number


def typed(page: str, **others: str) -> dict[str, str]:
    """The form of the page as a browser sends it, with nothing new."""
    form = page.partition('id="order-again"')[2].partition("</form>")[0]
    fields = re.findall(r"<input [^>]*>", form)
    sent = {
        name[1]: value[1] if (value := re.search(r'value="([^"]*)"', each)) else ""
        for each in fields
        if (name := re.search(r'name="([^"]*)"', each)) and ("radio" not in each or " checked" in each)
    }
    sent.pop("anything_new", None), sent.pop("reaction", None)
    return {**sent, "nothing_new": "y", **others}


def states(page: str) -> list[tuple[str, str]]:
    return re.findall(r'data-sku="([^"]+)" data-quantity="\d" data-again="(\w+)"', page)


def test_one_press_orders_what_stands_on_the_page_and_leaves_the_basket(
    browser: Browsers, before: str, mara: Client, standin: running.Standin, session: Session, count_queries: Any
) -> None:
    mine = browser()
    for path in ("/care", "/orders", f"/orders/{before}"):
        assert AGAIN in mine.get(path).text
    assert "with the card that you keep" in mine.get(AGAIN).text
    mine.post("/basket/lines", data={"sku": "SE-02", "quantity": "1"})
    with transaction():
        for last4, good_until, is_kept in (("4242", world.TODAY, True), ("4444", world.TODAY, False)):
            keep_card(before, Card("visa", last4, good_until, is_kept), world.NOW)
        keep_card(before, Card("visa", "1881", world.TODAY, True), world.NOW - timedelta(days=40))  # news of an old one
    with count_queries() as shown:
        page = mine.get(AGAIN).text
    assert states(page) == [("SE-01", "open"), ("RL-020", "open")]
    assert "data-change" not in page
    for told in (
        'data-there="2026-11-23"',
        'data-there="2026-11-26"',
        "Dispatched by",
        "your Visa card ending in 4242",
    ):
        assert told in page
    unasked = mine.post(AGAIN, data=typed(page, nothing_new=""))
    assert (unasked.status_code, "questions-unanswered" in unasked.text) == (422, True)
    sent = typed(page, line1="1 Example Road", town="London", postcode="N1 9GU")
    with count_queries() as placed:
        first = mine.post(AGAIN, data=sent)
    assert first.location.startswith(standin.url)
    assert mine.post(AGAIN, data=sent).location == first.location, "a second press meets the same page"
    order = session.scalars(select(Order).where(Order.number != before)).one()
    for other in ({"delivery": "collection"}, {"line1": "2 Example Road"}):
        assert mine.post(AGAIN, data=sent | other).location == f"/orders/{order.number}", (
            "another way is not that order"
        )
    bought = session.execute(select(OrderLine.sku, OrderLine.quantity).where(OrderLine.order_id == order.id))
    assert sorted(bought.all()) == [("RL-020", 1), ("SE-01", 1)]
    assert session.scalars(select(BasketLine.quantity)).all() == [1]
    assert (len(shown), len(placed) <= 56) == (21, True)
    assert kept_card(mara.id, world.TODAY + timedelta(days=1)) is None, "it has run out"


def test_what_changed_is_told_line_by_line_and_nothing_takes_a_place_unasked(
    browser: Browsers, before: str, mara: Client, standin: running.Standin, session: Session
) -> None:
    mine = browser()
    old = mine.get(AGAIN).text
    with transaction():
        samples.signed_anew(db.session(), today=world.TODAY, price=Money(3650))
        stopping.void_vetting("SE-01", samples.ADMIN, world.NOW, "The maker warns.")
        db.session.execute(update(world.Batch).where(world.Batch.code.like("RL-020%")).values(reserved=9))
        world.another_batch(samples.loaded(db.session(), "RL-020"))
    stale = mine.post(AGAIN, data=typed(old, delivery="collection"))
    assert stale.status_code == 409
    for told in ('data-reason="page-changed"', 'data-change="price-changed"', 'data-change="batch-changed"',
                 'data-reason="not-vetted"', 'data-instead="SE-02"'):  # fmt: skip
        assert told in stale.text
    assert states(stale.text) == [("RL-020", "open"), ("SE-01", "closed")]
    page = mine.get(f"{AGAIN}?instead=SE-02&instead=NO-SUCH").text
    assert states(page) == [("SE-02", "open"), ("RL-020", "open")]
    assert 'data-change="substitute"' in page
    assert session.scalars(select(Order.number)).all() == [before]
    assert mine.post(AGAIN, data=typed(page, delivery="collection")).location.startswith(standin.url)
    lines = select(OrderLine.sku).join(Order).where(Order.number != before)
    assert sorted(session.scalars(lines)) == ["RL-020", "SE-02"]


def test_what_may_not_be_had_is_never_offered_and_every_reason_is_told(
    browser: Browsers, before: str, mara: Client, session: Session
) -> None:
    mine, other = browser(), browser
    with transaction():
        serum = samples.loaded(db.session(), "SE-01")
        world.approve(mara.id, (serum.id,))
        stopping.void_vetting("SE-01", samples.ADMIN, world.NOW, "The maker warns.")
        db.session.execute(update(Order).values(accepted_at=world.NOW - timedelta(days=5)))
    page = mine.get(AGAIN).text
    assert states(page) == [("SE-01", "closed"), ("RL-020", "closed")]
    for told in ('data-reason="too-soon"', "26 January 2027", "/care/exceptions/RL-020", 'data-reason="not-vetted"'):
        assert told in page
    assert ("data-instead" in page, "Order and go to payment" in page) == (False, False)
    assert mine.post(AGAIN, data={"delivery": "collection", "nothing_new": "y", "order": ""}).status_code == 409
    with transaction():
        stopping.withdraw_approval(mara.id, "Skin needs rest.", world.practitioner(), world.NOW)
        world.new_client("Tom Achebe", "tom@example.org")
    assert 'data-reason="approval-withdrawn"' in mine.get(f"{AGAIN}?order={before}").text
    refused = mine.post(
        AGAIN, data={"delivery": "collection", "nothing_new": "y"}, headers={"Accept": "application/json"}
    )
    assert (refused.status_code, [each["code"] for each in refused.json["reasons"]]) == (409, ["approval-withdrawn"])
    tom = other("tom@example.org")
    assert "You have not ordered yet" in tom.get(AGAIN).text
    assert tom.get(f"{AGAIN}?order={before}").status_code == 404
    assert session.scalars(select(Order.number)).all() == [before]
