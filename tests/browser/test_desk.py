"""The practitioner's desk in a real browser: approving by keys alone and without script, at every width, and read by axe."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from storefront import clock
from storefront.db import db, transaction
from storefront.eligibility import actions
from storefront.eligibility.actions import Given
from tests.browser.conftest import OpenPage, faults, unfold
from tests.catalogue import samples
from tests.storefront.eligibility import people

PAGES = ("", "/charts", "/rule-changes", "/clients", "/clients/{0}", "/clients/{1}", "/clients/{1}/treatments",
         "/clients/{0}/papers", "/clients/{0}/screening")  # fmt: skip


@pytest.fixture
def desk(fresh_database: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One client whose course is complete, and one with something of everything that waits; their numbers."""
    with fresh_database.app_context(), transaction():
        monkeypatch.setattr(people, "TODAY", clock.today())
        monkeypatch.setattr(people, "NOW", clock.now())
        petra = people.practitioner(until=people.TODAY.replace(year=people.TODAY.year + 1))
        samples.on_sale(db.session(), today=people.TODAY)
        samples.on_sale(db.session(), "serum", "SE-01", today=people.TODAY)
        done = people.client(petra, "Noor Haddad")
        people.treat(done.id, petra, *people.usual_days(last=people.TODAY - people.SEVEN_WEEKS))
        actions.complete_course(done.id, petra, people.TODAY, people.NOW)
        people.screen(done.id, petra)
        full = people.client(petra, "Fleur With-A-Name-That-Takes-Its-Place")
        people.treat(full.id, petra, *(people.TODAY - people.SEVEN_WEEKS * n for n in (4, 2)), bleeding="more")
        actions.record_treatment(
            full.id, people.told(people.TODAY - people.SEVEN_WEEKS), petra, people.TODAY, people.NOW
        )
        people.screen(full.id, petra, C_CON_06=Given("yes", "elbows"), C_CON_11="yes", C_CON_20="yes")
        actions.report_reaction(full.id, "Red since Tuesday.", petra, people.NOW)
        actions.add_allergy(full.id, "nickel", petra, people.NOW)
        return [done.number, full.number]


def sign_in(page: Page) -> None:
    email = "petra.practitioner@clinic.example"
    assert page.request.post("/demo/person", form={"email": email}, max_redirects=0).status == 303


def test_a_routine_case_is_approved_by_keys_alone(open_page: OpenPage, desk: list[str], fresh_database: Flask) -> None:
    page = open_page()
    sign_in(page)
    page.goto("/practitioner")
    page.get_by_role("link", name=desk[0]).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Noor Haddad")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys on this page")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Keys on this page")).to_be_hidden()
    page.keyboard.press("a")
    expect(page.locator(".notices")).to_contain_text("Approved and signed")
    expect(page.get_by_role("heading", name="Approved", exact=True)).to_be_visible()
    page.keyboard.press("r")
    page.get_by_label("Reason").fill("moved away")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".notices")).to_contain_text("withdrawn")
    assert page.said == []


def test_limits_are_edited_and_signed_without_script(open_page: OpenPage, desk: list[str]) -> None:
    page = open_page(360, java_script_enabled=False)
    sign_in(page)
    page.goto(f"/practitioner/clients/{desk[0]}")
    page.locator("summary", has_text="Edit").click()
    page.get_by_label("Greatest depth in mm").fill("0.15")
    page.get_by_label("Of one kind in an order").fill("2")
    page.get_by_role("button", name="Approve and sign").click()
    assert page.get_by_text("Approved and signed").is_visible()
    assert page.get_by_text("to 0.15 mm").is_visible()


def test_the_next_in_the_queue_is_one_key_away(open_page: OpenPage, desk: list[str]) -> None:
    page = open_page()
    sign_in(page)
    page.goto(f"/practitioner/clients/{desk[1]}")
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_have_text("Noor Haddad")
    page.keyboard.press("k")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Fleur")


def test_the_desk_is_without_fault(open_page: OpenPage, desk: list[str]) -> None:
    page = open_page()
    sign_in(page)
    for path in PAGES:
        page.goto("/practitioner" + path.format(*desk))
        unfold(page)
        assert faults(page) == [], path
    assert page.said == []


def test_a_form_sent_empty_says_so_beside_its_field(open_page: OpenPage, desk: list[str]) -> None:
    page = open_page(360)
    sign_in(page)
    page.goto(f"/practitioner/clients/{desk[1]}")
    page.locator("#answer-C-CON-11").get_by_role("button").click()
    expect(page.locator("#error-summary")).to_be_focused()
    page.get_by_role("link", name="Note:").click()
    expect(page.locator("#answer-C-CON-11").get_by_label("Note")).to_be_focused()
