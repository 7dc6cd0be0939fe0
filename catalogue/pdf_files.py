"""What a PDF may not hold: scripts, actions that start or send something, files inside it, a lock. The whole file is looked
through once, and every packed part, however it is wrapped; nothing in it is followed, so no file can lead the search in
circles. What it unpacks to is counted on the way, so none can fill the memory or hold the clock."""

import re
import zlib
from collections.abc import Iterator

from catalogue.verdicts import Reason

MOST_UNPACKED = 100 * 2**20
MOST_PARTS = 20_000
_PACKED_PIECE, _PIECE = 2**16, 2**20
_LONGEST_NAME = 64
# Names of the format (ISO 32000-2) and the code of the refusal. An action is one by its name, wherever it stands.
_FORBIDDEN = {
    "JavaScript": "document-script",
    "XFA": "document-script",
    "OnInstantiate": "document-script",
    "Launch": "document-action",
    "SubmitForm": "document-action",
    "ImportData": "document-action",
    "RichMedia": "document-action",
    "Rendition": "document-action",
    "GoToE": "document-action",
    "EmbeddedFile": "document-attachment",
    "EmbeddedFiles": "document-attachment",
    "FileAttachment": "document-attachment",
    "Encrypt": "document-locked",
}
_TOLD = {
    "document-script": ("holds a script", "Print it to a new PDF without scripts."),
    "document-action": ("wants to start or send something when it is opened", "Print it to a new PDF."),
    "document-attachment": ("has other files inside it", "Send those files one by one."),
    "document-locked": ("is locked with a password or rights", "Save it without protection."),
    "document-unpacks": (f"unpacks to more than {MOST_UNPACKED // 2**20} MB", "Save it smaller."),
    "document-broken": ("is cut short or damaged", "Send the whole file again."),
    "document-hidden": ("packs its parts in a way that cannot be looked through", "Print it to a new PDF."),
    "document-mixed": ("is also another kind of file", "Save it as a PDF and send it again."),
}


def _spelt(name: str) -> str:
    """A name as readers read it: each letter may be written as its number, #4A for J."""
    return "".join(f"(?:{letter}|#{ord(letter):02X}|#{ord(letter):02x})" for letter in name)


_ENDS = rb"(?![^\s()<>\[\]{}/%\x00])"
_NAMES = re.compile(b"/(?:" + "|".join(f"({_spelt(name)})" for name in _FORBIDDEN).encode() + b")" + _ENDS)
_OBJECT_STREAM = re.compile(b"/" + _spelt("ObjStm").encode() + _ENDS)
_CODES = tuple(_FORBIDDEN.values())
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
# Wrappings of a part with objects in it that are not unpacked here.
_STRANGE = re.compile(rb"/(Predictor|ASCIIHexDecode|ASCII85Decode|LZWDecode|RunLengthDecode|Crypt|AHx|A85|LZW|RL)\b")
_TABLE = re.compile(rb"startxref\s+(\d{1,12})\s")
_TAGS = (b"<html", b"<script", b"<svg", b"<!doctype")


def reasons_against(name: str, content: bytes) -> tuple[Reason, ...]:
    """Every reason why the PDF is not taken; none when it is whole and harmless."""
    codes = _faults_of_ends(content) | _faults_inside(content)
    return tuple(Reason(code, f"{name} {_TOLD[code][0]}.", "the supplier", _TOLD[code][1]) for code in sorted(codes))


def _faults_of_ends(content: bytes) -> set[str]:
    """Nothing but a PDF from the first byte to the last, with its table of contents where it says."""
    codes = set()
    start = content[:1024].lower()
    is_archive = b"PK\x05\x06" in content[-(2**16 + 64) :] and b"PK\x01\x02" in content
    if is_archive or any(tag in start for tag in _TAGS):
        codes.add("document-mixed")
    found = _TABLE.match(content, content.rfind(b"startxref"))
    table = int(found[1]) if found else len(content)
    is_there = re.match(rb"\s*(xref|\d+\s+\d+\s+obj)", content[table : table + 64])
    after_end = content[content.rfind(b"%%EOF") + 5 :].strip(b"\0\t\n\f\r ")
    if not is_there or after_end:
        codes.add("document-broken")
    return codes


def _faults_inside(content: bytes) -> set[str]:
    codes = _named(content)
    room, objects = MOST_UNPACKED, 0
    for number, (at, wrapping) in enumerate(_streams(content)):
        is_whole, room, found = _unpacked(content, at, room)
        codes |= found
        if room <= 0 or number >= MOST_PARTS:
            return codes | {"document-unpacks"}
        if _OBJECT_STREAM.search(wrapping):
            objects += 1
            is_readable = is_whole or b"/Filter" not in wrapping
            codes |= set() if is_readable and not _STRANGE.search(wrapping) else {"document-hidden"}
    return codes | ({"document-hidden"} if objects < len(_OBJECT_STREAM.findall(content)) else set())


def _streams(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Where each packed part begins, and the words in front that say how it is packed."""
    for found in _STREAM.finditer(content):
        before = content[max(0, found.start() - 2000) : found.start()]
        last = max(before.rfind(b"endobj"), before.rfind(b"endstream"))
        yield found.end(), _ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), before[last + 1 :])


def _unpacked(content: bytes, at: int, room: int) -> tuple[bool, int, set[str]]:
    """Whether the part unpacks to its end, the room that is left, and what is named in it. Piece by piece, never the whole."""
    codes: set[str] = set()
    unpacking, tail = zlib.decompressobj(), b""
    while (packed := content[at : at + _PACKED_PIECE]) and room > 0:
        try:
            piece = unpacking.decompress(packed, _PIECE)
        except zlib.error:
            return False, room, codes
        codes |= _named(tail + piece)
        tail, room = piece[-_LONGEST_NAME:], room - len(piece)
        if unpacking.eof:
            return True, room, codes
        at += len(packed) - len(unpacking.unconsumed_tail)
    return False, room, codes


def _named(content: bytes) -> set[str]:
    return {_CODES[found.lastindex - 1] for found in _NAMES.finditer(content) if found.lastindex}
