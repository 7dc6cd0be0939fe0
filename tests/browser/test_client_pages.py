"""A client's pages in a real browser: no barrier that axe knows, at every width, and the way to the payment without script."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import update

from catalogue.journal import SYSTEM
from catalogue.money import Money
from storefront import payments
from storefront.accounts.actions import make_account
from storefront.db import db, transaction
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.basket_news import tell_basket
from storefront.orders.discounts import DiscountTold, make_discount, put_code_in_basket
from storefront.orders.models import Order
from storefront.payments.stripe_api import StripeApi
from tests.browser.conftest import OpenPage, faults, is_scrolled_sideways, unfold
from tests.ports import free_port
from tests.storefront.orders import world
from tests.storefront.orders.at_home import send_roller
from tests.storefront.standin.running import KEY

VISITORS = ("/sign-in?next=/basket", "/sign-in/sent", "/sign-in/none", "/demo")
MARA = "mara@example.org"
TOM = "tom@example.org"
ANN = "ann@example.org"
ALMA = "alma@example.org"
INES = "ines@example.org"


@pytest.fixture
def clinic(fresh_database: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Mara with a basket, an order of each kind and nobody to pay at; Ann with a roller at home; Tom, about whom nothing is known.
    Mara's pages."""
    monkeypatch.setitem(
        fresh_database.extensions, payments.EXTENSION, StripeApi(KEY, f"http://127.0.0.1:{free_port()}")
    )
    with time_machine.travel(world.NOW):
        with fresh_database.app_context(), fresh_database.test_request_context():
            orders = fill()
            db.session.remove()
        yield ["/care", "/care/screening", "/care/allergies", "/care/reaction", "/care/exceptions/SE-01", "/care/same-again",
               "/basket", "/checkout",
               "/orders", "/account", *(f"/orders/{number}" for number in orders)]  # fmt: skip


def fill() -> list[str]:
    with transaction():
        roller, serum = world.on_sale(), world.on_sale("SE-01", "serum")
        ann = world.approved_client("Ann Brewer", ANN)
        make_account(ALMA, "Alma Admin", "admin", SYSTEM, world.NOW)
    send_roller(ann, timedelta(0))
    with transaction():
        mara, _ = world.approved_client(serums=(serum.id,), quantity=3), world.new_client("Tom Achebe-Williams", TOM)
        accepted = world.placed(mara, serum).number
        accept_order(accepted, Authorisation("pi_1", Money(3795)), world.NOW, world.TODAY)
        db.session.execute(update(Order).where(Order.number == accepted).values(captured_minor=3795))
    with transaction():
        waiting = world.placed(mara, roller).number
    with transaction():
        world.baskets.put_in_basket(mara.id, "RL-020", 1, world.NOW, world.TODAY)
        about = {"product_id": serum.id, "quantity": 1, "order_number": accepted}
        for code in ("taken-out", "came-back"):
            tell_basket(mara.id, code, "Something happened to your serum.", world.NOW, **about)
        told = DiscountTold("WELCOME10", 10, None, world.TODAY, None, None, True, 0, (), "A greeting.")
        make_discount(told, world.ADMIN, world.NOW)
        put_code_in_basket(mara.id, "welcome 10", world.TODAY)
    return [accepted, waiting]


def be(page: Page, email: str) -> None:
    page.goto("/demo")
    page.locator(f'li[data-email="{email}"] button').click()


def test_the_pages_are_without_fault(open_page: OpenPage, clinic: list[str]) -> None:
    page = open_page()
    for path in VISITORS:
        page.goto(path)
        assert faults(page) == [], path
    for person, paths in (
        (MARA, (*clinic, "/demo", "/care/reaction/received")), (ANN, ("/care/home", "/care/reminders")),
        (TOM, ("/care", "/basket", "/orders")),
    ):  # fmt: skip
        be(page, person)
        for path in paths:
            page.goto(path)
            assert faults(page) == [], (person, path)
    be(page, ALMA)
    page.goto("/admin/orders")
    number = page.locator("[data-order]", has_text="Ann Brewer").get_attribute("data-order")
    assert faults(page) == []
    page.goto(f"/admin/orders/{number}")
    client = page.locator("main p", has_text="Ann Brewer").first.inner_text().split()[-1]
    page.goto(f"/admin/orders/{number}/slip")
    assert page.get_by_role("img", name="The address with the code").is_visible()
    assert faults(page) == []
    be(page, INES)
    page.goto(f"/practitioner/clients/{client}/gate-reports")
    assert page.locator("[data-moment]").count() > 1
    assert faults(page) == []
    be(page, ANN)
    page.goto(f"/orders/{number}/returns")
    assert faults(page) == []
    assert faults_at_the_desk(page, (f"/orders/{number}", clinic[-2]), ask_for_a_return(page)) == []
    be(page, ANN)
    page.goto("/care/home")
    page.get_by_role("button", name="I used it today").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Not today: your skin rests until 29 November 2026").wait_for()
    for width in (320, 820, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [text for text in page.said if "410" not in text] == []


def ask_for_a_return(page: Page) -> str:
    page.get_by_label("It is faulty").check()
    page.get_by_label("No, it was opened").check()
    page.get_by_role("button", name="Ask for this return").click()
    return page.locator("[data-return]").get_attribute("data-return") or ""


def faults_at_the_desk(page: Page, orders: tuple[str, ...], goods_return: str) -> list[str]:
    """On the pages of an order that was sent and of one that may be changed, of a return, and of a mail."""
    be(page, ALMA)
    page.goto("/admin/messages")
    mail, found = page.get_by_role("table").get_by_role("link").first.get_attribute("href"), []
    for path in (*(f"/admin{order}" for order in orders), f"/admin/returns/{goods_return}", mail or ""):
        page.goto(path)
        unfold(page)
        assert page.get_by_role("button", name="Change the order").count() == path.endswith(orders[-1])
        found += [f"{path}: {fault}" for fault in faults(page)]
    return found


def test_from_the_mail_to_the_payment_on_a_phone_without_script(open_page: OpenPage, clinic: list[str]) -> None:
    page = open_page(360, java_script_enabled=False)
    page.goto("/checkout")
    page.get_by_label("Your e-mail address").fill(MARA)
    page.get_by_role("button", name="Send me a link").click()
    page.get_by_role("link", name="Read the demo's mail").click()
    page.get_by_role("link", name="/sign-in/").first.click()
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Checkout"
    for name, typed in (("Address", ""), ("Town", ""), ("Postcode", "JE2 3AB")):
        page.get_by_label(name, exact=True).fill(typed)
    page.get_by_role("button", name="Order and go to payment").click()
    page.wait_for_load_state()
    assert page.get_by_role("alert").get_by_role("link").count() == 4
    assert page.get_by_role("alert").get_by_text("Choose Jersey as the country").is_visible()
    page.get_by_label("Nothing new, and no reaction").check()
    page.get_by_label("Address", exact=True).fill("1 Example Road")
    page.get_by_label("Town").fill("Leeds")
    page.get_by_label("Postcode").fill("LS1 4AB")
    page.get_by_role("button", name="Order and go to payment").click()
    page.get_by_text("An earlier order still awaits its payment").wait_for()
    page.get_by_role("button", name="Cancel this order").click()
    page.goto("/checkout")
    page.get_by_label("Collection at the clinic").check()
    page.get_by_label("Nothing new, and no reaction").check()
    page.get_by_role("button", name="Order and go to payment").click()
    page.get_by_text("cannot be reached just now").wait_for()
    assert page.get_by_role("button", name="Pay now").is_visible()


def test_what_follows_a_yes_appears_with_it(open_page: OpenPage, clinic: list[str]) -> None:
    page = open_page(360)
    be(page, MARA)
    page.goto("/care/screening")
    question = page.locator('[data-condition="C-CON-02"]')
    assert not question.get_by_label("To what?").is_visible()
    question.get_by_label("Yes").check()
    assert question.get_by_label("To what?").is_visible()
    names = question.get_by_role("combobox", name="To what?")
    names.press_sequentially("nikkel")
    page.get_by_role("option", name="nickel", exact=True).wait_for()
    for key in ("ArrowUp", "ArrowDown"):
        names.press(key)
    first = question.get_by_role("option").first
    assert names.get_attribute("aria-activedescendant") == first.get_attribute("id")
    assert faults(page) == []
    names.press("Enter")
    assert question.get_by_label("nickel", exact=True).is_checked()
    assert (names.input_value(), names.get_attribute("aria-expanded")) == ("", "false")
    question.get_by_label("No", exact=True).check()
    assert not question.get_by_label("To what?").is_visible()


def test_a_reaction_goes_from_a_thumb_to_its_answer_at_every_width(open_page: OpenPage, clinic: list[str]) -> None:
    """Journey 4: help first, a few presses without script, the desk, and what the client then reads."""
    page, desk = open_page(java_script_enabled=False), open_page()
    be(page, MARA)
    be(desk, "ines@example.org")
    for width in (360, 820, 1280):
        for each in (page, desk):
            each.set_viewport_size({"width": width, "height": 900})
        page.goto("/products")
        page.locator("footer").get_by_role("link", name="Something is wrong with my skin").click()
        assert page.get_by_role("link", name="Call 020").bounding_box()["y"] < 800  # type: ignore[index]
        assert not is_scrolled_sideways(page)
        page.get_by_label("Hot, or spreading").check()
        page.get_by_label("A coin or less").check()
        page.get_by_role("button", name="Send to my practitioner").click()
        page.get_by_text("You have our answer by").wait_for()
        answer(desk, is_read_whole=width == 360)
        page.goto("/care")
        assert page.get_by_text("your practitioner wants to see your skin today").is_visible()
    assert desk.said == []


def answer(desk: Page, is_read_whole: bool) -> None:
    """The practitioner opens whom a report put first, and signs that the skin is to be seen today."""
    desk.goto("/practitioner")
    desk.get_by_role("link", name="Open the first").click()
    desk.get_by_text("answer promised by").wait_for()
    assert not is_read_whole or faults(desk) == []
    assert not is_scrolled_sideways(desk)
    desk.get_by_label("See me today").check()
    desk.get_by_label("Note", exact=True).fill("Warm, two centimetres.")
    desk.get_by_role("button", name="Close the report and sign").click()
    assert "the client is told" in desk.locator(".notices").inner_text()
