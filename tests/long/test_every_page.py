"""Every page that somebody can reach by links in the running demo, whoever they are: no barrier that axe knows, narrow in the
light and wide in the dark, nothing sideways, one heading, a title of its own, a silent console."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import APIResponse, Browser, Page
from werkzeug.exceptions import HTTPException

from tests.browser.conftest import chromium as chromium
from tests.browser.conftest import is_scrolled_sideways, small_targets, violations
from tests.demo import Demo

PEOPLE = {
    "a visitor": ("", ["/"]),
    "a client who may buy": ("clara.whitlock@example.org", ["/", "/care"]),
    "a client who may not": ("nadia.frost@example.org", ["/", "/care"]),
    "a practitioner": ("ines.holt@example.org", ["/", "/practitioner"]),
    "an admin": ("marian.cole@example.org", ["/", "/admin"]),
}
# A mail's own page is sandboxed, so that axe could never run in it; the page of the mail shows it in a frame.
NO_PAGES = ("static", "front.stylesheet", "admin.document", "admin.message_as_page", "api.health")


@contextmanager
def someone(chromium: Browser, demo: Demo, email: str) -> Iterator[Page]:
    """A phone in the light, without motion: colours must not be measured while they change."""
    size = {"width": 360, "height": 800}
    context = chromium.new_context(base_url=demo.url, viewport=size, color_scheme="light", reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(60_000)
    if email:
        page.goto("/demo")
        page.locator("form", has=page.locator(f'[value="{email}"]')).get_by_role("button").first.click()
    yield page
    context.close()


def endpoint(app: Flask, address: str) -> str | None:
    """Which page an address is; None for what is no page of ours."""
    try:
        found, _ = app.url_map.bind("localhost").match(address.partition("?")[0].partition("#")[0], method="GET")
    except HTTPException:
        return None
    return None if found in NO_PAGES else str(found)


def is_a_page_of(app: Flask, name: str, answer: APIResponse) -> bool:
    """Neither a file to be saved nor the way to another page, which is looked at by its own name."""
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    return is_page and endpoint(app, urlsplit(answer.url).path) == name


def is_for_visitors(name: str) -> bool:
    """Seen once, by the visitor; only the first page has a head that depends on who reads it."""
    return name.startswith(("front.", "demo.")) and name != "front.home"


def links(page: Page) -> list[str]:
    return list(page.evaluate("[...document.querySelectorAll('a[href^=\"/\"]')].map((a) => a.getAttribute('href'))"))


def faults(page: Page, path: str) -> list[str]:
    """What is wrong with the open page, at a phone in the light and at a desk in the dark."""
    found = []
    for width, scheme in ((360, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += violations(page)
        found += ["scrolls sideways"] if is_scrolled_sideways(page) else []
        found += [f"small target: {target}" for target in small_targets(page)]
    found += [] if page.locator("h1").count() == 1 else ["not one h1"]
    return [f"{path}: {fault}" for fault in dict.fromkeys(found)]


@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_within_reach(chromium: Browser, demo: Demo, built_app: Flask, who: str) -> None:
    email, waiting = PEOPLE[who]
    seen: dict[str, str] = {}
    titles: dict[str, str] = {}
    wrong: list[str] = []
    said: list[str] = []
    with someone(chromium, demo, email) as page:
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        while waiting:
            path = waiting.pop(0)
            name = endpoint(built_app, path)
            if name is None or name in seen or (email and is_for_visitors(name)):
                continue
            seen[name] = path
            answer = page.request.get(path)
            if not is_a_page_of(built_app, name, answer):
                continue
            page.goto(path)
            wrong += [f"{path}: {answer.status}"] if answer.status != 200 else faults(page, path)
            title = page.title()
            wrong += [f"{path}: same title as {titles[title]}"] if title in titles else []
            titles[title] = path
            waiting += [] if name.startswith("demo.") else links(page)  # letters there are other people's
    assert not wrong, "\n".join(wrong)
    assert not said, "\n".join(said)
    assert len(seen) >= 6, seen
