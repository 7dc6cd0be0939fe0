"""Suppliers' files in a real browser: nothing for axe to find, nothing that scrolls sideways, and the road from a sheet to its
drafts, with the bar that goes on by itself."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from catalogue.journal import SYSTEM
from storefront import clock, jobs
from storefront.accounts.actions import make_account
from storefront.db import db, transaction
from tests.browser.conftest import OpenPage, faults, unfold
from tests.browser.test_admin_pages import become
from tests.catalogue import samples
from tests.catalogue.test_sheets import workbook
from tests.storefront.conftest import PASSWORD

ROWS = [
    ("Article no", "Product", "RRP", "Needle length (µm)", "Use within", "Sterile"),
    ("RL-020", "Sample roller RL-020", 34, 150, "90 days", "yes"),
    ("AB-1", "Fine roller 0.22", "44,00", "0,22 mm", "3 months", "yes"),
    ("AB-2", "=HYPERLINK(1)", 44, "220 µm", "12 weeks", "no"),
    ("AB-3", "Travel roller", "49.00 USD", "1,234", "", "perhaps"),
]


@pytest.fixture
def clinic(fresh_database: Flask) -> Flask:
    with fresh_database.app_context():
        with transaction():
            make_account("alba@example.org", "Alba Reed", "admin", SYSTEM, clock.now(), PASSWORD)
            samples.on_sale(db.session(), today=clock.today())
        db.session.remove()
    return fresh_database


def work(clinic: Flask) -> None:
    """What the worker would do."""
    with clinic.app_context():
        jobs.run_due(clock.now())
        db.session.remove()


def send(page: Page, folder: Path) -> None:
    """The sheet, sent; its columns are shown."""
    sheet = folder / "prices.xlsx"
    sheet.write_bytes(workbook(*ROWS))
    page.goto("/admin/imports/new")
    page.get_by_label("Supplier", exact=True).fill("Works Ltd")
    page.get_by_label("Sheet", exact=True).set_input_files(sheet)
    page.get_by_role("button", name="Look at its columns").click()


@pytest.mark.parametrize("width", [820, 1280])
def test_from_a_sheet_to_its_drafts(open_page: OpenPage, clinic: Flask, width: int, tmp_path: Path) -> None:
    page = open_page(width)
    become(page, "alba@example.org")
    send(page, tmp_path)
    assert page.get_by_label("States, column 4").input_value() == "fact:needle_length_nominal"
    assert page.get_by_label("Unit of a bare number, column 4").input_value() == "µm"
    page.get_by_role("button", name="Compare every row").click()
    page.get_by_role("progressbar").wait_for()
    page.reload()
    assert page.get_by_text("You may leave this page").is_visible()
    work(clinic)
    page.get_by_role("heading", name="Nothing is written yet").wait_for()
    assert "C5 The price is in USD" in page.locator("tr[data-sku=AB-3]").inner_text()
    assert "0.2 mm → 0.15 mm (written 150 µm)" in page.locator("tr[data-sku=RL-020]").inner_text()
    assert page.get_by_text("goes off sale at once").is_visible()
    page.get_by_role("link", name="New 2").click()
    page.wait_for_load_state()
    assert page.locator("tr[data-sku]").count() == 2
    page.go_back()
    page.locator("tr[data-sku=AB-3]").get_by_role("link", name="Correct it").click()
    page.get_by_label("RRP").fill("49.00")
    page.get_by_label("Needle length").fill("0.2 mm")
    page.get_by_role("button", name="Judge this row again").click()
    page.get_by_text("is neither yes nor no").first.wait_for()
    assert page.get_by_label("RRP").input_value() == "49.00"
    page.get_by_label("Sterile").fill("yes")
    page.get_by_role("button", name="Judge this row again").click()
    page.get_by_role("button", name="Import 4 rows").click()
    work(clinic)
    page.get_by_role("heading", name="4 drafts entered").wait_for()
    page.get_by_role("link", name="=HYPERLINK(1)").click()
    page.get_by_role("heading", name="=HYPERLINK(1)").wait_for()
    assert [line for line in page.said if "422" not in line] == []  # the browser tells of the row that was still wrong


def test_no_page_of_an_import_has_a_fault(open_page: OpenPage, clinic: Flask, tmp_path: Path) -> None:
    page = open_page(java_script_enabled=True)
    become(page, "alba@example.org")
    send(page, tmp_path)
    assert faults_unfolded(page) == [], page.url
    page.get_by_role("button", name="Compare every row").click()
    assert faults_unfolded(page) == [], page.url
    work(clinic)
    page.get_by_role("heading", name="Nothing is written yet").wait_for()
    assert faults_unfolded(page) == [], page.url
    page.locator("tr[data-sku=AB-3]").get_by_role("link", name="Correct it").click()
    assert faults_unfolded(page) == [], page.url
    page.get_by_role("button", name="Judge this row again").click()
    page.get_by_text("Please look again").wait_for()
    assert faults_unfolded(page) == [], page.url
    page.get_by_role("link", name="Leave it as it is").click()
    page.get_by_role("button", name="Import 3 rows").click()
    work(clinic)
    page.get_by_role("heading", name="3 drafts entered").wait_for()
    assert faults_unfolded(page) == [], page.url
    page.goto("/admin/imports")
    assert faults_unfolded(page) == [], page.url
    page.get_by_role("button", name="Take the market sample").click()
    assert faults_unfolded(page) == [], page.url
    page.goto("/admin/imports/new")
    page.get_by_label("Supplier", exact=True).fill("Works Ltd")
    page.get_by_role("button", name="Look at its columns").click()
    page.get_by_text("Please look again").wait_for()
    assert faults_unfolded(page) == [], page.url


def faults_unfolded(page: Page) -> list[str]:
    unfold(page)
    return faults(page)
