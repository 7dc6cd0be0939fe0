"""Journey 3 in a real browser, without script: from the link in a reminder's mail to a paid order in four taps, on a telephone and
on a desk; and whatever impatient thumbs do on the way, it is one order."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.conftest import is_scrolled_sideways
from tests.browser.walking import SHOTS
from tests.demo import Demo

EMAIL = "amara.bell@example.org"
MOST_TAPS = 4
BUDGET = 60  # seconds, of which the person needs most


class Road:
    """Every tap, and how long the shop let the person wait for its own pages."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address, self.taps = page, address, 0
        self.waited: dict[str, float] = {}
        page.on("response", self._heard)

    def _heard(self, answer: Response) -> None:
        if answer.request.is_navigation_request() and answer.url.startswith(self.address):
            timing = answer.request.timing
            path = re.sub("R-[A-Z0-9]+|/reminder/[^?]+", "…", urlsplit(answer.url).path)
            self.waited[f"{answer.request.method} {path}"] = timing["responseStart"] - timing["requestStart"]

    def tap(self, name: str) -> None:
        self.taps += 1
        self.page.get_by_role("button", name=name).first.click()


def opened_by_mail(page: Page, address: str, kind: str) -> str:
    """The path of the link in the last letter of this kind; the demo's letters may be of its first start, at another port."""
    page.goto(f"{address}/demo")
    letter = page.locator(f'[data-message="{kind}"] .letter').first.text_content() or ""
    link = urlsplit(re.findall(r"http\S+/sign-in/\S+", letter)[0])
    return f"{address}{link.path}?{link.query}"


def make_known(page: Page, address: str) -> None:
    """The client signed in on this device a while ago: the session is over, the device is known."""
    page.goto(f"{address}/sign-in")
    page.get_by_label("Your e-mail address").fill(EMAIL)
    page.get_by_role("button", name="Send me a link").click()
    page.goto(opened_by_mail(page, address, "sign_in"))
    page.get_by_role("button", name="Sign in").click()
    page.context.clear_cookies(name="session")


@contextmanager
def known_device(chromium: Browser, demo: Demo, width: int) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": width, "height": 780}, java_script_enabled=False)
    page = context.new_page()
    make_known(page, demo.url)
    yield page
    context.close()


def test_from_a_reminder_to_a_paid_order_in_four_taps_without_script(chromium: Browser, demo: Demo) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    with known_device(chromium, demo, 360) as phone, known_device(chromium, demo, 1280) as desk:
        for page, other, width in ((phone, desk, 360), (desk, phone, 1280)):
            if page is desk:
                give_back(phone)  # so that the second road begins where the first one did
            road = walked(page, other, demo.url, width)
            share = sum(road.waited.values()) / 1000
            told = ", ".join(f"{path} {wait:.0f} ms" for path, wait in road.waited.items())
            print(f"same again at {width} px: {road.taps} taps; the shop's share {share:.2f} s: {told}")
            assert (road.taps <= MOST_TAPS, share < BUDGET / 6) == (True, True)
        desk.goto(f"{demo.url}/orders")
        assert desk.locator("[data-order]").count() == 3, "the one of before, and one of each road"


def walked(page: Page, other: Page, address: str, width: int) -> Road:
    link = opened_by_mail(page, address, "home_reminder")
    other.goto(opened_by_mail(other, address, "home_reminder"))
    road = Road(page, address)
    road.taps += 1
    page.goto(link)
    assert page.locator('[data-again="open"]').count() == 2
    assert page.locator('[data-delivery="post"] [data-there]').count() == 1
    expect(page.locator("#card")).to_contain_text("Visa card ending in 4242")
    assert not is_scrolled_sideways(page)
    page.screenshot(path=SHOTS / f"same-again-{width}.png", full_page=True)
    shown = page.locator('[data-delivery="post"] [data-total]').get_attribute("data-total")
    road.taps += 1
    page.get_by_label("Nothing new, and no reaction").check()
    road.tap("Order and go to payment")
    assert page.locator("[data-total]").get_attribute("data-total") == shown
    impatient(page, other)
    road.taps += 1
    page.locator("[data-pay]").click()
    until_paid(page)
    return road


def impatient(page: Page, other: Page) -> None:
    """Back and once more, and the same on the other device, which read the page before: all meet at one payment page."""
    payment = page.url
    page.go_back()
    page.get_by_role("button", name="Order and go to payment").click(click_count=2)
    page.wait_for_url(payment)
    other.get_by_label("Nothing new, and no reaction").check()
    other.get_by_role("button", name="Order and go to payment").click()
    other.wait_for_url(payment)


def until_paid(page: Page) -> None:
    """The webhook and the worker are processes of their own: the page is read again until they have done their part."""
    page.wait_for_url(re.compile("/orders/R-.*paid"))
    for _ in range(60):
        if page.locator("#standing").inner_text() == "Paid":
            return
        page.wait_for_timeout(250)
        page.reload()
    raise AssertionError(f"never paid: {page.locator('#standing').inner_text()}")


def give_back(page: Page) -> None:
    """The order is cancelled again, so that the next road begins where this one did."""
    page.get_by_role("button", name="Cancel this order").click()
    for _ in range(60):
        if page.locator("[data-order]").first.get_attribute("data-status") == "refunded":
            return
        page.wait_for_timeout(250)
        page.reload()
    raise AssertionError("never paid back")
