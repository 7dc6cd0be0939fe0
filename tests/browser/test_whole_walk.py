"""The road through the whole shop, walked in a real browser: a supplier's dossier is entered and signed by a second person, a
batch arrives, a client is approved, orders and pays, the parcel leaves, and every step is seen by whom it concerns."""

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from catalogue.dossiers import Dossier
from storefront.demo.clinic import PEOPLE
from storefront.demo.goods import Offer, offers
from tests.browser.conftest import is_scrolled_sideways, violations
from tests.catalogue import samples
from tests.demo import Demo

TODAY = datetime.now(UTC).date()
SHOTS = Path("build/screenshots")
ADMIN, PRACTITIONER = "Marian Cole", "Dr Ines Holt"
CARD = {"cardNumber": "4242 4242 4242 4242", "cardExpiry": "12 / 34", "cardCvc": "123"}


class Walk:
    """One browser window in which one is everybody in turn; each page is looked at and kept as a picture."""

    def __init__(self, page: Page, address: str, width: int, name: str = "walk") -> None:
        self.page, self.address, self.width, self.name, self.step = page, address, width, name, 0
        self.camera = page.context.new_cdp_session(page)

    def be(self, name: str) -> None:
        self.page.goto(f"{self.address}/demo")
        self.page.get_by_role("button", name=f"Be {name}", exact=True).click()

    def open(self, path: str) -> None:
        answer = self.page.goto(f"{self.address}{path}")
        assert answer is not None
        assert answer.status == 200, path

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def look(self, what: str) -> None:
        """Keeps a picture; nothing may stick out sideways, and on a desk axe has nothing to say (phones: each page's own test)."""
        self.step += 1
        self.keep_picture(SHOTS / f"{self.name}-{self.width}-{self.step:02}-{what}.png")
        assert not is_scrolled_sideways(self.page), what
        assert self.width < 1000 or violations(self.page) == [], what

    def keep_picture(self, path: Path) -> None:
        """The whole page, with what `page.screenshot` cannot ask for: written for speed, which halves what a picture costs."""
        self.page.evaluate("document.fonts.ready.then(() => true)")
        size = self.camera.send("Page.getLayoutMetrics")["cssContentSize"]
        wanted = {"captureBeyondViewport": True, "optimizeForSpeed": True, "clip": {**size, "scale": 1}}
        path.write_bytes(b64decode(self.camera.send("Page.captureScreenshot", wanted)["data"]))


@pytest.fixture(params=[(360, "Gemma Hartley", "C-1013"), (1280, "Ivy Mercer", "C-1015")], ids=["360", "1280"])
def walk(request: pytest.FixtureRequest, chromium: Browser, demo: Demo) -> Iterator[tuple[Walk, str, str]]:
    width, name, number = request.param
    SHOTS.mkdir(parents=True, exist_ok=True)
    context = chromium.new_context(viewport={"width": width, "height": 900})
    yield Walk(context.new_page(), demo.url, width), name, number
    context.close()


def test_from_a_suppliers_dossier_to_a_paid_and_dispatched_order(walk: tuple[Walk, str, str], tmp_path: Path) -> None:
    window, client, number = walk
    sku = f"RL-W{window.width}"
    enter_the_dossier(window, sku, tmp_path)
    sign_the_vetting(window, sku)
    receive_a_batch(window, sku)
    approve(window, number)
    order = buy(window, client, sku)
    pack_and_send(window, order, f"{sku}-001")
    see_it_on_its_way(window, client, order, f"{sku}-001")
    window.open(f"/orders/{order}")
    assert f"{sku}-001" in window.page.locator("main").inner_text(), "the client reads the batch"


def test_from_a_reminder_to_a_paid_order_in_four_taps_without_script(chromium: Browser, demo: Demo) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 780}, java_script_enabled=False)
    page, taps = context.new_page(), []
    page.goto(f"{demo.url}/demo")
    page.get_by_role("button", name="Be Amara Bell", exact=True).click()
    page.goto(f"{demo.url}/demo#mail")
    letter = page.locator('[data-message="home_reminder"] .letter').text_content() or ""
    link = urlsplit(re.findall(r"http\S+/care/same-again", letter)[0])  # of the first start, at another port
    taps.append(page.goto(f"{demo.url}{link.path}"))
    assert page.locator('[data-again="open"]').count() == 2
    assert not is_scrolled_sideways(page)
    shown = page.locator('[data-delivery="post"] [data-total]').get_attribute("data-total")
    taps.append(page.get_by_label("Nothing new, and no reaction").check())
    taps.append(page.get_by_role("button", name="Order and go to payment").click())
    paid = page.locator("[data-total]").get_attribute("data-total")
    taps.append(page.locator("[data-pay]").click())
    page.wait_for_url(re.compile("/orders/R-.*paid"))
    assert (len(taps), paid) == (4, shown)
    assert page.locator("[data-order]").first.get_attribute("data-status") in ("awaiting_payment", "accepted")
    context.close()


def enter_the_dossier(window: Walk, sku: str, folder: Path) -> None:
    window.be(ADMIN)
    dossier, papers = new_offer(sku, folder)
    window.open("/admin/dossiers/file")
    window.page.get_by_label("The dossier").set_input_files(dossier)
    window.page.get_by_label(re.compile("documents", re.I)).set_input_files(papers)
    window.press("Read and judge")
    expect(window.page.locator("[data-verdict]").first).to_have_attribute("data-verdict", "accepted")
    window.look("dossier-judged")
    window.page.context.clear_cookies()
    window.open("/products")
    assert window.page.locator(f"[data-sku='{sku}']").count() == 0, "one person alone puts nothing on sale"


def sign_the_vetting(window: Walk, sku: str) -> None:
    window.be(ADMIN)
    window.open(f"/admin/products/{sku}/vetting")
    assert window.page.get_by_label("Your password").count() == 0, "who entered it cannot sign it"
    window.be(PRACTITIONER)
    window.open(f"/admin/products/{sku}/vetting")
    window.look("vetting-to-sign")
    window.page.get_by_label("Your password").fill(PEOPLE["password"])
    window.press("Sign as")
    window.look("vetting-signed")


def receive_a_batch(window: Walk, sku: str) -> None:
    window.be(ADMIN)
    window.open(f"/admin/products/{sku}/batches/new")
    page = window.page
    page.get_by_label("Supplier’s lot").fill("W-2026-07")
    page.get_by_label("Expires on").fill((TODAY + timedelta(days=700)).isoformat())
    page.get_by_label("Units").fill("12")
    page.get_by_label("Delivery note").fill("DN-2026-07")
    for nth, value in enumerate(("0", "0", "no", "yes")):
        answer_the_rule(page, nth, value)
    window.look("batch-arriving")
    window.press("Receive it")
    window.press("Release")
    expect(page.get_by_text("Released").first).to_be_visible()
    window.look("batch-released")


def answer_the_rule(page: Page, nth: int, value: str) -> None:
    """The rules for batches of rollers, in the order of the specification."""
    field = page.locator(f"[name=value_{nth}]")
    if field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)
    page.locator(f"[name=paper_{nth}]").fill(f"GI-{nth}")
    document = {"name": f"gi-{nth}.pdf", "mimeType": "application/pdf", "buffer": samples.pdf(f"gi-{nth}.pdf")}
    page.locator(f"[name=file_{nth}]").set_input_files([document])


def approve(window: Walk, number: str) -> None:
    window.be(PRACTITIONER)
    window.open(f"/practitioner/clients/{number}")
    window.look("client-to-judge")
    window.press("Approve and sign")
    window.look("client-approved")


def buy(window: Walk, client: str, sku: str) -> str:
    """The order's number, once it is paid and accepted."""
    window.be(client)
    window.open("/care")
    window.look("what-is-open")
    window.open(f"/products/walk-roller-{window.width}")
    window.look("product")
    window.press("Add to basket")
    window.open("/basket")
    expect(window.page.locator(f"[data-sku='{sku}']").first).to_be_visible()
    window.look("basket")
    window.open("/checkout")
    for label, typed in (("Address", "7 Example Street"), ("Town", "Skipton"), ("Postcode", "BD23 1AA")):
        window.page.get_by_label(re.compile(f"^{label}", re.I)).first.fill(typed)
    window.page.get_by_label("Nothing new, and no reaction").check()
    window.look("checkout")
    window.press("Order and go to payment")
    pay(window)
    order = window.page.locator("[data-order]").first.get_attribute("data-order") or ""
    await_status(window, f"/orders/{order}", "accepted")
    window.look("paid")
    return order


def pay(window: Walk) -> None:
    """On the hosted page, as a person does; a card that was kept is left for another."""
    for another in window.page.locator("[name=saved][value=new]").all():
        another.check()
    for name, typed in CARD.items():
        window.page.locator(f"[name={name}]").fill(typed)
    window.look("payment-page")
    window.page.get_by_role("button", name=re.compile("^Pay")).click()
    window.page.wait_for_url(re.compile("/orders/"))


def await_status(window: Walk, path: str, status: str) -> None:
    """The webhook and the worker are processes of their own: the page is read again until they have done their part."""
    for _ in range(60):
        window.open(path)
        if window.page.locator("[data-status]").first.get_attribute("data-status") == status:
            return
        window.page.wait_for_timeout(500)
    raise AssertionError(f"{path} never became {status}")


def pack_and_send(window: Walk, order: str, batch: str) -> None:
    """Off the shelf, into the box by a scan, and out of the house with a tick."""
    window.be(ADMIN)
    # Picked is what is paid for; the worker takes the money in its own time.
    for _ in range(60):
        window.open("/admin/pick-list")
        if order in window.page.locator("main").inner_text():
            break
        window.page.wait_for_timeout(500)
    expect(window.page.locator(f"[data-batch='{batch}']")).to_contain_text(order)
    window.look("pick-list")
    window.open(f"/admin/orders/{order}")
    window.look("order-to-pack")
    window.page.locator("[data-scan]").focus()
    window.page.keyboard.type("(10)W-2026-07")  # a scanner types, and ends with Enter
    window.page.keyboard.press("Enter")
    expect(window.page.locator("#messages")).to_contain_text("Packed.")
    await_status(window, f"/admin/orders/{order}", "packed")
    window.open(f"/admin/orders/{order}/slip")
    window.look("slip")
    hand_over(window, order)
    await_status(window, f"/admin/orders/{order}", "dispatched")
    window.look("order-sent")


def hand_over(window: Walk, order: str) -> None:
    window.open("/admin/parcels")
    window.page.get_by_label(f"Choose {order}").check()
    window.page.get_by_label(f"Tracking number of {order}").fill("RM123456789GB")
    window.look("parcels")
    window.press("Hand over the chosen")
    window.look("parcels-asked")
    window.press("Hand over 1 parcel")
    expect(window.page.locator(f"tr[data-order='{order}']")).to_contain_text("Left")
    window.look("parcels-left")


def see_it_on_its_way(window: Walk, client: str, order: str, batch: str) -> None:
    window.be(client)
    await_status(window, f"/orders/{order}", "dispatched")
    expect(window.page.get_by_text(batch).first).to_be_visible()
    window.look("on-its-way")
    window.open("/demo")
    expect(window.page.get_by_text(order).first).to_be_visible()
    window.look("mail")


def new_offer(sku: str, folder: Path) -> tuple[Path, list[Path]]:
    """A supplier's file and its documents, for a roller that the shop has never seen."""
    known = next(offer for offer in offers(TODAY, TODAY) if offer.dossier.sku == "RL-020")
    dossier = replace(known.dossier, sku=sku, name=f"Walk roller {sku[-4:].strip('W')}", gtin=None)
    for name, content in known.papers.items():
        (folder / name).write_bytes(content)
    (folder / "dossier.toml").write_text(as_toml(dossier, known), encoding="utf-8")
    return folder / "dossier.toml", sorted(folder.glob("*.pdf"))


def as_toml(dossier: Dossier, offer: Offer) -> str:
    head = {"kind": dossier.kind, "sku": dossier.sku, "name": dossier.name, "brand": "Walk"}
    head |= {"manufacturer": dossier.manufacturer, "price": "34.00", "currency": "GBP"}
    parts = ["[product]", *(f'{name} = "{value}"' for name, value in head.items()), "[facts]"]
    parts += [f"{name} = {toml_value(value)}" for name, value in dossier.facts.items()]
    for paper in offer.dossier.evidence:
        parts += ["[[evidence]]", f"covers = {list(paper.covers)!r}", f"issued_on = {paper.issued_on}"]
        parts += [f"expires_on = {paper.expires_on}"] if paper.expires_on else []
        told = {name: getattr(paper, name) for name in ("proof", "title", "issuer", "reference", "file")}
        parts += [f'{name} = "{value}"' for name, value in told.items()]
    return "\n".join(parts) + "\n"


def toml_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
