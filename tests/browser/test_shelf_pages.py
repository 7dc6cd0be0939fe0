"""The shelf in a real browser: list and product for a visitor and a client, the whole report unfolded, on screen and paper."""

import io

import pypdf
import pytest
from flask import Flask
from playwright.sync_api import Page

from catalogue import specification
from storefront import clock
from storefront.db import db, transaction
from tests.browser.conftest import OpenPage, faults, unfold
from tests.catalogue import samples
from tests.storefront.conftest import make_member

# As many as the specification lets pass, with other names and long ones among them.
THIRTY = (
    "Aqua, Glycerin, Sodium Hyaluronate, Panthenol, Allantoin, Betaine, Trehalose, Xanthan Gum, Pentylene Glycol, "
    + ", ".join(f"Hydrolyzed Something Rather Long {chr(65 + each)} Extract" for each in range(21))
)


@pytest.fixture
def shelf(fresh_database: Flask) -> list[str]:
    """A roller, a serum with thirty ingredients and names as long as they come, one client; the pages to look at."""
    with fresh_database.app_context():
        with transaction():
            samples.on_sale(db.session(), today=clock.today())
            samples.on_sale(db.session(), "serum", "SE-01-A-LONG-NUMBER", today=clock.today(), ingredients=THIRTY)
        make_member(db.session(), "mara@example.org", "Mara Finch", "C-1001")
        db.session.remove()
    return ["/products", "/products/sample-roller-rl-020", "/products/sample-serum-se-01-a-long-number"]


def sign_in(page: Page) -> None:
    assert page.request.post("/demo/person", form={"email": "mara@example.org"}, max_redirects=0).status == 303


def test_the_shelf_is_without_fault(open_page: OpenPage, shelf: list[str]) -> None:
    page = open_page()
    for path in shelf:
        page.goto(path)
        unfold(page)
        assert faults(page) == [], path
    sign_in(page)
    for path in shelf:
        page.goto(path)
        assert faults(page) == [], path
    assert page.said == []


def test_the_drawing_is_to_scale_and_its_words_keep_their_size(open_page: OpenPage, shelf: list[str]) -> None:
    for width in (360, 1280):
        page = open_page(width)
        page.goto(shelf[1])
        needle, limit = (page.locator(f".skin__{part}").first.bounding_box() for part in ("needle", "limit"))
        top = page.locator(".skin__horny").bounding_box()
        assert needle
        assert limit
        assert top
        assert needle["height"] / (limit["y"] - top["y"]) == pytest.approx(0.20 / 0.25, abs=0.02)
        sizes = page.evaluate(
            "[...document.querySelectorAll('.skin text')].map((e) => e.getBoundingClientRect().height)"
        )
        assert min(sizes) >= 12


def test_a_report_opens_without_script(open_page: OpenPage, shelf: list[str]) -> None:
    page = open_page(360, java_script_enabled=False)
    page.goto("/products")
    page.get_by_role("link", name="Sample roller").click()
    page.get_by_text("Needles short enough for home use").wait_for()
    assert not page.get_by_text("Supplied sterile").is_visible()
    page.locator("summary", has_text="Sterile").click()
    assert page.get_by_text("Supplied sterile").is_visible()


@pytest.mark.parametrize("script", [True, False])
def test_an_address_opens_the_part_that_it_names(open_page: OpenPage, shelf: list[str], script: bool) -> None:
    page = open_page(1280, java_script_enabled=script)
    for anchor in ("sterile-and-clean", "R-STE-01"):
        page.goto(f"{shelf[1]}#{anchor}")
        page.get_by_text("Supplied sterile").wait_for()
        assert page.get_by_text("Supplied sterile").is_visible(), anchor
        page.goto("/products")


def test_a_report_fits_on_two_pages_of_paper_with_every_rule_in_black_on_white(
    open_page: OpenPage, shelf: list[str]
) -> None:
    page = open_page(1280, "dark")
    for path, kind in zip(shelf[1:], ("roller", "serum"), strict=True):
        page.goto(path)
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        assert page.evaluate("getComputedStyle(document.querySelector('.finding')).breakInside") == "avoid"
        printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
        assert len(printed.pages) <= 2
        text = "".join("".join(sheet.extract_text().split()) for sheet in printed.pages)  # a line may end in a number
        assert [rule.id for rule in specification.load().rules_for(kind) if rule.id not in text] == []
