"""A real browser on the running shop: pages at any width and scheme, with everything the console said kept."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests import browsers

AXE = (Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = (320, 360, 820, 1180, 1920, 1280)  # the last is what the page is left at
LOOKS: dict[int, Literal["light", "dark"]] = {360: "light", 1280: "dark"}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASKED = {"runOnly": TAGS, "resultTypes": ["violations"], "selectors": False}  # an element is shown, not addressed

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser that `tests/browsers.py` finds."""
    where = browsers.found()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=browsers.FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def shop(fresh_database: Flask) -> Iterator[str]:
    """The shop's address while it runs on an empty database of its own."""
    server = make_server("127.0.0.1", 0, fresh_database, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_page(chromium: Browser, shop: str) -> Iterator[OpenPage]:
    """`open_page(width=360, scheme="dark", …)`: a page on the shop; `page.said` holds what the console complained about."""
    with ExitStack() as contexts:

        def opened(width: int = 1280, scheme: str = "light", height: int = 900, **others: Any) -> Page:
            context = chromium.new_context(
                base_url=shop, viewport={"width": width, "height": height}, color_scheme=scheme, **others
            )
            contexts.callback(context.close)
            page = context.new_page()
            said: list[str] = []
            page.on(
                "console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None
            )
            page.on("pageerror", lambda error: said.append(str(error)))
            page.said = said  # type: ignore[attr-defined]
            return page

        yield opened


def violations(page: Page) -> list[str]:
    """What axe finds on the page, each with the elements; empty when it is well."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("asked => axe.run(document, asked)", ASKED)
    return [f"{rule['id']}: {[node['html'][:160] for node in rule['nodes']]}" for rule in found["violations"]]


def faults(page: Page) -> list[str]:
    """What is wrong with the page that is open: at any width what does not fit or is too small to press, and what axe finds,
    narrow and light, wide and dark. The page is loaded once: width and scheme are a matter of its style alone."""
    page.wait_for_load_state("load")  # a press may just have led to the next page
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"scrolls sideways at {width}"] if is_scrolled_sideways(page) else []
        found += [f"too small at {width}: {target}" for target in small_targets(page)]
        if scheme := LOOKS.get(width):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no colour on its way to another
            found += [f"{scheme} at {width}: {fault}" for fault in violations(page)]
    return found


def unfold(page: Page) -> None:
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")


def is_scrolled_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def small_targets(page: Page, least: int = 24) -> list[str]:
    """Controls smaller than they may be; links inside a sentence are spared (WCAG 2.5.8)."""
    return list(
        page.evaluate(
            """least => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")]
              .filter((e) => e.checkVisibility() && !e.closest("p, li:not(.footer li):not(.menu li), td, .trap, .skip"))
              .filter((e) => { const r = e.getBoundingClientRect(); return r.width < least || r.height < least; })
              .map((e) => e.outerHTML.slice(0, 120))""",
            least,
        )
    )
