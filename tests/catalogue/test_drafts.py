"""Entering and changing dossiers: what goes in comes out, every change is told, and it takes the product off sale."""

import json
import zlib
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import drafts, specification
from catalogue.documents import LARGEST, media_type_of, shown_name, store_document
from catalogue.dossiers import Dossier, Fact
from catalogue.journal import SYSTEM, JournalEntry
from catalogue.money import Money
from catalogue.products import Document, DossierChange, EvidenceRow, Listing, Product
from catalogue.verdicts import Refused, Stale
from catalogue.vetting import judge
from tests.catalogue import samples
from tests.catalogue.samples import ADMIN, COLLEAGUE, NOW, PDF, TODAY


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_the_sample_dossier_is_accepted(kind: str) -> None:
    report = judge(samples.complete(kind), specification.load(), TODAY)
    assert [f for f in report.findings if f.verdict not in ("pass", "not applicable", "advice")] == []
    assert report.verdict == "accepted"


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_a_dossier_comes_back_from_its_rows_as_it_was_judged(session: Session, kind: str) -> None:
    dossier = samples.complete(kind, "X-1", invented=("a", "b"), oddly=Decimal("0.10"))
    samples.entered(session, dossier)
    back = drafts.dossier_of(samples.loaded(session, "X-1"))
    assert back.hash == drafts._with_documents(dossier, samples.documents_for(session, dossier)).hash
    assert back.facts == dossier.facts
    assert judge(back, specification.load(), TODAY).verdict == "accepted"


def change(session: Session, dossier: Dossier) -> Product:
    return drafts.enter_dossier(session, dossier, {}, COLLEAGUE, NOW)


CHANGES = {
    "price": {"price": Money(3500)},
    "name": {"name": "Another name"},
    "manufacturer": {"manufacturer": "Somebody else"},
    "gtin": {"gtin": "04006381333931"},
}


@pytest.mark.parametrize("changed", CHANGES)
def test_any_change_of_the_product_takes_it_off_sale_and_is_told(session: Session, changed: str) -> None:
    product = samples.on_sale(session)
    change(session, replace(drafts.dossier_of(product), **CHANGES[changed]))  # type: ignore[arg-type]
    assert session.scalars(select(Listing)).all() == []
    assert json.loads(session.scalars(select(DossierChange)).all()[-1].changed) == [changed]


@pytest.mark.parametrize("value", [Decimal("0.25"), 1, "0.2", True])
def test_any_change_of_a_fact_takes_it_off_sale_and_is_told(session: Session, value: Fact) -> None:
    product = samples.on_sale(session)
    before = drafts.dossier_of(product)
    change(session, replace(before, facts={**before.facts, "needle_length_nominal": value}))
    assert session.scalars(select(Listing)).all() == []
    entry = session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()[-1]
    told = json.loads(entry.particulars)
    assert (entry.verb, told["changed"], told["old"]) == ("dossier changed", ["needle_length_nominal"], before.hash)
    assert told["new"] == samples.loaded(session, "RL-020").dossier.hash != before.hash


def test_a_document_taken_away_or_exchanged_takes_it_off_sale(session: Session) -> None:
    product = samples.on_sale(session)
    before = drafts.dossier_of(product)
    change(session, replace(before, evidence=before.evidence[1:]))
    assert session.scalars(select(Listing)).all() == []
    changed = json.loads(session.scalars(select(DossierChange)).all()[-1].changed)
    assert changed == [f"document {before.evidence[0].reference}"]
    assert len(session.scalars(select(EvidenceRow)).all()) == len(before.evidence) - 1


def test_another_file_under_the_same_document_takes_it_off_sale(session: Session) -> None:
    before = drafts.dossier_of(samples.on_sale(session))
    other = store_document(session, "label.pdf", PDF + b"% second edition\n%%EOF", NOW)
    drafts.enter_dossier(session, before, {str(before.evidence[0].file): other}, COLLEAGUE, NOW)
    assert session.scalars(select(Listing)).all() == []


def test_entering_the_same_again_changes_nothing(session: Session) -> None:
    product = samples.on_sale(session)
    entries = len(session.scalars(select(JournalEntry)).all())
    same = drafts.dossier_of(product)
    change(session, replace(same, facts={**same.facts, "needle_length_nominal": Decimal("0.200")}))
    assert len(session.scalars(select(Listing)).all()) == 1
    assert len(session.scalars(select(JournalEntry)).all()) == entries
    assert samples.loaded(session, "RL-020").dossier.changed_by_id == ADMIN.id


def test_the_text_of_the_product_page_is_part_of_what_is_vetted(session: Session) -> None:
    same = drafts.dossier_of(samples.on_sale(session))
    drafts.enter_dossier(session, same, {}, COLLEAGUE, NOW, summary="Cures scars")
    assert session.scalars(select(Listing)).all() == []


UNFIT = {
    "no price": {"price": None},
    "nothing to pay": {"price": Money(0)},
    "another currency": {"price": Money(100, "EUR")},
    "an odd SKU": {"sku": "a/b"},
    "another price among the facts": {"facts": {"price": Decimal("33.99")}},
    "a name without end": {"name": "n" * 201},
    "a name with a bell": {"name": "Roller\a"},
    "a brand of nothing": {"brand": "\0"},
    "a price beyond all columns": {"price": Money(10**11)},
    "a wrong GTIN": {"gtin": "04006381333932"},
    "a GTIN beyond its column": {"gtin": "4" * 60},
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_no_product_can_be_is_refused_without_trace(session: Session, what: str) -> None:
    with pytest.raises(Refused):
        drafts.enter_dossier(session, replace(samples.complete(), **UNFIT[what]), {}, ADMIN, NOW)  # type: ignore[arg-type]
    assert session.scalars(select(Product)).all() == []


PARTS = {"title": 200, "issuer": 200, "reference": 120, "file": 200, "page": 40}


@pytest.mark.parametrize("part", PARTS)
def test_a_document_fits_its_columns(session: Session, part: str) -> None:
    whole = samples.complete()
    for text, is_refused in (("x" * PARTS[part], False), ("x" * (PARTS[part] + 1), True), ("a\0b", True)):
        first = replace(whole.evidence[0], **{part: text})  # type: ignore[arg-type]
        dossier = replace(whole, evidence=(first, *whole.evidence[1:]))
        if is_refused:
            with pytest.raises(Refused):
                drafts.enter_dossier(session, dossier, {}, ADMIN, NOW)
        else:
            assert drafts.dossier_of(drafts.enter_dossier(session, dossier, {}, ADMIN, NOW)).hash == dossier.hash


def test_a_dossier_is_entered_by_a_person(session: Session) -> None:
    with pytest.raises(Refused):
        drafts.enter_dossier(session, samples.complete(), {}, SYSTEM, NOW)


def test_two_people_editing_at_once_do_not_overwrite_each_other(session: Session) -> None:
    product = samples.entered(session, samples.complete())
    seen = drafts.dossier_of(product)
    change(session, replace(seen, price=Money(3500)))
    with pytest.raises(Stale):
        drafts.enter_dossier(session, replace(seen, price=Money(3600)), {}, ADMIN, NOW, was=seen.hash)


def test_a_sku_stays_what_it_is(session: Session) -> None:
    samples.entered(session, samples.complete("roller", "X-1"))
    with pytest.raises(Refused):
        samples.entered(session, samples.complete("serum", "X-1"))


def test_two_products_of_one_name_have_two_addresses(session: Session) -> None:
    samples.entered(session, replace(samples.complete(sku="A-1"), name="Home roller"))
    samples.entered(session, replace(samples.complete(sku="A-2"), name="Home roller"))
    assert set(session.scalars(select(Product.slug))) == {"home-roller", "home-roller-a-2"}


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


PNG = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + chunk(b"IDAT", b"x") + chunk(b"IEND")
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x04ab\xff\xda\x00\x04ab123\xff\xd9"
WEBP = b"RIFF" + (30).to_bytes(4, "little") + b"WEBPVP8L" + b"\x00" * 22


def test_a_file_is_what_its_bytes_say() -> None:
    kinds = [media_type_of(content) for content in (PDF, PNG, JPEG, WEBP)]
    assert kinds == ["application/pdf", "image/png", "image/jpeg", "image/webp"]


NOT_DOCUMENTS = {
    "empty": b"",
    "a web page": b"<html><script>alert(1)</script></html>",
    "a web page in a PDF's clothes": b"<html>%PDF-1.4 /Root startxref %%EOF",
    "half a PDF": PDF[:30],
    "a picture with a web page hung on": JPEG + b"<html>",
    "half a picture": JPEG[:12],
    "a PNG with a program hung on": PNG + b"MZ",
    "half a PNG": PNG[:-6],
    "a WebP of the wrong length": WEBP + b"x",
    "a PNG whose sums are wrong": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 40,
    "an SVG": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "a program": b"MZ\x90\x00",
}


@pytest.mark.parametrize("what", NOT_DOCUMENTS)
def test_anything_but_a_whole_document_is_refused(session: Session, what: str) -> None:
    with pytest.raises(Refused):
        store_document(session, "certificate.pdf", NOT_DOCUMENTS[what], NOW)
    assert session.scalars(select(Document)).all() == []


def test_a_document_that_is_too_large_is_refused(session: Session) -> None:
    with pytest.raises(Refused):
        store_document(session, "big.pdf", PDF + b"\n" * LARGEST + b"startxref\n%%EOF", NOW)


def test_the_same_bytes_are_stored_once(session: Session) -> None:
    first, second = (store_document(session, name, PDF, NOW) for name in ("one.pdf", "two.pdf"))
    assert first is second


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\docs\\report.exe", "report.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("", "document.pdf"),
        ("…", "document.pdf"),
    ],
)
def test_the_name_of_a_file_is_only_shown(given: str, shown: str) -> None:
    assert shown_name(given, "application/pdf") == shown
