"""The way of a parcel in the walk through the whole shop: packed, sent, arrived, asked back, come back, paid back. Every press that
it takes is counted."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.walking import ADMIN, Walk, await_status

# Presses and fields touched, from the page on which each step begins.
TAPS = {"pack": 2, "hand over": 4, "note that it arrived": 1, "ask for a return": 4, "end the return": 4}


def pack(window: Walk, order: str, batch: str) -> None:
    """Off the shelf, and into the box by a scan."""
    window.be(ADMIN)
    await_words(
        window, "/admin/pick-list", order
    )  # picked is what is paid for; the worker takes the money in its own time
    expect(window.page.locator(f"[data-batch='{batch}']")).to_contain_text(order)
    window.look("pick-list")
    window.tap(window.page.get_by_role("link", name=order).last, "pack")
    window.look("order-to-pack")
    window.tap(window.page.locator("[data-scan]"), "pack")
    window.page.keyboard.type("(10)W-2026-07")  # a scanner types, and ends with Enter
    window.page.keyboard.press("Enter")
    expect(window.page.locator("#messages")).to_contain_text("Packed.")
    await_status(window, f"/admin/orders/{order}", "packed")
    window.open(f"/admin/orders/{order}/slip")
    expect(window.page.get_by_text(batch)).to_be_visible()


def hand_over(window: Walk, order: str) -> None:
    """Out of the house with a tick."""
    window.open("/admin/parcels")
    page, to = window.page, "hand over"
    window.tap(page.get_by_label(f"Choose {order}"), to)
    window.tap(page.get_by_label(f"Tracking number of {order}"), to)
    page.keyboard.type("RM123456789GB")
    window.look("parcels")
    window.tap(page.get_by_role("button", name="Hand over the chosen"), to)
    window.look("parcels-asked")
    window.tap(page.get_by_role("button", name="Hand over 1 parcel"), to)
    expect(page.locator(f"tr[data-order='{order}']")).to_contain_text("Left")
    window.look("parcels-left")
    await_status(window, f"/admin/orders/{order}", "dispatched")


def see_it_on_its_way(window: Walk, client: str, order: str, batch: str) -> None:
    window.be(client)
    await_status(window, f"/orders/{order}", "dispatched")
    expect(window.page.get_by_text(batch).first).to_be_visible()
    window.look("on-its-way")
    window.open("/demo")
    expect(window.page.get_by_text(order).first).to_be_visible()
    window.look("mail")


def note_that_it_arrived(window: Walk, order: str) -> None:
    window.be(ADMIN)
    window.open(f"/admin/orders/{order}")
    window.tap(window.page.get_by_role("button", name="It has arrived"), "note that it arrived")
    await_status(window, f"/admin/orders/{order}", "delivered")


def ask_for_a_return(window: Walk, client: str, order: str) -> None:
    """Unopened, and no longer wanted; the only unit that there is needs not be counted."""
    window.be(client)
    window.open(f"/orders/{order}")
    page, to = window.page, "ask for a return"
    window.tap(page.get_by_role("link", name="Send something back"), to)
    window.tap(page.get_by_label("I changed my mind"), to)
    window.tap(page.get_by_label("Yes, nothing was opened"), to)
    window.tap(page.get_by_role("button", name="Ask for this return"), to)
    expect(page.locator("[data-return]")).to_have_count(1)
    window.look("return-asked")
    assert is_pdf(window, page.get_by_role("link", name="Sheet to print")), "the label"


def end_the_return(window: Walk, order: str) -> None:
    """It arrived unopened; a roller is destroyed all the same, and its price goes back with its delivery."""
    window.be(ADMIN)
    window.open("/admin/returns")
    page, to = window.page, "end the return"
    window.tap(page.locator("tr", has_text=order).get_by_role("link", name=re.compile("^RT-")), to)
    window.tap(page.get_by_label("unbroken"), to)
    window.tap(page.get_by_label("units destroyed"), to)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("1")
    window.look("return-arrived")
    window.tap(page.get_by_role("button", name="End this return"), to)
    expect(page.get_by_text("Ended.")).to_be_visible()
    # The worker gives the money, and draws the credit note, in its own time.
    await_words(window, f"/admin/orders/{order}", "Credit note issued")
    window.look("money-given-back")


def read_the_money(window: Walk, client: str, order: str) -> tuple[str, str]:
    """What was paid and what came back, as the client reads it, with a paper for each."""
    window.be(client)
    await_words(window, f"/orders/{order}", "Credit note CN-[0-9]+ .PDF.")
    window.look("paid-back")
    page = window.page
    expect(page.locator("[data-status]").first).to_have_attribute("data-status", "returned")
    papers = page.locator("a[href*='/invoices/']").all()
    assert [is_pdf(window, paper) for paper in papers] == [True, True], "invoice and credit note"
    given = page.locator("p", has_text="Paid back so far").locator(".money")
    return page.locator("[data-total]").inner_text(), given.inner_text()


def await_words(window: Walk, path: str, words: str) -> None:
    """What other processes do shows in their own time: the page is read again until it does."""
    for _ in range(60):
        window.open(path)
        if re.search(words, window.page.locator("main").inner_text()):
            return
        window.page.wait_for_timeout(500)
    raise AssertionError(f"{path} never said {words}")


def is_pdf(window: Walk, link: Locator) -> bool:
    answer = window.page.request.get(f"{window.address}{link.get_attribute('href')}")
    return answer.ok and answer.body().startswith(b"%PDF")
