"""A roller comes with a supplier's certificate: dragged in, judged while somebody types, signed by the second person, and shown
to everybody with its report. By file field and button where there is no script."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from catalogue import drafts
from catalogue.dossiers import Evidence
from catalogue.specification import load
from storefront import clock
from storefront.admin.questions import questions
from storefront.db import db, transaction
from tests.browser.conftest import OpenPage, is_scrolled_sideways, violations
from tests.browser.test_admin_pages import become, clinic
from tests.catalogue import papers, samples
from tests.storefront.conftest import PASSWORD

__all__ = ["clinic"]  # a fixture

DROP = """(zone, [name, kind, content]) => {
  const carried = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  carried.items.add(new File([bytes], name, {type: kind}));
  for (const moment of ["dragenter", "dragover", "drop"])
    zone.dispatchEvent(new DragEvent(moment, {dataTransfer: carried, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def waiting(clinic: Flask) -> Evidence:
    """A roller whose certificates have not come yet; the first document that it lacks."""
    with clinic.app_context():
        whole = samples.complete("roller", "RL-9", clock.today())
        lacking = next(paper for paper in whole.evidence if paper.proof == "certificate")
        told = replace(whole, evidence=tuple(paper for paper in whole.evidence if paper != lacking))
        with transaction():
            samples.entered(db.session(), replace(told, name="Road roller"), samples.COLLEAGUE)
        db.session.remove()
    return lacking


def describe(page: Page, paper: Evidence) -> None:
    """Says what the newest document is, and which facts it proves."""
    row = page.locator("details.document[open]").last
    number = row.locator("summary strong").inner_text()
    row.get_by_label("Issued by").fill(paper.issuer)
    row.get_by_label("Reference").fill(paper.reference)
    row.get_by_label("Issued on").fill(paper.issued_on.isoformat())
    row.get_by_label("Page").fill("2")
    asked = {question.fact for question in questions("roller", load())}
    for fact in asked & set(paper.covers):
        page.locator(f"[name=by_{fact}]").fill(number)


@pytest.mark.parametrize("width", [820, 1280])
def test_a_certificate_is_dragged_in_and_the_product_is_shown(
    open_page: OpenPage, clinic: Flask, waiting: Evidence, width: int
) -> None:
    page = open_page(width)
    become(page, "alba@example.org")
    page.goto("/admin/products/RL-9/dossier")
    result = page.locator(".result")
    expect(result).to_contain_text("unproven")
    assert width != 1280 or missed_by_tab(page) == []
    sent = ["validation.pdf", "application/pdf", base64.b64encode(papers.pdf()).decode()]
    page.locator("[data-drop]").evaluate(DROP, sent)
    expect(page.locator("details.document summary", has_text="validation")).to_be_visible()
    describe(page, waiting)
    expect(result).to_contain_text("Accepted")
    expect(page.locator(f"[data-part=finding-{waiting.covers[0]}]")).to_contain_text(waiting.reference)
    page.locator("[name=fact_needle_length_nominal]").fill("0.5")
    expect(result).to_contain_text("1 fail")
    expect(page.locator("[data-rule=R-LEN-01]")).to_have_attribute("data-verdict", "fail")
    assert not is_scrolled_sideways(page)
    assert width != 820 or violations(page) == []
    page.locator("[name=fact_needle_length_nominal]").fill("0.2")
    expect(result).to_contain_text("Accepted")
    if width == 820:
        meet_another_editor(page, clinic)
    page.get_by_role("button", name="Save and judge").click()
    sign_and_look(page)


def test_without_a_script_a_button_does_the_same(
    open_page: OpenPage, clinic: Flask, waiting: Evidence, tmp_path: Path
) -> None:
    page = open_page(820, java_script_enabled=False)
    become(page, "alba@example.org")
    page.goto("/admin/products/RL-9/dossier")
    for name, content in (("validation.pdf", papers.pdf()), ("trap.pdf", papers.with_script())):
        (tmp_path / name).write_bytes(content)
    page.get_by_label("New documents").set_input_files(sorted(tmp_path.glob("*.pdf")))
    page.locator("[name=name]").fill("Another name")
    page.get_by_role("button", name="Take them in").click()
    assert "trap.pdf holds a script." in page.locator("main").inner_text()
    assert page.locator("[name=name]").input_value() == "Another name"
    describe(page, waiting)
    page.get_by_role("button", name="See the result").click()
    assert page.locator(".result").inner_text().startswith("Accepted")
    page.get_by_role("button", name="Save and judge").click()
    sign_and_look(page, "Another name")


def missed_by_tab(page: Page) -> list[str]:
    """What of the form the key Tab does not come to, on its way from the first field to beyond the last button."""
    fields = "main :is(input:not([type=hidden]), select, textarea, button, summary)"
    page.locator(fields).first.focus()
    page.evaluate("addEventListener('focusin', (event) => event.target.setAttribute('data-met', ''))")
    for _ in range(page.locator(fields).count() * 2):
        page.keyboard.press("Tab")
        if not page.evaluate("document.activeElement.closest('main')"):
            break
    missed = page.locator(fields).evaluate_all(
        "all => all.slice(1).filter((e) => e.checkVisibility() && !e.disabled && !e.hasAttribute('data-met'))"
        ".map((e) => e.outerHTML.slice(0, 120))"
    )
    assert not page.evaluate("document.activeElement.closest('main')"), "the way out"
    return list(missed)


def meet_another_editor(page: Page, clinic: Flask) -> None:
    """Somebody else saves it while it is open here: both texts stand beside each other, and one of them is taken by keys alone."""
    with clinic.app_context(), transaction():
        product = drafts.locked_product(db.session(), "RL-9")
        assert product is not None
        theirs = replace(drafts.dossier_of(product), brand="Their brand")
        drafts.enter_dossier(db.session(), theirs, {}, samples.COLLEAGUE, clock.now())
    page.locator("[name=brand]").fill("My brand")
    page.get_by_role("button", name="Save and judge").click()
    row = page.locator("[data-clash=brand]")
    expect(row).to_contain_text("Their brand")
    expect(row).to_contain_text("My brand")
    assert violations(page) == []
    assert not is_scrolled_sideways(page)
    row.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=brand]")).to_have_value("Their brand")
    expect(row).to_have_count(0)


def sign_and_look(page: Page, name: str = "Road roller") -> None:
    """The second person signs; a visitor finds the report."""
    become(page, "ines@example.org")
    page.goto("/admin/products/RL-9/vetting")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign as Dr Ines Holt").click()
    assert page.locator("#messages").inner_text().startswith("Signed.")
    page.goto("/products/road-roller")
    assert page.locator("h1").inner_text() == name
    told = page.locator("main").inner_text()
    assert "Dr Ines Holt" in told or "practitioner" in told
    page.goto("/admin/products/RL-9/history")
    assert page.locator("[data-mark=added]").count() > 0
