"""What may be stored as a document: whole PDFs that do nothing, and pictures drawn anew; every bad file by its name."""

import hashlib
import time
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.documents import LARGEST, store_document, taken
from catalogue.pdf_files import MOST_UNPACKED
from catalogue.products import Document
from catalogue.verdicts import Refused
from tests.catalogue import papers
from tests.catalogue.samples import NOW

FORMS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_is_stored_upright_and_tells_nothing_but_itself(session: Session, form: str) -> None:
    sent = papers.telling_picture(form)
    assert papers.SECRET in sent
    stored = store_document(session, "from the phone", sent, NOW)
    with Image.open(BytesIO(stored.content)) as drawn:
        told = {"exif", "xmp", "icc_profile", "comment", "Comment", "XML:com.adobe.xmp"} & set(drawn.info)
        assert (told, dict(drawn.getexif()), drawn.size, stored.media_type) == (set(), {}, (40, 60), FORMS[form])
        assert drawn.convert("RGB").getpixel((20, 5))[1] < 60  # the red half is on top now
    assert papers.SECRET[:8] not in stored.content


@pytest.mark.parametrize("form", FORMS)
def test_the_same_picture_again_is_the_same_document(session: Session, form: str) -> None:
    sent = papers.telling_picture(form)
    first, again = (store_document(session, name, sent, NOW) for name in ("one", "two"))
    assert first is again
    assert first.sent_sha256 == hashlib.sha256(sent).hexdigest() != first.sha256
    assert store_document(session, "saved and sent back", first.content, NOW) is first
    assert first.sha256 == hashlib.sha256(first.content).hexdigest()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_a_picture_of_any_depth_is_drawn(mode: str) -> None:
    kept = BytesIO()
    Image.new(mode, (9, 9)).save(kept, "JPEG" if mode == "CMYK" else "PNG")
    assert taken("scan", kept.getvalue())[1]


@pytest.mark.parametrize("make", [papers.pdf, lambda: papers.packed(papers.CATALOG_OBJECT)])
def test_a_harmless_pdf_is_stored_as_it_came(session: Session, make: Callable[[], bytes]) -> None:
    sent = make()
    assert store_document(session, "st-2026.pdf", sent, NOW).content == sent


@pytest.mark.parametrize(("form", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_a_picture_that_calls_itself_a_pdf_is_the_picture_that_it_is(session: Session, form: str, ending: str) -> None:
    stored = store_document(session, "../certificate.pdf", papers.picture(form), NOW)
    assert (stored.name, stored.media_type) == (f"certificate.{ending}", FORMS[form])


def cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def with_end(content: bytes) -> bytes:
    """Cut short, and an end put on it so that it looks whole."""
    return cut(content) + b"\n/Root startxref\n999999\n%%EOF\n"


BAD = {
    "nothing at all": (lambda: b"", "document-empty"),
    "one byte too many": (lambda: papers.pdf() + b"\n" * (LARGEST + 1 - len(papers.pdf())), "document-too-large"),
    "half a PDF": (lambda: cut(papers.pdf()), "document-kind"),
    "half a PDF with an end put on": (lambda: with_end(papers.pdf()), "document-broken"),
    "half a JPEG": (lambda: cut(papers.picture("JPEG")), "document-kind"),
    "half a PNG": (lambda: cut(papers.picture("PNG")), "document-kind"),
    "half a WebP": (lambda: cut(papers.picture("WEBP")), "document-kind"),
    "a GIF": (lambda: papers.picture("GIF"), "document-kind"),
    "a TIFF": (lambda: papers.picture("TIFF"), "document-kind"),
    "an SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "document-kind"),
    "a web page": (lambda: b"<!doctype html><script>alert(1)</script>", "document-kind"),
    "a PDF behind a web page": (lambda: b"<html>" + papers.pdf(), "document-kind"),
    "a web page inside a PDF's first line": (
        lambda: papers.pdf().replace(b"\n", b"\n<html><script>x</script>\n", 1),
        "document-mixed",
    ),
    "a PDF with an archive hung on": (lambda: papers.pdf() + b"PK\x01\x02PK\x05\x06" + b"\0" * 18, "document-mixed"),
    "a picture with a PDF hung on": (lambda: papers.picture("PNG") + papers.pdf(), "document-kind"),
    "a picture with a program hung on": (lambda: papers.picture("JPEG") + b"MZ", "document-kind"),
    "a picture of too many points": (lambda: papers.picture("PNG", (6000, 6000)), "document-points"),
    "a picture in too many passes": (
        lambda: papers.picture("JPEG").replace(b"\xff\xd9", b"\xff\xda\x00\x02" * 101 + b"\xff\xd9"),
        "document-passes",
    ),
    "a moving PNG": (lambda: papers.moving_picture("PNG"), "document-moves"),
    "a moving WebP": (lambda: papers.moving_picture("WEBP"), "document-moves"),
    "a script when it opens": (papers.with_script, "document-script"),
    "a script on a note": (papers.with_action_on_a_note, "document-script"),
    "a script by a name in numbers": (
        lambda: papers.with_action("JavaScript", JS="x").replace(b"/JavaScript", b"/#4Aav#61Script"),
        "document-script",
    ),
    "a script in a packed part": (lambda: papers.packed(papers.SCRIPT_OBJECT), "document-script"),
    "a script in a part packed strangely": (
        lambda: papers.packed(b"", b"/Filter/ASCIIHexDecode", papers.SCRIPT_OBJECT.hex().encode() + b">"),
        "document-hidden",
    ),
    "a program to start": (lambda: papers.with_action("Launch", F="cmd.exe"), "document-action"),
    "a form that is sent": (lambda: papers.with_action("SubmitForm", F="http://x"), "document-action"),
    "another file inside": (papers.with_attachment, "document-attachment"),
    "a lock": (papers.locked, "document-locked"),
    "more than the memory": (lambda: papers.unpacking_to(MOST_UNPACKED + 1), "document-unpacks"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_with_its_reason_and_leaves_no_trace(session: Session, what: str) -> None:
    make, code = BAD[what]
    with pytest.raises(Refused) as refused:
        store_document(session, "certificate.pdf", make(), NOW)
    assert code in refused.value.verdict.codes
    assert session.scalars(select(Document)).all() == []


def test_every_reason_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        taken("both.pdf", papers.with_attachment().replace(b"/Catalog", b"/Catalog /Launch", 1))
    assert {"document-attachment", "document-action"} <= set(refused.value.verdict.codes)


FILL = LARGEST - 100
HOSTILE = {
    "open lists": lambda: b"[" * FILL,
    "streams": lambda: b"stream\n" * (FILL // 7),
    "names": lambda: b"/JavaScriptX#4A" * (FILL // 15),
    "objects": lambda: b"/ObjStmX 1 0 obj " * (FILL // 17),
    "numbers for letters": lambda: b"/#4A#61#76#61#53#63" * (FILL // 19),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_that_wants_to_hold_its_reader_is_soon_done_with(what: str) -> None:
    content = b"%PDF-1.5\n1 0 obj\n/Root" + HOSTILE[what]() + b"\nstartxref\n9\n%%EOF\n"
    started = time.process_time()
    try:
        kept = taken("hostile.pdf", content)[1]
    except Refused:
        kept = content
    assert kept is content
    assert time.process_time() - started < 8
