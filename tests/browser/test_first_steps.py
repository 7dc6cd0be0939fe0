"""The first steps at every width: a visitor reads on a product's page who may buy, has the day remembered, asks for a consultation,
picks a time by the link in the mail and moves it; becomes a client in one press; and comes for the first time by the invitation,
through three forms."""

import re

import time_machine
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from storefront import clock
from storefront.db import db, transaction
from storefront.eligibility import actions, consultation_times, consultations
from storefront.eligibility.consultations import Wish
from storefront.eligibility.models import Client
from storefront.front.forms import LEAST_TO_FILL
from storefront.messages.models import Message
from tests.browser.conftest import OpenPage, faults, is_scrolled_sideways, unfold
from tests.browser.test_desk import sign_in
from tests.catalogue import samples
from tests.storefront.eligibility import people

EVERY_WIDTH = (360, 820, 1280)


def link_in_the_mail(shop: Flask, to: str) -> str:
    """The path of the link in the last mail to somebody."""
    with shop.app_context():
        text = (
            db.session.scalars(select(Message.text).where(Message.to == to).order_by(Message.id.desc())).first() or ""
        )
    found = re.search(r"http://127\.0\.0\.1:8000(/(?:consultation|sign-in)/[\w-]{43})$", text, re.M)
    assert found, text
    return found[1]


def read_who_may_buy(page: Page, width: int) -> None:
    """No way into a basket, the three conditions, and a mail on the day."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/products/sample-roller-rl-020")
    card = page.get_by_role("region", name="For clients who have completed the course")
    expect(card.get_by_role("listitem")).to_have_text(
        ["3 treatments with us,", "6 to 8 weeks apart,", "and your practitioner’s approval."]
    )
    expect(page.get_by_role("button", name="Add to basket")).to_have_count(0)
    card.get_by_role("link", name="Tell me when I may buy").click()
    page.get_by_label("E-mail").fill(f"ada{width}@example.org")
    page.get_by_label("First treatment of your course").fill(clock.now().date().isoformat())
    with time_machine.travel(clock.now() + LEAST_TO_FILL):
        page.get_by_role("button", name="Tell me").click()
        expect(page.get_by_role("status")).to_contain_text("once")
    page.goto("/products/sample-roller-rl-020")
    card.get_by_role("link", name="Book a free consultation").click()
    expect(page.get_by_role("region", name="What to know first")).to_contain_text("Numbing cream belongs in the clinic")


def ask(page: Page, width: int) -> None:
    page.get_by_label("Your name").fill(f"Ada Byron {width}")
    page.get_by_label("E-mail").fill(f"ada{width}@example.org")
    page.get_by_label("Fine lines").check()
    page.get_by_role("button", name="Ask for a consultation").click()
    expect(page.get_by_role("alert")).to_contain_text("press once more")
    with time_machine.travel(clock.now() + LEAST_TO_FILL):
        page.get_by_role("button", name="Ask for a consultation").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


def offer(desk: Page, width: int) -> None:
    desk.goto("/practitioner/consultations")
    card = desk.get_by_role("article", name=f"Ada Byron {width}")
    card.get_by_text("Offer times", exact=True).click()
    for count, hour in enumerate((9, 14), 1):
        day = 1 + EVERY_WIDTH.index(width)
        card.get_by_label(f"Time {count}").fill(f"{clock.now().year + 1}-03-{day:02}T{hour:02}:30")
    card.get_by_role("button", name="Offer these times").click()
    expect(desk.get_by_role("status")).to_contain_text("The times are offered")


def pick_and_move(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_label(re.compile("09:30")).check()
    page.get_by_role("button", name="Take this time").click()
    expect(page.get_by_role("status")).to_contain_text("It is yours")
    with page.expect_download() as got:
        page.get_by_role("link", name="Add to my calendar").click()
    assert "T093000Z" in got.value.path().read_text()
    page.get_by_label(re.compile("14:30")).check()
    page.get_by_role("button", name="Move it").click()
    expect(page.locator("main .lead")).to_contain_text("14:30")


def become_a_client(desk: Page, width: int) -> None:
    desk.goto("/practitioner/consultations")
    card = desk.get_by_role("article", name=f"Ada Byron {width}")
    card.get_by_text("Register as a client").click()
    card.get_by_label("Date of birth").fill(f"1990-01-{10 + EVERY_WIDTH.index(width)}")
    card.get_by_role("button", name="Register and invite").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text(f"Ada Byron {width}")


def come(page: Page, width: int, path: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome")
    page.get_by_label("Your date of birth").fill("1990-02-01")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not the date of birth")
    page.get_by_label("Your date of birth").fill(f"1990-01-{10 + EVERY_WIDTH.index(width)}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Safety questions")
    page.evaluate("for (const no of document.querySelectorAll('input[value=no]')) no.checked = true")
    assert not is_scrolled_sideways(page)
    page.get_by_role("button", name="Send my answers").click()
    text = page.locator("#text-treatment")
    text.get_by_label("Your full name").fill(f"Ada Byron {width}")
    assert not is_scrolled_sideways(page)
    text.get_by_role("button", name="Sign: consent").click()
    page.wait_for_url("**/care")
    expect(page.locator(".course__step")).to_have_count(5)
    page.goto(path)
    expect(page.get_by_role("button", name="Send me a new one")).to_be_visible()
    page.context.clear_cookies()


def test_from_the_first_question_to_the_first_sign_in_at_every_width(
    open_page: OpenPage, fresh_database: Flask
) -> None:
    with fresh_database.app_context(), transaction():
        people.practitioner()
        samples.on_sale(db.session(), today=clock.today())
    page, desk = open_page(), open_page()
    sign_in(desk)
    for width in EVERY_WIDTH:
        read_who_may_buy(page, width)
        ask(page, width)
        desk.set_viewport_size({"width": width, "height": 900})
        offer(desk, width)
        pick_and_move(page, link_in_the_mail(fresh_database, f"ada{width}@example.org"))
        become_a_client(desk, width)
        come(page, width, link_in_the_mail(fresh_database, f"ada{width}@example.org"))
    with fresh_database.app_context():
        assert db.session.scalar(select(func.count(Client.id))) == len(EVERY_WIDTH)


def test_no_page_of_the_first_steps_has_a_fault(open_page: OpenPage, fresh_database: Flask) -> None:
    with fresh_database.app_context(), transaction():
        by, now = people.practitioner(), clock.now()
        one, other = people.client(by, "Clara Whitlock"), people.client(by, "Clara Whitlok")
        actions.add_allergy(other.id, "limonene", by, now)
        wish = Wish("Ada", "ada@example.org", "020 7946 0001", "an old scar", "", "Tuesdays", "acne-scars,rosacea")
        reference = consultations.ask_for_consultation(wish, "here", "clinic@example.org", now).reference
        starts = [clock.tomorrow(now), clock.tomorrow(clock.tomorrow(now))]
        times = consultation_times.offer_times(reference, starts, by, now)
    path, page, desk = link_in_the_mail(fresh_database, "ada@example.org"), open_page(), open_page()
    assert len(times) == 2
    page.goto(path)
    assert faults(page) == []
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Take this time").click()
    assert faults(page) == []
    page.get_by_role("button", name="Cancel the consultation").click()
    assert faults(page) == []
    for path in ("/consultation/nothing", "/sign-in/nothing", "/sign-in/not-me"):
        page.goto(path)
        assert faults(page) == [], path
    sign_in(desk)
    for path in ("", "/consultations", f"/clients/{one.number}/person", f"/clients/{one.number}/merges/{other.number}"):
        desk.goto(f"/practitioner{path}")
        unfold(desk)
        assert faults(desk) == [], path
    desk.get_by_role("button", name="Merge and sign").click()
    assert faults(desk) == []
    desk.get_by_label("Reason").fill("One passport.")
    desk.get_by_role("button", name="Merge and sign").click()
    expect(desk.get_by_role("status")).to_contain_text("is merged into")
    assert faults_on_the_way_to_an_invitation(desk) == []


def faults_on_the_way_to_an_invitation(desk: Page) -> list[str]:
    """Somebody of the same name is registered, at a long address, and invited from the tablet."""
    desk.goto("/practitioner/clients")
    desk.get_by_label("Name", exact=True).fill("Clara Whitlock")
    desk.get_by_label("E-mail", exact=True).fill("clara-annabel.whitlock-montgomery@example.org")
    desk.get_by_label("Date of birth", exact=True).fill("1985-05-05")
    desk.get_by_role("button", name="Register and invite").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("on record already?")
    found = faults(desk)
    desk.get_by_role("button", name="It is somebody else: register and invite").click()
    desk.locator("main a[href$='/person']").first.click()
    desk.get_by_role("button", name="Invite from this tablet").click()
    expect(desk.get_by_role("img", name="The invitation, for the camera")).to_be_visible()
    return found + faults(desk)
