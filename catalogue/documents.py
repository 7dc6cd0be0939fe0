"""Documents of suppliers, kept once by their SHA-256. What a file is follows from its content alone: its name is only shown."""

import hashlib
import re
import struct
import zlib
from datetime import datetime
from pathlib import PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.pdf_files import reasons_against
from catalogue.pictures import FORMATS, MOST_POINTS, redrawn
from catalogue.products import Document
from catalogue.verdicts import Refused, Verdict

LARGEST = 10 * 1024 * 1024
LIMITS = (
    f"PDF, PNG, JPEG or WebP, at most {LARGEST // 2**20} MB; a picture at most {MOST_POINTS // 10**6} million points."
)
ENDINGS = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "text/plain": ".txt",
}


def store_document(session: Session, name: str, content: bytes, now: datetime) -> Document:
    """The stored document, the old one when the same file came before. A picture is stored as it is drawn anew.

    Refuses with every reason when it is empty, too large, no whole PDF, PNG, JPEG or WebP, or holds what no document needs.
    """
    sent = hashlib.sha256(content).hexdigest()
    known = session.scalar(select(Document).where((Document.sent_sha256 == sent) | (Document.sha256 == sent)))
    if known is not None:
        return known
    media_type, kept = taken(name or "The file", content)
    return keep(session, name, kept, media_type, now, sent)


def taken(name: str, content: bytes) -> tuple[str, bytes]:
    """What the file is, and the bytes that are stored of it. Refuses what `store_document` refuses."""
    if not content:
        raise Refused.because("document-empty", f"{name} is empty.", "you", "Choose the file again.")
    if len(content) > LARGEST:
        raise Refused.because(
            "document-too-large", f"{name} is larger than {LARGEST // 2**20} MB.", "you", "Save it smaller."
        )
    media_type = media_type_of(content)
    if media_type is None:
        text = f"{name} is not a whole PDF, PNG, JPEG or WebP file."
        raise Refused.because("document-kind", text, "the supplier", "Save it as a PDF and send it again.")
    if media_type in FORMATS:
        return media_type, redrawn(name, content, media_type)
    reasons = reasons_against(name, content)
    if reasons:
        raise Refused(Verdict(reasons))
    return media_type, content


def keep(
    session: Session, name: str, content: bytes, media_type: str, now: datetime, sent_sha256: str | None = None
) -> Document:
    """Stores bytes whose kind is known, once; with the hash of the file that they were made of, which was looked for before."""
    sha256 = hashlib.sha256(content).hexdigest()
    is_new = sent_sha256 == sha256
    found = None if is_new else session.scalar(select(Document).where(Document.sha256 == sha256))
    if found is None:
        found = Document(sha256=sha256, sent_sha256=sent_sha256 or sha256, name=shown_name(name, media_type))
        found.media_type, found.size, found.content, found.stored_at = media_type, len(content), content, now
        session.add(found)
        session.flush()
    return found


def media_type_of(content: bytes) -> str | None:
    """What the bytes are from their first to their last; None for anything else, cut short, or with something hung on."""
    for media_type, is_whole in _KINDS:
        if is_whole(content):
            return media_type
    return None


def shown_name(name: str, media_type: str) -> str:
    """A name that is safe to show and to save under: no path, no control character, the ending of what it is."""
    stem = PurePosixPath(name.replace("\\", "/")).stem
    kept = re.sub(r"[^\w .()-]", "", stem).strip(" .")[:120]
    return (kept or "document") + ENDINGS[media_type]


def _is_pdf(content: bytes) -> bool:
    has_end = b"%%EOF" in content[-1024:] and b"startxref" in content[-2048:]
    return re.match(rb"%PDF-[12]\.\d", content) is not None and has_end and b"/Root" in content


def _is_png(content: bytes) -> bool:
    if not content.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"):
        return False
    at = 8
    while at + 12 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        body, checksum = content[at + 4 : at + 8 + size], content[at + 8 + size : at + 12 + size]
        if zlib.crc32(body) != int.from_bytes(checksum, "big") or len(checksum) != 4:
            return False
        at += 12 + size
        if kind == b"IEND":
            return bool(at == len(content))
    return False


def _is_jpeg(content: bytes) -> bool:
    """Walks the segments up to the start of the picture; the file ends with the end of the picture."""
    if not content.startswith(b"\xff\xd8\xff") or not content.endswith(b"\xff\xd9"):
        return False
    at, has_frame = 2, False
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, size = struct.unpack_from(">xBH", content, at)
        has_frame = has_frame or marker in range(0xC0, 0xC4)
        if marker == 0xDA:
            return has_frame
        if size < 2:
            return False
        at += 2 + size
    return False


def _is_webp(content: bytes) -> bool:
    if len(content) < 30 or content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return False
    return content[12:16] in (b"VP8 ", b"VP8L", b"VP8X") and struct.unpack_from("<I", content, 4)[0] + 8 == len(content)


_KINDS = (
    ("application/pdf", _is_pdf),
    ("image/png", _is_png),
    ("image/jpeg", _is_jpeg),
    ("image/webp", _is_webp),
)
