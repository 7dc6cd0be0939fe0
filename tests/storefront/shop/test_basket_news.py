"""What happened to a basket is told on its page, on every device, until it was read; two devices surprise nobody."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.money import Money
from config import ROOT
from storefront.db import transaction
from storefront.eligibility.models import Client
from storefront.eligibility.recheck_rules import NOTHING_NEW
from storefront.orders import stopping
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.actions import expire_order, place_order
from storefront.orders.basket_models import BasketLine
from storefront.orders.records import locked
from tests.catalogue import samples
from tests.storefront.orders import world
from tests.storefront.shop.test_basket import put_in

Browsers = Callable[..., FlaskClient]


def told(browser: FlaskClient) -> list[tuple[str, ...]]:
    """What the basket's page says happened, by its codes, and the lines that are there."""
    page = browser.get("/basket").text
    lines = re.findall(r'data-sku="([^"]+)" data-stock="\d+" data-quantity="(\d+)"', page)
    return [*((code,) for code in re.findall(r'data-news="([^"]+)"', page)), *lines]


def read(browser: FlaskClient) -> None:
    """The client presses that they have read it."""
    until = re.search(r'name="until" value="(\d+)"', browser.get("/basket").text)
    assert until is not None
    assert browser.post("/basket/news/reading", data={"until": until[1]}).status_code == 303


def test_a_line_leaves_in_three_ways_alone_and_each_is_told_on_every_device_until_it_was_read(
    browser: Browsers, mara: Client, session: Session
) -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "storefront").rglob("*.py"))
    assert (code.count("delete(BasketLine)"), code.count("_leave(")) == (1, 4), (
        "taken out, ordered, merged (test_merging)"
    )
    phone, tablet = browser(), browser()
    put_in(phone)
    phone.post("/basket/lines/RL-020/removal")
    for device in (phone, tablet):
        assert told(device) == [("taken-out",)]
        assert "You took out 1 × " in device.get("/basket").text
    put_in(tablet)
    assert told(phone) == [("RL-020", "1")], "it was put back: nothing is left to be told"
    with transaction():
        order = place_order(mara.id, world.BY_POST, NOTHING_NEW, world.client_who(mara), world.NOW, world.TODAY)
    assert told(tablet) == [], "while it waits for its payment, that is told above"
    assert order.number in tablet.get("/basket").text
    with transaction():
        expire_order(locked(order.number), world.NOW)
    page = tablet.get("/basket").text
    assert f"came back from order {order.number}, which was not paid in time." in page
    assert told(phone) == [("came-back",), ("RL-020", "1")]
    with transaction():
        paid = Authorisation("pi_late", Money(order.total_minor))
        assert accept_order(order.number, paid, world.NOW, world.TODAY) == "accepted"
    assert told(phone) == [("paid-after-all",), ("RL-020", "1")]
    read(phone)
    assert told(tablet) == [("RL-020", "1")]
    for wrong in ("", "x", "-1", "9" * 30):
        assert phone.post("/basket/news/reading", data={"until": wrong}).status_code == 303


def test_what_was_ordered_is_told_until_it_was_read_and_what_was_stopped_says_so(
    browser: Browsers, mara: Client, session: Session
) -> None:
    mine = browser()
    put_in(mine)
    with transaction():
        order = place_order(mara.id, world.BY_POST, NOTHING_NEW, world.client_who(mara), world.NOW, world.TODAY)
        accept_order(order.number, Authorisation("pi_1", Money(order.total_minor)), world.NOW, world.TODAY)
    assert told(mine) == [("ordered",)]
    read(mine)
    assert told(mine) == []
    with transaction():
        jo = world.approved_client("Jo Lind", "jo@example.org")
        stopped = world.placed(jo, samples.loaded(session, "RL-020"))
        stopping.withdraw_approval(jo.id, "Skin needs rest.", world.practitioner(), world.NOW)
    assert told(browser("jo@example.org")) == [("order-stopped",)]
    assert f"/orders/{stopped.number}" in browser("jo@example.org").get("/basket").text


def test_two_devices_that_change_one_line_surprise_nobody(browser: Browsers, mara: Client, session: Session) -> None:
    with transaction():
        world.approve(mara.id, quantity=3)
    phone, tablet = browser(), browser()
    put_in(phone)
    change = {"sku": "RL-020", "quantity": "3", "shown": "1"}
    assert phone.post("/basket/lines", data=change).status_code == 303
    late = tablet.post("/basket/lines", data={**change, "quantity": "2"})
    assert (late.status_code, 'data-reason="basket-changed"' in late.text) == (409, True)
    assert "there are 3 in your basket now, not 1" in late.text
    assert session.scalars(select(BasketLine.quantity)).all() == [3]
    put_in(tablet)
    assert "You had 3 of it in the basket before; now there are 1." in tablet.get("/basket").text
    phone.post("/basket/lines/RL-020/removal")
    gone = tablet.post("/basket/lines", data={**change, "quantity": "2"}, headers={"Accept": "application/json"})
    assert (gone.status_code, gone.json["reasons"][0]["code"]) == (409, "basket-changed")
    assert "it is not in your basket any more" in gone.json["reasons"][0]["text"]
    put_in(phone, quantity=2)
    with transaction():
        order = place_order(mara.id, world.BY_POST, NOTHING_NEW, world.client_who(mara), world.NOW, world.TODAY)
    put_in(phone)
    with transaction():
        expire_order(locked(order.number), world.NOW)
    assert told(phone) == [("not-back",), ("RL-020", "1")], "what was chosen since stays as it is"
