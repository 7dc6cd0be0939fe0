"""The stand-in's payment page in a real browser: by keyboard and without JavaScript, narrow and wide, light and dark."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from catalogue.money import Money
from storefront.payments.stripe_api import StripeApi
from storefront.payments.stripe_values import Checkout, CheckoutLine
from tests.browser.conftest import is_scrolled_sideways, small_targets, violations
from tests.storefront.standin.running import KEY, Standin, running

Visit = Callable[..., Page]
numbers = count(1)


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with running(tmp_path_factory.mktemp("page") / "standin.sqlite3") as process:
        yield process


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    with ExitStack() as contexts:

        def opened(width: int = 360, scheme: str = "light", **others: Any) -> Page:
            context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, **others)
            contexts.callback(context.close)
            return context.new_page()

        yield opened


def checkout(standin: Standin, client: str = "") -> Checkout:
    api = StripeApi(KEY, standin.url)
    number = f"A-{next(numbers)}"
    return api.open_checkout(
        order_number=number,
        lines=[CheckoutLine("Home roller 0.2 mm, surgical steel", Money(2500), 2)],
        delivery=Money(395),
        email="client@example.org",
        client=client or None,
        success_url=f"{standin.url}/health?paid={number}",
        cancel_url=f"{standin.url}/health?back={number}",
        expires_at=datetime.now(UTC) + timedelta(minutes=31),
        key="1",
    )


def test_a_person_pays_by_keyboard_without_javascript(standin: Standin, visit: Visit) -> None:
    page, opened = visit(java_script_enabled=False), checkout(standin)
    page.goto(str(opened.url))
    for words in ("", "", "4242424242424242", "12/34", "123"):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/health?paid={opened.order_number}")
    assert StripeApi(KEY, standin.url).read_session(opened.id).status == "complete"


def test_a_kept_card_is_one_press(standin: Standin, visit: Visit) -> None:
    page, first = visit(), checkout(standin, "client-1")
    page.goto(str(first.url))
    page.get_by_role("link", name="5555 5555 5555 4444").click()
    page.get_by_label("Keep this card for next time").check()
    page.get_by_role("button", name="Pay £53.95").click()
    page.goto(str(checkout(standin, "client-1").url))
    expect(page.get_by_label("Mastercard ending 4444")).to_be_checked()
    expect(page.get_by_label("Card number")).to_be_hidden()
    page.get_by_role("button", name="Pay £53.95").click()
    page.wait_for_url("**/health?paid=*")


def test_the_bank_asks_and_another_card_is_tried(standin: Standin, visit: Visit) -> None:
    page, opened = visit(), checkout(standin)
    page.goto(str(opened.url))
    page.get_by_role("link", name="4000 0027 6000 3184").click()
    page.get_by_role("button", name="Pay £53.95").click()
    page.get_by_role("button", name="Fail").click()
    expect(page.get_by_role("alert")).to_contain_text("unable to authenticate")
    page.get_by_role("link", name="4000 0025 0000 3155").click()
    page.get_by_role("button", name="Pay £53.95").click()
    page.get_by_role("button", name="Complete").click()
    page.wait_for_url(f"**/health?paid={opened.order_number}")


def test_back_leads_to_the_shop_and_leaves_the_page_open(standin: Standin, visit: Visit) -> None:
    page, opened = visit(), checkout(standin)
    page.goto(str(opened.url))
    page.get_by_role("link", name="Back to the shop").click()
    page.wait_for_url(f"**/health?back={opened.order_number}")
    assert StripeApi(KEY, standin.url).read_session(opened.id).status == "open"


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_every_state_of_the_page_is_accessible(standin: Standin, visit: Visit, width: int, scheme: str) -> None:
    page, opened = visit(width, scheme), checkout(standin, "client-1")
    standin.pay(str(checkout(standin, "client-1").url), save="yes")

    def is_well(name: str) -> None:
        assert violations(page) == [], name
        assert not is_scrolled_sideways(page), name
        assert small_targets(page) == [], name

    page.goto(str(opened.url))
    is_well("kept cards")
    page.get_by_label("Another card").check()
    page.get_by_label("Card number").fill("12")
    page.get_by_role("button", name="Pay").click()
    is_well("mistyped")
    page.get_by_role("link", name="4000 0000 0000 0002").click()
    page.get_by_role("button", name="Pay").click()
    is_well("declined")
    page.get_by_role("link", name="4000 0027 6000 3184").click()
    page.get_by_role("button", name="Pay").click()
    is_well("the bank asks")
    page.get_by_role("button", name="Complete").click()
    page.goto(str(opened.url))
    is_well("paid")
    expired = checkout(standin)
    StripeApi(KEY, standin.url).expire_session(expired.id, "1")
    page.goto(str(expired.url))
    is_well("expired")


def test_text_of_twice_the_size_fits(standin: Standin, visit: Visit) -> None:
    page = visit(1280)
    page.goto(str(checkout(standin).url))
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not is_scrolled_sideways(page)
