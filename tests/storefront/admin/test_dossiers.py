"""Entering a dossier by form and as a file, changing it, and what is refused; through the pages, as an admin does it."""

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import drafts, states
from catalogue.dossiers import Dossier
from catalogue.products import Document, EvidenceRow, Listing, Product
from catalogue.specification import load
from storefront import clock
from storefront.admin.dossier_forms import questions
from storefront.admin.forms import shown
from tests.catalogue import samples
from tests.catalogue.samples import PDF


def sent(dossier: Dossier, with_files: bool = True, **changed: object) -> dict[str, Any]:
    """What a browser sends when this dossier is typed into the form."""
    assert dossier.price is not None
    fields: dict[str, Any] = {
        "sku": dossier.sku,
        "name": dossier.name,
        "brand": dossier.brand,
        "manufacturer": dossier.manufacturer,
        "price": f"{dossier.price.minor / 100:.2f}",
    }
    for question in questions(dossier.kind, load()):
        proved = [str(n) for n, e in enumerate(dossier.evidence, 1) if question.fact in e.covers]
        fields[f"fact_{question.fact}"] = shown(dossier.facts.get(question.fact))
        fields[f"by_{question.fact}"] = ", ".join(proved)
    for n, e in enumerate(dossier.evidence):
        row = {"proof": e.proof, "title": e.title, "issuer": e.issuer, "reference": e.reference}
        fields |= {f"evidence-{n}-{name}": value for name, value in row.items()}
        fields[f"evidence-{n}-issued_on"] = e.issued_on.isoformat()
        if with_files:
            fields[f"evidence-{n}-upload"] = (BytesIO(PDF + f"% {n}\n%%EOF".encode()), e.file)
    return {**fields, **changed}


def complete(kind: str = "roller", sku: str = "RL-1") -> Dossier:
    return samples.complete(kind, sku, clock.today())


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_a_complete_dossier_is_entered_judged_and_waits_for_a_second_person(
    session: Session, admin: FlaskClient, kind: str
) -> None:
    answer = admin.post(f"/admin/dossiers/{kind}", data=sent(complete(kind)))
    assert (answer.status_code, answer.location) == (303, "/admin/products/RL-1")
    product = samples.loaded(session, "RL-1")
    kept = drafts.dossier_of(product)
    assert kept.facts == complete(kind).facts
    assert [e.covers for e in kept.evidence] == [
        tuple(q.fact for q in questions(kind, load()) if q.fact in e.covers) for e in complete(kind).evidence
    ]
    assert product.listing is None
    page = admin.get(answer.location).text
    assert 'data-verdict="accepted"' in page
    assert f"/admin/products/{product.sku}/vetting" in admin.get("/admin").text


def test_the_same_file_for_two_documents_is_stored_once(session: Session, admin: FlaskClient) -> None:
    files = {f"evidence-{n}-upload": (BytesIO(PDF), "same.pdf") for n in range(len(complete().evidence))}
    admin.post("/admin/dossiers/roller", data=sent(complete(), False, **files))
    assert len(session.scalars(select(Document)).all()) == 1
    assert {row.document_sha256 for row in session.scalars(select(EvidenceRow))} != {None}


WRONG = {
    "no name": ({"name": " "}, "What is it called?"),
    "an odd SKU": ({"sku": "a/b"}, "Letters, digits, dots and dashes."),
    "no price": ({"price": "free"}, "An amount such as 34.00."),
    "nothing to pay": ({"price": "0.00"}, "More than nothing."),
    "a wrong check digit": ({"gtin": "04006381333932"}, "check digit"),
    "words for a number": ({"fact_needle_diameter": "thin"}, "A number in the unit named"),
    "a number with its unit": ({"fact_needle_diameter": "0.2 mm"}, "A number in the unit named"),
    "a document that is not there": ({"by_needle_diameter": "99"}, "There is no document 99 below."),
    "a document without a date": ({"evidence-0-issued_on": ""}, "Document 1, Issued on: This is needed."),
    "a program for a document": ({"evidence-0-upload": (BytesIO(b"MZ"), "c.pdf")}, "is not a whole PDF"),
    "half a date": ({"evidence-0-expires_on": "2029-02-30"}, "Not a valid date"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_form_comes_back_as_it_was_typed(session: Session, admin: FlaskClient, what: str) -> None:
    changed, told = WRONG[what]
    answer = admin.post("/admin/dossiers/roller", data=sent(complete(), False, **changed))
    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="Sample Works Ltd"' in answer.text
    assert session.scalars(select(Product)).all() == []
    assert session.scalars(select(Document)).all() == []


def test_a_second_product_of_one_sku_is_not_entered_over_the_first(session: Session, admin: FlaskClient) -> None:
    admin.post("/admin/dossiers/roller", data=sent(complete()))
    answer = admin.post("/admin/dossiers/roller", data=sent(complete(), name="Another"))
    assert answer.status_code == 422
    assert session.scalars(select(Product.name)).all() == ["Sample roller RL-1"]


def changed_form(session: Session, of: str, /, **changed: object) -> dict[str, Any]:
    """The form of a product as its page shows it, with some fields typed over."""
    product = samples.loaded(session, of)
    dossier = drafts.dossier_of(product)
    kept = {f"evidence-{n}-kept": str(n) for n in range(len(dossier.evidence))}
    seen = {"summary": product.summary, "was": states.mark_of(dossier, product.summary)}
    return sent(dossier, with_files=False, **{**kept, **seen, **changed})


def test_saving_the_form_untouched_changes_nothing(session: Session, admin: FlaskClient) -> None:
    samples.on_sale(session, today=clock.today(), coating="none", oddly=("a", "b"))
    before = samples.loaded(session, "RL-020").dossier.hash
    answer = admin.post("/admin/products/RL-020/dossier", data=changed_form(session, "RL-020"))
    assert answer.status_code == 303
    assert samples.loaded(session, "RL-020").dossier.hash == before
    assert len(session.scalars(select(Listing)).all()) == 1


def test_a_changed_fact_takes_the_product_off_sale_and_keeps_the_rest(session: Session, admin: FlaskClient) -> None:
    samples.on_sale(session, today=clock.today(), oddly="kept")
    before = drafts.dossier_of(samples.loaded(session, "RL-020"))
    form = changed_form(session, "RL-020", fact_needle_length_nominal="0.25")
    assert admin.post("/admin/products/RL-020/dossier", data=form).status_code == 303
    after = drafts.dossier_of(samples.loaded(session, "RL-020"))
    assert session.scalars(select(Listing)).all() == []
    assert (str(after.facts["needle_length_nominal"]), after.facts["oddly"]) == ("0.25", "kept")
    assert [e.sha256 for e in after.evidence] == [e.sha256 for e in before.evidence]
    text = admin.get("/admin/products/RL-020").text
    assert "needle length nominal" in text
    assert "Alba Reed" in text


def test_a_document_is_taken_away_by_setting_it_to_none(session: Session, admin: FlaskClient) -> None:
    product = samples.on_sale(session, today=clock.today())
    count = len(product.dossier.evidence)
    gone = {
        f"by_{q.fact}": ""
        for q in questions("roller", load())
        if q.fact in drafts.dossier_of(product).evidence[0].covers
    }
    form = changed_form(session, "RL-020", **{"evidence-0-proof": "", **gone})
    assert admin.post("/admin/products/RL-020/dossier", data=form).status_code == 303
    assert len(samples.loaded(session, "RL-020").dossier.evidence) == count - 1


def test_somebody_elses_change_is_not_overwritten(session: Session, admin: FlaskClient) -> None:
    samples.on_sale(session, today=clock.today())
    stale = changed_form(session, "RL-020", price="99.00")
    admin.post("/admin/products/RL-020/dossier", data=changed_form(session, "RL-020", price="40.00"))
    answer = admin.post("/admin/products/RL-020/dossier", data=stale)
    assert answer.status_code == 409
    assert 'data-reason="changed-meanwhile"' in answer.text
    assert samples.loaded(session, "RL-020").price_minor == 4000


def test_the_sku_of_a_product_cannot_be_typed_over(session: Session, admin: FlaskClient) -> None:
    samples.on_sale(session, today=clock.today())
    admin.post("/admin/products/RL-020/dossier", data=changed_form(session, "RL-020", sku="OTHER"))
    assert session.scalars(select(Product.sku)).all() == ["RL-020"]


TOML = """
[product]
kind = "roller"
sku = "RL-9"
name = "From a file"
manufacturer = "Example Medical GmbH"
price = "34.00"
currency = "GBP"
[facts]
needle_length_nominal = 0.20
[[evidence]]
proof = "datasheet"
covers = ["needle_length_nominal"]
title = "Data sheet"
issuer = "Example"
reference = "DS-1"
issued_on = 2026-03-01
file = "papers/ds-1.pdf"
"""


def post_file(
    admin: FlaskClient, text: str = TOML, papers: tuple[str, ...] = ("ds-1.pdf",), content: bytes = PDF
) -> Any:
    documents = [(BytesIO(content), name) for name in papers]
    files = {"dossier": (BytesIO(text.encode()), "rl-9.toml"), "documents": documents}
    return admin.post("/admin/dossiers/file", data=files)


def test_a_dossier_comes_as_a_file_with_its_documents(session: Session, admin: FlaskClient) -> None:
    answer = post_file(admin)
    assert (answer.status_code, answer.location) == (303, "/admin/products/RL-9")
    (evidence,) = samples.loaded(session, "RL-9").dossier.evidence
    assert evidence.document_sha256 is not None
    assert evidence.file == "papers/ds-1.pdf"


def test_the_same_file_again_changes_nothing_also_without_its_documents(session: Session, admin: FlaskClient) -> None:
    post_file(admin)
    before = samples.loaded(session, "RL-9").dossier.hash
    assert post_file(admin, papers=()).status_code == 303
    assert samples.loaded(session, "RL-9").dossier.hash == before


BAD_FILES = {
    "no TOML": ("[product", "not TOML"),
    "an unknown key": (TOML.replace("sku =", "skuu ="), "skuu"),
    "a float price": (TOML.replace('"34.00"', "34.00"), "price is not a text"),
    "another currency": (TOML.replace("GBP", "EUR"), "The shop sells in pounds"),
    "nothing": ("", "there is no [product]"),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_file_that_is_no_dossier_is_refused_with_the_reason(session: Session, admin: FlaskClient, what: str) -> None:
    text, told = BAD_FILES[what]
    answer = post_file(admin, text)
    assert answer.status_code == 422
    assert told in answer.text
    assert session.scalars(select(Document)).all() == []


def test_a_web_page_among_the_documents_is_refused(session: Session, admin: FlaskClient) -> None:
    answer = post_file(admin, content=b"<html></html>")
    assert answer.status_code == 422
    assert session.scalars(select(Product)).all() == []


def test_no_file_at_all_is_asked_for(admin: FlaskClient) -> None:
    answer = admin.post("/admin/dossiers/file", data={})
    assert answer.status_code == 422
    assert "Choose the dossier" in answer.text


@pytest.mark.parametrize(
    "address", ["/admin/dossiers/roller", "/admin/dossiers/file", "/admin/products/RL-020/dossier"]
)
def test_only_an_admin_enters_or_changes_a_dossier(session: Session, practitioner: FlaskClient, address: str) -> None:
    samples.on_sale(session, today=clock.today())
    assert practitioner.post(address, data={}).status_code == 403
