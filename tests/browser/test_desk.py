"""The practitioner's desk in a real browser: approving by keys alone and without script, at every width, and read by axe."""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from storefront import clock
from storefront.accounts import sessions
from storefront.db import db, transaction
from storefront.eligibility import actions
from storefront.eligibility.actions import Given
from tests.browser.conftest import OpenPage, faults, unfold
from tests.catalogue import samples
from tests.storefront.eligibility import people

PAGES = ("", "/charts", "/rule-changes", "/clients", "/clients/{0}", "/clients/{1}", "/clients/{1}/treatments",
         "/clients/{0}/papers", "/clients/{0}/screening", "/clients/{0}/kits")  # fmt: skip


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


def test_a_routine_case_is_approved_by_keys_alone(
    open_page: OpenPage, desk: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the desk with three keys, at most eight being allowed; with a password in between, that and Enter more. Who had the
    same record open sees the first's act, and nothing is signed twice."""
    page, other = open_page(height=800), open_page(820, height=1180)
    for each in (page, other):
        sign_in(each)
    other.goto(f"/practitioner/clients/{desk[0]}")
    keys = [other.locator(f"[data-key={key}]").bounding_box() for key in "aedl"]
    assert [key for key in keys if key is None or min(key["width"], key["height"]) < 44 or key["y"] > 1136] == []
    page.goto("/practitioner")
    press(page, "j", "Fleur")
    press(page, "j", "Noor Haddad")
    press(page, "k", "Fleur")
    press(page, "j", "Noor Haddad")
    press(page, "a", "Today")
    expect(page.locator("#decided")).to_contain_text(f"{desk[0]}: approved and signed")
    press(page, "z", "Noor Haddad")
    expect(page.locator(".notices")).to_contain_text("Taken back before anybody was told")
    press(page, "a", "Today")
    other.keyboard.press("a")
    expect(other.locator("#error-summary")).to_contain_text("approval granted, by Petra Practitioner")
    page.goto(f"/practitioner/clients/{desk[0]}")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys on this page")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Keys on this page")).to_be_hidden()
    page.keyboard.press("r")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("moved away")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".notices")).to_contain_text("withdrawn")
    press(page, "e", "Noor Haddad")
    expect(page.get_by_label("Greatest depth in mm")).to_be_focused()
    page.keyboard.press("ArrowDown")
    assert page.get_by_label("Greatest depth in mm").input_value() == "0.15"
    assert (page.said, len(other.said)) == ([], 1)


def press(page: Page, key: str, heading: str) -> None:
    """One key, and the page that it leads to."""
    page.keyboard.press(key)
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def test_a_record_leaves_a_screen_that_nobody_touches(
    open_page: OpenPage, desk: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(820, height=1180)
    page.clock.install()
    sign_in(page)
    page.goto(f"/practitioner/clients/{desk[0]}")
    page.clock.run_for(299_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Noor Haddad")
    monkeypatch.setattr(sessions, "IDLE", timedelta(seconds=-1))
    page.clock.run_for(2_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Locked")
    expect(page.get_by_label("Your password")).to_be_focused()
    assert "Noor" not in page.content()
    assert faults(page) == []


def test_limits_are_edited_and_signed_without_script(open_page: OpenPage, desk: list[str]) -> None:
    page = open_page(360, java_script_enabled=False)
    sign_in(page)
    page.goto(f"/practitioner/clients/{desk[0]}")
    page.locator("summary", has_text="Edit").click()
    page.get_by_label("Soothing serums").check()
    page.get_by_label("Greatest depth in mm").fill("0.15")
    page.get_by_label("Of one kind in an order").fill("2")
    page.get_by_role("button", name="Sign these limits").click()
    expect(page.get_by_text("approved and signed")).to_be_visible()
    page.goto(f"/practitioner/clients/{desk[0]}")
    assert page.get_by_text("to 0.15 mm").is_visible()
    assert page.get_by_text("all soothing serums").first.is_visible()


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
