"""Raising the specification while a client is on the payment page: what each person sees, on a tablet and on a desk."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.walking import ADMIN, CARD, PRACTITIONER, SHOTS, Walk
from tests.demo import Demo

VERSION = "2026.2"
PASSWORD = "a quiet clinic"
ADDRESS = f"/admin/specifications/{VERSION}"


class Wide(Walk):
    """Looks at each page at the width of a tablet and of a desk."""

    def look(self, what: str) -> None:
        for self.width in (820, 1280):
            self.page.set_viewport_size({"width": self.width, "height": 900})
            super().look(f"specification-{what}")


@pytest.fixture
def windows(chromium: Browser, demo: Demo) -> Iterator[tuple[Wide, Wide]]:
    """The clinic's window and the client's."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    contexts = [chromium.new_context(viewport={"width": 1280, "height": 900}) for _ in range(2)]
    clinic, client = (Wide(context.new_page(), demo.url, 1280) for context in contexts)
    yield clinic, client
    for context in contexts:
        context.close()


def test_a_shorter_limit_stops_the_payment_that_is_under_way(windows: tuple[Wide, Wide]) -> None:
    clinic, client = windows
    stand_at_the_till(client)
    draft_a_shorter_limit(clinic)
    sign(clinic, ADMIN, "waits for the second signature")
    sign(clinic, PRACTITIONER, "is in force")
    pay_in_vain(client.page)
    read_why(client)
    confirm_one(clinic)
    clinic.be(ADMIN)
    clinic.open(ADDRESS)
    expect(clinic.page.get_by_text("published").first).to_be_visible()
    clinic.look("published")


def stand_at_the_till(window: Wide) -> None:
    window.be("Quinn Adair")
    window.open("/products")
    window.page.get_by_role("link", name=re.compile("0.25")).first.click()
    window.press("Add to basket")
    window.open("/checkout")
    for label, typed in (("Address", "7 Example Street"), ("Town", "Skipton"), ("Postcode", "BD23 1AA")):
        window.page.get_by_label(re.compile(f"^{label}", re.I)).first.fill(typed)
    window.page.get_by_label("Nothing new, and no reaction").check()
    window.press("Order and go to payment")
    expect(window.page.locator("[name=cardNumber]")).to_be_visible()


def draft_a_shorter_limit(window: Wide) -> None:
    window.be(ADMIN)
    window.open("/admin/specifications")
    window.page.get_by_label("Name").fill(VERSION)
    window.page.get_by_label("In force from").fill(datetime.now(UTC).date().isoformat())
    window.page.get_by_label("Why?").first.fill("Nothing longer than was tried on faces at home.")
    window.look("versions")
    window.press("Draft it")
    window.open(f"{ADDRESS}/rules/R-LEN-01")
    window.page.get_by_label("Limit", exact=False).first.fill("0.20")
    window.look("rule")
    window.press("Keep this rule")
    expect(window.page.locator("[data-rule='R-LEN-01'] strong")).to_have_text("at most 0.2 mm")
    window.look("draft")


def sign(window: Wide, name: str, told: str) -> None:
    window.be(name)
    window.open(f"{ADDRESS}/consequences")
    expect(window.page.locator("[data-sku='RL-025T']")).to_be_visible()
    window.page.get_by_label("Your password").fill(PASSWORD)
    window.look(f"signs-{name.split()[-1].lower()}")
    window.press(f"Sign as {name}")
    expect(window.page.locator("#messages")).to_contain_text(told)


def pay_in_vain(page: Page) -> None:
    for name, typed in CARD.items():
        page.locator(f"[name={name}]").fill(typed)
    page.locator("button[type=submit]").first.click()


def confirm_one(window: Wide) -> None:
    """The practitioner reads which approvals go beyond it, and signs the first of those proposed by its key."""
    window.be(PRACTITIONER)
    window.open("/practitioner/rule-changes")
    waiting = window.page.locator("[data-client]")
    expect(waiting.first).to_contain_text("Proposed depth")
    count, name = waiting.count(), waiting.first.locator("h2 a").inner_text()
    window.look("approvals-under-new-rules")
    window.page.keyboard.press("a")
    expect(window.page.locator("#messages")).to_contain_text(f"Approved and signed for {name}")
    expect(waiting).to_have_count(count - 1)


def read_why(window: Wide) -> None:
    """The order is cancelled, the reason names the rule, and nothing was taken."""
    window.open("/orders")
    window.page.locator("[data-order]").first.click()
    expect(window.page.locator("[data-status]").first).to_have_attribute("data-status", "cancelled")
    expect(window.page.locator("main")).to_contain_text("Needles short enough for home use (at most 0.2 mm)")
    window.look("client-reads-why")
