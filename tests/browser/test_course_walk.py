"""A session from the tablet to the client's picture of it: the consent is typed, the session is recorded by two keys where all is
as last time, and the client reads the course at any width; every page of it read by axe."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from storefront import clock
from storefront.db import transaction
from storefront.eligibility import actions
from tests.browser.conftest import OpenPage, faults, unfold
from tests.storefront.agreed import agree
from tests.storefront.eligibility import people
from tests.storefront.eligibility.test_photos import picture

AREA = actions.AreaTold(needle_um=750, area="face", device="Pen 3", device_lot="N-12", passes=4)
FULL = {
    "areas": (AREA,), "topicals": (actions.TopicalTold(name="Calm", lot="L-7"),), "skin_type": 2, "health_today": "",
    "end_point": "even redness",
}  # fmt: skip


@pytest.fixture
def numbers(fresh_database: Flask, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A client who comes for the second session and one with all there is to see; their numbers."""
    with fresh_database.app_context(), transaction():
        monkeypatch.setattr(people, "TODAY", clock.today())
        monkeypatch.setattr(people, "NOW", clock.now())
        petra = people.practitioner(until=people.TODAY.replace(year=people.TODAY.year + 1))
        people.account("Marian Cole", "admin")
        second = people.client(petra, "Noor Haddad")
        people.treat(second.id, petra, people.TODAY - people.SEVEN_WEEKS, **FULL)
        full = people.client(petra, "Fleur Lane")
        days = people.usual_days(last=people.TODAY)
        people.treat(full.id, petra, *days, **FULL)
        agree(full.id, "photos")
        for moment, day in (("before", days[0]), ("after", days[-1])):
            actions.add_photo(full.id, picture(), moment, "face", day, petra, people.TODAY, people.NOW)
        treatment = people.reloaded(full.id).courses[0].treatments[0]
        actions.explain_gap(full.id, treatment.id, "the first one", petra, people.TODAY, people.NOW)
        actions.withdraw_consent(second.id, "treatment", petra, people.TODAY, people.NOW)
        return second.number, full.number


def become(page: Page, name: str) -> None:
    email = f"{name}@clinic.example"
    assert page.request.post("/demo/person", form={"email": email}, max_redirects=0).status == 303


def test_a_session_is_recorded_at_the_chair_and_read_at_home(open_page: OpenPage, numbers: tuple[str, str]) -> None:
    page = open_page(820)
    become(page, "petra.practitioner")
    desk = f"/practitioner/clients/{numbers[0]}"
    page.goto(f"{desk}/treatments")
    page.get_by_role("link", name="Hand over the tablet").click()
    text = page.locator("#text-treatment")
    text.get_by_label("The client’s full name").fill("noor haddad")
    page.keyboard.press("Enter")
    expect(page.locator(".notices")).to_contain_text("It is signed")
    page.goto(f"{desk}/treatments")
    page.get_by_label("Asked: nothing is new").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(".notices")).to_contain_text("The treatment is recorded.")
    page.goto(f"{desk}/treatments")
    expect(page.get_by_role("row", name="lot N-12")).to_have_count(2)
    become(page, "noor.haddad")
    for width in (360, 820, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/care")
        picture = page.get_by_role("img", name="The course on a line of days")
        expect(picture).to_be_visible()
        assert picture.bounding_box()["width"] > 250  # type: ignore[index]
        assert page.locator(".course__step--done").count() == 2
        expect(page.locator(".course__step--due")).to_contain_text("session 3")
    assert page.said == []


def test_the_pages_of_a_course_are_without_fault(open_page: OpenPage, numbers: tuple[str, str]) -> None:
    page, desk = open_page(), f"/practitioner/clients/{numbers[1]}"
    first = people.usual_days(last=people.TODAY)[0]
    walked = (
        ("petra.practitioner", ("/treatments", f"/treatments/{first}", "/consents", "/photos"), desk),
        ("fleur.lane", ("/care", "/care/consents", "/care/photos"), ""),
        ("marian.cole", ("/admin/people",), ""),
    )
    for name, paths, start in walked:
        become(page, name)
        for path in paths:
            page.goto(start + path)
            unfold(page)
            assert faults(page) == [], path
    assert page.said == []
