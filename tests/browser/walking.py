"""One browser window in which one is everybody in turn, as the walks through the whole shop need it."""

from base64 import b64decode
from collections import Counter
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.browser.conftest import is_scrolled_sideways, violations

SHOTS = Path("build/screenshots")
ADMIN, PRACTITIONER = "Marian Cole", "Dr Ines Holt"
CARD = {"cardNumber": "4242 4242 4242 4242", "cardExpiry": "12 / 34", "cardCvc": "123"}


class Walk:
    """One browser window in which one is everybody in turn; each page is looked at and kept as a picture."""

    def __init__(self, page: Page, address: str, width: int, name: str = "walk") -> None:
        self.page, self.address, self.width, self.name, self.step = page, address, width, name, 0
        page.set_default_timeout(60_000)  # a busy machine is no fault of the page
        self.camera = page.context.new_cdp_session(page)
        self.taps: Counter[str] = Counter()

    def be(self, name: str) -> None:
        self.page.goto(f"{self.address}/demo")
        self.page.get_by_role("button", name=f"Be {name}", exact=True).click()

    def open(self, path: str) -> None:
        answer = self.page.goto(f"{self.address}{path}")
        assert answer is not None
        assert answer.status == 200, path

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def tap(self, what: Locator, to: str) -> None:
        """Presses, and counts the press among those that it takes to do this."""
        what.click()
        self.taps[to] += 1

    def look(self, what: str) -> None:
        """Keeps a picture; nothing may stick out sideways, and on a desk axe has nothing to say (phones: each page's own test)."""
        self.step += 1
        self.keep_picture(SHOTS / f"{self.name}-{self.width}-{self.step:02}-{what}.png")
        assert not is_scrolled_sideways(self.page), what
        assert self.width < 1000 or violations(self.page) == [], what

    def keep_picture(self, path: Path) -> None:
        """The whole page, with what `page.screenshot` cannot ask for: written for speed, which halves what a picture costs."""
        self.page.evaluate("document.fonts.ready.then(() => true)")
        size = self.camera.send("Page.getLayoutMetrics")["cssContentSize"]
        wanted = {"captureBeyondViewport": True, "optimizeForSpeed": True, "clip": {**size, "scale": 1}}
        path.write_bytes(b64decode(self.camera.send("Page.captureScreenshot", wanted)["data"]))


def await_status(window: Walk, path: str, status: str) -> None:
    """The webhook and the worker are processes of their own: the page is read again until they have done their part."""
    for _ in range(60):
        window.open(path)
        if window.page.locator("[data-status]").first.get_attribute("data-status") == status:
            return
        window.page.wait_for_timeout(500)
    raise AssertionError(f"{path} never became {status}")
