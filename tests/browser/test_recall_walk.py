"""Journey 8 in a real browser, on a tablet and on a desk: a batch is recalled while a client stands on the payment page, whoever
has it is told and answers without signing in, the money goes back, and the recall is closed with its report."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.walking import ADMIN, CARD, SHOTS, Walk, await_status
from tests.demo import Demo

# A batch that one client has, who that is, and somebody else who is about to buy of it.
CASES = [(820, "RL-015-001", "Wren Doyle", "Clara Whitlock"), (1280, "RL-020T-001", "Bridget Lowe", "Quinn Adair")]


@pytest.fixture(params=CASES, ids=["820", "1280"])
def case(request: pytest.FixtureRequest, chromium: Browser, demo: Demo) -> Iterator[tuple[Walk, str, str, str]]:
    width, batch, holder, buyer = request.param
    SHOTS.mkdir(parents=True, exist_ok=True)
    context = chromium.new_context(viewport={"width": width, "height": 900})
    yield Walk(context.new_page(), demo.url, width, "recall"), batch, holder, buyer
    context.close()


def test_a_batch_is_recalled_from_the_people_who_have_it(case: tuple[Walk, str, str, str]) -> None:
    window, batch, holder, buyer = case
    order = stand_at_the_till(window, buyer, batch)
    till = window.page.url
    number = recall(window, batch)
    pay_too_late(window, buyer, order, till)
    write_and_send(window, number)
    try_by_letter(window, number)
    answer(window, holder, number)
    end(window, number)
    see_it_in_public(window, batch)
    assert batch in window.page.locator("main").inner_text()


def stand_at_the_till(window: Walk, buyer: str, batch: str) -> str:
    """The order's number; its payment page is open."""
    window.be(buyer)
    sku = batch.rpartition("-")[0]
    window.open("/products")
    window.page.locator(f"[data-sku='{sku}'] a").first.click()
    window.press("Add to basket")
    window.open("/checkout")
    for label, typed in (("Address", "7 Example Street"), ("Town", "Skipton"), ("Postcode", "BD23 1AA")):
        window.page.get_by_label(re.compile(f"^{label}", re.I)).first.fill(typed)
    window.page.get_by_label("Nothing new, and no reaction").check()
    window.press("Order and go to payment")
    window.page.wait_for_selector("[name=cardNumber]")
    return str(window.page.locator("body").inner_text().partition("R-")[2][:7])


def recall(window: Walk, batch: str) -> str:
    """The recall's number."""
    window.be(ADMIN)
    window.open("/admin/recalls")
    window.look("recalls")
    window.page.get_by_label("Batch or supplier’s lot").fill(batch)
    window.press("Run the drill")
    expect(window.page.get_by_text("traced").first).to_be_visible()
    window.look("drill")
    window.page.locator("#q").fill(batch)
    window.press("Find what to recall")
    window.look("found")
    window.page.get_by_label("Why?").fill("The maker found bent needles in this lot.")
    window.press("Recall now")
    expect(window.page.locator("[data-status=open]")).to_be_visible()
    window.look("opened")
    return window.page.locator("[data-recall]").get_attribute("data-recall") or ""


def pay_too_late(window: Walk, buyer: str, order: str, till: str) -> None:
    """Who pays for it now is not charged: the authorisation is cancelled."""
    window.be(buyer)
    window.page.goto(till)
    for name, typed in CARD.items():
        window.page.locator(f"[name={name}]").fill(typed)
    window.page.get_by_role("button", name=re.compile("^Pay")).click()
    window.page.wait_for_url(re.compile("/orders/"))
    await_status(window, f"/orders/R-{order}", "cancelled")
    expect(window.page.get_by_text("Nothing was charged")).to_be_visible()
    window.look("not-charged")


def write_and_send(window: Walk, number: str) -> None:
    window.be(ADMIN)
    window.open(f"/admin/recalls/{number}/notice")
    expect(window.page.locator("[data-reason=part-missing]").first).to_be_visible()
    window.look("parts-missing")
    window.page.get_by_label("What is the danger?").fill("Needles can break off and stay in the skin.")
    window.page.get_by_label("Where on the pack").fill("On the lower edge of the pouch, behind LOT.")
    picture = BytesIO()
    Image.new("RGB", (320, 200), "#E4EEEA").save(picture, "PNG")
    sent = {"name": "roller.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    window.page.get_by_label("A picture of the product").set_input_files(sent)  # type: ignore[arg-type]
    window.press("Keep the notice")
    window.look("notice")
    window.press("Send it to everybody who has a unit")
    expect(window.page.locator("[data-status=sent]")).to_be_visible()


def try_by_letter(window: Walk, number: str) -> None:
    """The mail came back: the notice goes on paper, and a person says that it was posted."""
    window.page.get_by_text("Note an attempt").first.click()
    window.page.get_by_label("How?").first.select_option("mail")
    window.page.get_by_label("How did it go?").first.select_option("came_back")
    window.press("Note it")
    window.open(f"/admin/recalls/{number}?show=phone")
    window.look("to-be-called")
    window.open(f"/admin/recalls/{number}/letters")
    window.look("letters")
    with window.page.expect_download() as letters:
        window.page.get_by_role("link", name="Letters as PDF").click()
    assert letters.value.path().read_bytes().startswith(b"%PDF-")
    window.press("They are posted")
    expect(window.page.get_by_text("1 letter is noted as posted")).to_be_visible()


def answer(window: Walk, holder: str, number: str) -> None:
    """On the page of the answer, which the mail and the account lead to."""
    window.be(holder)
    window.open("/account")
    window.page.get_by_role("link", name=f"Read and answer recall {number}").click()
    window.look("asked")
    window.press("Stopped, and destroyed")
    expect(window.page.locator("[data-answer=stopped]")).to_be_visible()
    window.look("answered")


def end(window: Walk, number: str) -> None:
    window.be(ADMIN)
    window.open(f"/admin/recalls/{number}")
    window.press("Refund everybody affected")
    for _ in range(60):
        window.open(f"/admin/recalls/{number}")
        if window.page.get_by_text("1 of 1 orders paid back").count():
            break
        window.page.wait_for_timeout(500)
    window.look("board")
    window.page.get_by_label("How did it end?").fill("The one client has destroyed it and has the money back.")
    window.press("Close the recall")
    expect(window.page.locator("[data-status=closed]")).to_be_visible()
    window.look("closed")
    with window.page.expect_download() as report:
        window.page.get_by_role("link", name="Report as PDF").click()
    assert report.value.path().read_bytes().startswith(b"%PDF-")


def see_it_in_public(window: Walk, batch: str) -> None:
    window.open("/recalls")
    expect(window.page.get_by_text(batch).first).to_be_visible()
    window.look("public")
