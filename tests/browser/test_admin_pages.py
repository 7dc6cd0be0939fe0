"""The admin's pages in a real browser: nothing for axe to find, nothing that scrolls sideways, and the road from a supplier's
dossier to a released batch, walked without script."""

from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from catalogue.journal import SYSTEM
from storefront import clock
from storefront.accounts.actions import make_account
from storefront.db import db, transaction
from storefront.eligibility.models import Qualification
from storefront.orders.discounts import DiscountTold, make_discount
from storefront.orders.kit_models import Kit, KitPart
from tests.browser.conftest import OpenPage, faults, unfold
from tests.catalogue import samples
from tests.catalogue.revisions import drafted
from tests.storefront.admin.test_batches import delivery
from tests.storefront.conftest import PASSWORD

PATHS = [
    "/admin", "/admin/products", "/admin/products/RL-020", "/admin/products/SE-1/vetting", "/admin/products/RL-020/dossier",
    "/admin/products/RL-020/history", "/admin/products/RL-020/history/1", "/admin/products/RL-020/vettings/1",
    "/admin/products/RL-020/batches/new", "/admin/dossiers", "/admin/dossiers/new", "/admin/dossiers/file", "/admin/batches",
    "/admin/batches/RL-020-001", "/admin/specification", "/admin/market", "/admin/people", "/admin/recalls",
    "/admin/specifications", "/admin/specifications/2099.1/consequences", "/admin/specifications/2099.1",
    "/admin/specifications/2099.1/early-ends?rule=R-LEN-01", "/admin/specifications/2099.1/rules/R-LEN-01",
    "/admin/recalls/new?q=RL-020-001", "/admin/exports", "/admin/charts", "/admin/trade", "/admin/messages",
    "/admin/pick-list", "/admin/parcels", "/admin/returns", "/admin/orders", "/admin/kits", "/admin/discounts",
    "/admin/mail-texts", "/admin/mail-texts/order_dispatched", "/admin/accounting-keys",
    "/admin/products?verdict=accepted&standing=on-sale",
    "/admin/trace", "/admin/trace?q=RL-020-001",
]  # fmt: skip


@pytest.fixture
def clinic(fresh_database: Flask) -> Flask:
    """An admin, a practitioner, a roller on sale, a serum that waits for its second person."""
    with fresh_database.app_context():
        with transaction():
            make_account("alba@example.org", "Alba Reed", "admin", SYSTEM, clock.now(), PASSWORD)
            ines = make_account("ines@example.org", "Dr Ines Holt", "practitioner", SYSTEM, clock.now(), PASSWORD)
            db.session.flush()
            until = clock.today().replace(year=clock.today().year + 2, day=1)
            db.session.add(Qualification(account_id=ines.id, title="Needling", expires_on=until))
            samples.on_sale(db.session(), today=clock.today())
            told = DiscountTold("WELCOME10", 10, None, clock.today(), None, None, True, 0, (), "A greeting.")
            make_discount(told, SYSTEM, clock.now())
            serum = samples.entered(db.session(), samples.complete("serum", "SE-1", clock.today()))
            kit = Kit(
                code="K-1", name="Begin at home", leaflet="Clean hands.", made_at=clock.now(), made_by="Alba Reed"
            )
            kit.parts = [KitPart(product_id=product.id) for product in (samples.loaded(db.session(), "RL-020"), serum)]
            db.session.add(kit)
            drafted(db.session(), "2099.1", clock.today(), clock.now(), R_LEN_01=Decimal("0.15"))
        db.session.remove()
    return fresh_database


def become(page: Page, email: str) -> None:
    assert page.request.post("/demo/person", form={"email": email}, max_redirects=0).status == 303


@pytest.mark.parametrize("half", [0, 1])
def test_the_admins_pages_are_without_fault(open_page: OpenPage, clinic: Flask, half: int) -> None:
    page = open_page()
    become(page, "alba@example.org")
    for path in PATHS[half::2]:
        page.goto(path)
        unfold(page)
        assert faults(page) == [], path
    assert page.said == []


def test_one_act_for_several_asks_first_and_then_says_what_became_of_each(open_page: OpenPage, clinic: Flask) -> None:
    page = open_page()
    become(page, "alba@example.org")
    for act, button, done in (("Hold their batches…", "Hold the batches of 1 product", "Batches held"),
                              ("Take off sale…", "Take 1 off sale", "Taken off sale")):  # fmt: skip
        page.goto("/admin/products?q=sample")
        for tick in page.locator("input.tick").all():
            tick.check()
        page.get_by_role("button", name=act).click()
        assert faults(page) == [], act
        page.get_by_role("button", name=button).click()
        assert faults(page) == [], "no reason given"
        page.get_by_label("Why").fill("The maker warned us.")
        page.get_by_role("button", name=button).click()
        assert page.get_by_role("heading", level=1).inner_text() == done
        assert faults(page) == [], done
        page.get_by_role("link", name="Back to the products").click()
        assert page.url.endswith("/admin/products?q=sample")
    assert [said for said in page.said if "422" not in said] == []


@pytest.mark.parametrize("width", [360, 1280])
def test_from_a_dossier_to_a_released_batch(open_page: OpenPage, clinic: Flask, width: int, tmp_path: Path) -> None:
    page = open_page(width, java_script_enabled=False)
    become(page, "alba@example.org")
    with clinic.app_context():
        enter(page, tmp_path)
    assert page.get_by_text("Accepted", exact=True).first.is_visible()
    become(page, "ines@example.org")
    page.goto("/admin/dossiers")
    page.get_by_role("link", name="Road roller").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign as Dr Ines Holt").click()
    assert page.locator("#messages").inner_text().startswith("Signed.")
    become(page, "alba@example.org")
    with clinic.app_context():
        receive(page)
    page.get_by_role("button", name="Release").click()
    page.goto("/admin/products?q=road")
    assert page.locator("tr[data-sku=RL-9]").get_attribute("data-stock") == "12"
    assert page.get_by_role("region", name="Products").get_by_text("On sale").is_visible()


def enter(page: Page, folder: Path) -> None:
    """The dossier and its documents, as files."""
    dossier = samples.complete("roller", "RL-9", clock.today())
    told = ["[product]", 'kind = "roller"', 'sku = "RL-9"', 'name = "Road roller"', 'manufacturer = "Works"']
    told += ['price = "34.00"', 'currency = "GBP"', "[facts]"]
    for name, fact in dossier.facts.items():
        shown = str(fact).lower() if isinstance(fact, bool) else f'"{fact}"' if isinstance(fact, str) else str(fact)
        told.append(f"{name} = {shown}")
    for e in dossier.evidence:
        (folder / str(e.file)).write_bytes(samples.PDF + str(e.file).encode() + b"\n%%EOF\n")
        told += ["[[evidence]]", f'proof = "{e.proof}"', f"covers = {list(e.covers)!r}", f'title = "{e.title}"']
        told += [
            f'issuer = "{e.issuer}"',
            f'reference = "{e.reference}"',
            f"issued_on = {e.issued_on}",
            f'file = "{e.file}"',
        ]
    (folder / "rl-9.toml").write_text("\n".join(told), encoding="utf-8")
    page.goto("/admin/dossiers/file")
    page.get_by_label("The dossier").set_input_files(folder / "rl-9.toml")
    page.get_by_label("Its documents").set_input_files(sorted(folder.glob("*.pdf")))
    page.get_by_role("button", name="Read and judge").click()


def receive(page: Page) -> None:
    page.goto("/admin/products/RL-9/batches/new")
    scan_the_box(page)
    for name, value in delivery().items():
        control = page.locator(f"[name={name}]")
        if isinstance(value, tuple):
            content, file_name = value
            sent = {"name": file_name, "mimeType": "application/pdf", "buffer": content.read()}
            control.set_input_files(sent)
        elif control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
    page.get_by_role("button", name="Receive it").click()


def scan_the_box(page: Page) -> None:
    """A scanner types the code and ends with Enter: it is read, and what was typed before stays."""
    page.locator("[name=quantity]").fill("7")
    page.locator("[name=delivery_note]").fill("DN-7")
    page.locator("[name=scan]").focus()
    page.keyboard.type("]c110L-77")
    page.keyboard.press("Enter")
    page.get_by_text("What the code says is filled in below").wait_for()
    shown = {
        name: page.locator(f"[name={name}]").input_value() for name in ("supplier_lot", "quantity", "delivery_note")
    }
    assert shown == {"supplier_lot": "L-77", "quantity": "7", "delivery_note": "DN-7"}
