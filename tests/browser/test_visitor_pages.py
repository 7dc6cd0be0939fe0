"""The visitors' pages in a real browser: no barrier that axe knows, no sideways scroll, keyboard, no script, paper."""

import pytest
import time_machine
from playwright.sync_api import Page

from storefront import clock
from storefront.front.forms import LEAST_TO_FILL
from tests.browser.conftest import OpenPage, faults, is_scrolled_sideways, violations

PAGES = (
    "/", "/treatment", "/why-not-everyone", "/consultation", "/consultation/thank-you", "/privacy", "/terms", "/returns",
    "/recalls", "/reminder", "/skin", "/skin/received",
    "/nowhere",
)  # fmt: skip


def test_no_page_has_a_fault_and_the_console_is_silent(open_page: OpenPage) -> None:
    page: Page = open_page()
    for path in PAGES:
        page.goto(path)
        assert faults(page) == [], path
        expected = 1 if path == "/nowhere" else 0
        assert len(page.said) == expected, (path, page.said)
        page.said.clear()


def test_text_twice_as_large_still_fits(open_page: OpenPage) -> None:
    page: Page = open_page(1280)
    for path in PAGES:
        page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert not is_scrolled_sideways(page), path


@pytest.mark.parametrize("width", [360, 1280])
def test_a_form_with_errors_is_as_well_and_the_focus_lands_on_the_summary(open_page: OpenPage, width: int) -> None:
    page: Page = open_page(width)
    page.goto("/consultation")
    page.get_by_role("button", name="Ask for a consultation").click()
    page.wait_for_load_state()
    assert page.get_by_role("alert").get_by_role("link").count() == 3
    assert page.evaluate("document.activeElement.id") == "error-summary"
    assert violations(page) == []
    page.get_by_role("link", name="Your name: Tell us").click()
    assert page.evaluate("document.activeElement.id") == "name"


def test_a_visitor_without_script_asks_for_a_consultation_on_a_phone(open_page: OpenPage) -> None:
    page: Page = open_page(360, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="Book a free consultation").click()
    page.get_by_label("Your name").fill("Ada Byron")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Acne scars").check()
    page.get_by_label("In your own words").fill("An old scar")
    with time_machine.travel(clock.now() + LEAST_TO_FILL):
        page.get_by_role("button", name="Ask for a consultation").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Thank you"


def test_the_menu_opens_on_a_phone_without_script(open_page: OpenPage) -> None:
    page: Page = open_page(360, java_script_enabled=False)
    page.goto("/")
    assert not page.get_by_role("navigation", name="Main").is_visible()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Treatment").click()
    assert page.url.endswith("/treatment")


def test_every_control_is_reached_by_tab_and_shows_it(open_page: OpenPage) -> None:
    page: Page = open_page(1280)
    page.goto("/consultation")
    wanted = page.evaluate(
        """[...document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea")]
           .filter((e) => e.checkVisibility() && e.tabIndex >= 0).length"""
    )
    seen = set()
    for _ in range(wanted):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert len(seen) == wanted


def test_on_paper_it_is_black_on_white_without_the_menu(open_page: OpenPage) -> None:
    page: Page = open_page(1280, "dark")
    page.goto("/returns")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert not page.get_by_role("navigation", name="Main").is_visible()
    assert page.pdf(format="A4")[:5] == b"%PDF-"


def test_no_page_asks_another_host_and_none_loads_more_than_it_may(open_page: OpenPage, shop: str) -> None:
    page: Page = open_page(360)
    weights: dict[str, int] = {}
    page.on("response", lambda answer: weights.__setitem__(answer.url, len(answer.body())))
    page.goto("/", wait_until="networkidle")
    assert all(address.startswith(shop) for address in weights)
    assert len(weights) <= 20
    assert sum(weights.values()) <= 300 * 1024
