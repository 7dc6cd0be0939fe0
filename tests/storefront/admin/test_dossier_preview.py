"""The result while a dossier is being typed: whole or half done, with files that stay, and nothing of it written."""

import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import drafts
from catalogue.products import Document, DossierChange, Listing, Product
from storefront import clock
from tests.catalogue import papers, samples
from tests.storefront.admin.test_dossiers import changed_form, complete, sent

FINDINGS = "/admin/dossiers/roller/findings"
PREVIEW = "/admin/dossiers/roller/preview"


def counts(page: str) -> dict[str, int]:
    return {word: int(number) for number, word in re.findall(r'result__count">(\d+) ([a-z ]+)<', page)}


def findings(page: str) -> dict[str, str]:
    return dict(re.findall(r'data-rule="([\w-]+)" data-verdict="([\w ]+)"', page))


def typed(**changed: Any) -> dict[str, Any]:
    return sent(complete(), with_files=False, **changed)


def value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    return found[1] if found else ""


def test_the_result_of_a_whole_form_is_the_one_it_will_have(session: Session, admin: FlaskClient) -> None:
    page = admin.post(FINDINGS, data=typed()).text
    admin.post("/admin/dossiers/roller", data=typed())
    assert 'data-verdict="accepted"' in page
    after = findings(admin.get("/admin/products/RL-1/dossier").text)
    assert findings(page) == after
    assert set(after.values()) <= {"pass", "advice"}


HALF: dict[str, tuple[dict[str, str], str]] = {
    "a length over the limit": ({"fact_needle_length_nominal": "0.5"}, "fail"),
    "a fact without its document": ({"by_needle_diameter": ""}, "unproven"),
    "a fact that is not stated": ({"fact_needle_diameter": ""}, "missing"),
    "a document without a date": ({"evidence-0-issued_on": ""}, "unproven"),
    "a document that has lapsed": ({"evidence-0-expires_on": "2020-01-01"}, "lapsed"),
    "a length to be looked at": ({"fact_needle_length_nominal": "0.22"}, "to review"),
    "no amount of money": ({"price": "a few"}, "to review"),
    "half a date": ({"evidence-0-issued_on": "2026-02"}, "unproven"),
}


@pytest.mark.parametrize("what", HALF)
def test_a_half_typed_form_is_judged_as_it_stands(session: Session, admin: FlaskClient, what: str) -> None:
    changed, word = HALF[what]
    form = typed(**changed)
    for address in (FINDINGS, PREVIEW):
        answer = admin.post(address, data=form)
        assert (answer.status_code, counts(answer.text).get(word, 0) > 0) == (200, True), counts(answer.text)
    assert session.scalars(select(Product)).all() == []
    assert session.scalars(select(DossierChange)).all() == []


def test_an_empty_form_lacks_everything(admin: FlaskClient) -> None:
    answer = admin.post(FINDINGS, data={})
    assert answer.status_code == 200
    assert counts(answer.text)["missing"] > 20


def test_the_result_of_a_change_is_told_and_nothing_changes(session: Session, admin: FlaskClient) -> None:
    samples.on_sale(session, today=clock.today())
    form = changed_form(session, "RL-020", fact_needle_length_nominal="0.5")
    page = admin.post(FINDINGS, data=form).text
    assert (findings(page)["R-LEN-01"], counts(page)["fail"]) == ("fail", 1)
    assert len(session.scalars(select(Listing)).all()) == 1
    assert len(session.scalars(select(DossierChange)).all()) == 1


def test_files_that_were_sent_stay_in_the_form_and_are_chosen_once(session: Session, admin: FlaskClient) -> None:
    dossier = complete()
    files = [(BytesIO(papers.pdf()), "st-2026.pdf"), (BytesIO(papers.picture()), "label.jpg")]
    page = admin.post(PREVIEW, data=typed(uploads=files)).text
    row = len(dossier.evidence)
    hashes = [value(page, f"evidence-{row + n}-sha256") for n in range(2)]
    assert set(hashes) == set(session.scalars(select(Document.sha256)))
    assert (value(page, f"evidence-{row}-title"), value(page, "name")) == ("st-2026", dossier.name)
    more = {f"evidence-{row}-{name}": text for name, text in told_of_paper().items()}
    form = typed(**more, **{f"evidence-{row}-sha256": hashes[0]}, by_needle_diameter=f"1, {row + 1}")
    assert admin.post("/admin/dossiers/roller", data=form).status_code == 303
    last = drafts.dossier_of(samples.loaded(session, "RL-1")).evidence[-1]
    assert (last.sha256, last.file, last.reference) == (hashes[0], "st-2026.pdf", "ST-1")


def told_of_paper() -> dict[str, str]:
    return {
        "proof": "certificate",
        "title": "Sterilisation",
        "issuer": "A house",
        "reference": "ST-1",
        "issued_on": clock.today().isoformat(),
    }


def test_a_bad_file_among_good_ones_is_told_and_the_good_ones_stay(session: Session, admin: FlaskClient) -> None:
    files = [
        (BytesIO(papers.with_script()), "trap.pdf"),
        (BytesIO(papers.pdf()), "good.pdf"),
        (BytesIO(b""), "empty.pdf"),
    ]
    page = admin.post(PREVIEW, data=typed(uploads=files)).text
    assert "trap.pdf holds a script." in page
    assert "empty.pdf is empty." in page
    assert session.scalars(select(Document.name)).all() == ["good.pdf"]


def test_a_new_document_must_say_what_it_is_before_it_is_saved(session: Session, admin: FlaskClient) -> None:
    answer = admin.post("/admin/dossiers/roller", data=typed(uploads=[(BytesIO(papers.pdf()), "new.pdf")]))
    row = len(complete().evidence) + 1
    assert answer.status_code == 422
    assert f"Document {row}, Issued by: This is needed." in answer.text
    assert session.scalars(select(Product)).all() == []


def test_a_stored_document_is_found_and_serves_another_product(session: Session, admin: FlaskClient) -> None:
    first = samples.entered(session, replace(samples.complete(sku="RL-7"), name="Seven"))
    wanted = drafts.dossier_of(first).evidence[0]
    session.commit()
    page = admin.post(PREVIEW, data={"sku": "RL-8", "find": wanted.reference[2:]}).text
    assert f'value="{wanted.sha256}"' in page
    assert "1 dossier<" in page
    page = admin.post(PREVIEW, data={"sku": "RL-8", "attach": wanted.sha256}).text
    fields = {
        name: value(page, f"evidence-0-{name}") for name in ("sha256", "title", "issuer", "reference", "issued_on")
    }
    told = wanted.to_json()
    assert fields == {name: told[name] for name in fields}


@pytest.mark.parametrize("sha256", ["0" * 64, "'", "ä", "a\0b"])
def test_a_file_that_is_not_there_is_not_saved_as_one(session: Session, admin: FlaskClient, sha256: str) -> None:
    assert admin.post(PREVIEW, data=typed(attach=sha256)).status_code == 200
    answer = admin.post("/admin/dossiers/roller", data=typed(**{"evidence-0-sha256": sha256}))
    assert answer.status_code == 422
    assert "This file is not there any more" in answer.text


@pytest.mark.parametrize("sku", ["NONE", "", "a\0b", "x" * 5000])
def test_a_change_of_a_product_that_is_not_there_is_not_found(admin: FlaskClient, sku: str) -> None:
    assert admin.post(FINDINGS, data={"was": "0", "sku": sku}).status_code == 404


@pytest.mark.parametrize("kind", ["cream", "SERUM", "serum"])
def test_an_unknown_kind_is_taken_for_a_roller(admin: FlaskClient, kind: str) -> None:
    assert admin.post(f"/admin/dossiers/{kind}/findings", data={"find": "a\0b"}).status_code == 200


@pytest.mark.parametrize("address", [FINDINGS, PREVIEW])
def test_only_an_admin_asks(practitioner: FlaskClient, address: str) -> None:
    assert practitioner.post(address, data={}).status_code == 403


@pytest.mark.parametrize("number", [1, 40])
def test_the_queries_of_the_result_do_not_grow(
    session: Session, admin: FlaskClient, count_queries: Any, number: int
) -> None:
    samples.on_sale(session, today=clock.today())
    form = changed_form(session, "RL-020")
    extra = {f"evidence-{n}-title": "Another" for n in range(10, 10 + number)}
    with count_queries() as asked:
        admin.post(FINDINGS, data={**form, **extra})
    assert len(asked) == 5


def test_too_much_at_once_is_told_in_words_and_nothing_is_kept(session: Session, admin: FlaskClient) -> None:
    """The limit is said on the form already."""
    answer = admin.post(PREVIEW, data=b"-" * 13_000_000, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    for address in ("/admin/dossiers/new", "/admin/dossiers/file"):
        assert "at most 12 MB together" in admin.get(address).text
    assert "at most 12 MB together" in answer.text
    assert "Go back: what you typed is still there" in answer.text
    assert session.scalars(select(Document)).all() == []
