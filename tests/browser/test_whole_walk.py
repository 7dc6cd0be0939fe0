"""The road through the whole shop, walked in a real browser: a supplier's dossier is entered and signed by a second person, a
batch arrives, a client is approved, orders and pays, the parcel leaves, comes back and is paid back, and every step is seen by whom
it concerns."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from catalogue.dossiers import Dossier
from storefront.demo.clinic import PEOPLE
from storefront.demo.goods import Offer, offers
from tests.browser import parcel_steps
from tests.browser.walking import ADMIN, CARD, PRACTITIONER, SHOTS, Walk, await_status
from tests.catalogue import samples
from tests.demo import Demo

TODAY = datetime.now(UTC).date()


@pytest.fixture(params=[(360, "Gemma Hartley", "C-1013"), (1280, "Ivy Mercer", "C-1015")], ids=["360", "1280"])
def walk(request: pytest.FixtureRequest, chromium: Browser, demo: Demo) -> Iterator[tuple[Walk, str, str]]:
    width, name, number = request.param
    SHOTS.mkdir(parents=True, exist_ok=True)
    context = chromium.new_context(viewport={"width": width, "height": 900})
    yield Walk(context.new_page(), demo.url, width), name, number
    context.close()


def test_from_a_suppliers_dossier_to_a_parcel_that_came_back(walk: tuple[Walk, str, str], tmp_path: Path) -> None:
    window, client, number = walk
    sku = f"RL-W{window.width}"
    enter_the_dossier(window, sku, tmp_path)
    sign_the_vetting(window, sku)
    receive_a_batch(window, sku)
    approve(window, number)
    order = buy(window, client, sku)
    parcel_steps.pack(window, order, f"{sku}-001")
    parcel_steps.hand_over(window, order)
    parcel_steps.see_it_on_its_way(window, client, order, f"{sku}-001")
    parcel_steps.note_that_it_arrived(window, order)
    parcel_steps.ask_for_a_return(window, client, order)
    parcel_steps.end_the_return(window, order)
    paid, given_back = parcel_steps.read_the_money(window, client, order)
    assert given_back == paid
    assert window.taps == parcel_steps.TAPS


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
