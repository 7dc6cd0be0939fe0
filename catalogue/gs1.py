"""Reading a GS1 code as a scanner types it, in brackets or with FNC1 between its elements: GS1 General Specifications 25,
section 3 (application identifiers), 7.8 (FNC1) and 7.12 (which century). Pure: text and the day in, a `Scan` out."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from catalogue.dossier_files import is_gtin

FNC1 = "\x1d"
SYMBOLOGIES = ("]d2", "]C1", "]Q3", "]e0")  # read in any case: a keyboard's lock turns the letters round
_PREFIXES = tuple(symbology.lower() for symbology in SYMBOLOGIES)
LONGEST = 200
# How many digits an application identifier has, by its first two (General Specifications, figure 3.2-1).
_DIGITS = {
    **dict.fromkeys(
        ["00", "01", "02", "03", "04", "10", "11", "12", "13", "15", "16", "17", "20", "21", "22", "30", "37"], 2
    )
}
_DIGITS |= {str(first): 2 for first in range(90, 100)}
_DIGITS |= dict.fromkeys(["23", "24", "25", "40", "41", "42", "71"], 3)
_DIGITS |= dict.fromkeys(["31", "32", "33", "34", "35", "36", "39", "43", "70", "72", "80", "81", "82"], 4)
# Elements that end by their length, identifier included, by the first two digits (figure 7.8.5-2); all others end at FNC1.
_LENGTHS = {"00": 20, "01": 16, "02": 16, "03": 16, "04": 18, "20": 4, "41": 16}
_LENGTHS |= {str(first): 8 for first in range(11, 20)} | {str(first): 10 for first in range(31, 37)}
_TEXT = re.compile(r"[!-\"%-/0-9:-?A-Z_a-z]{1,20}", re.ASCII)


class Unreadable(ValueError):
    """Why a code cannot be read, with the identifier and the place."""


class Element(NamedTuple):
    """`at` is the place of its identifier in what was scanned, counted from one."""

    ai: str
    value: str
    at: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What a code says of a delivery; `others` are elements that goods-in does not ask for, as they stand."""

    gtin: str | None = None
    lot: str | None = None
    expires_on: date | None = None
    serial: str | None = None
    others: tuple[tuple[str, str], ...] = ()


def read(typed: str, today: date) -> Scan:
    """What was scanned. Raises `Unreadable` when it is no GS1 code, an element is broken, or one is said twice differently."""
    code = typed.strip(" \t\r\n")
    if len(code) > LONGEST:
        raise Unreadable(f"A code has at most {LONGEST} characters.")
    start = 3 if code[:3].lower() in _PREFIXES else 0
    elements = list(_bracketed(code, start) if code[start : start + 1] == "(" else _plain(code, start))
    if not elements:
        raise Unreadable("There is no code to read.")
    said: dict[str, str] = {}
    for element in elements:
        if said.setdefault(element.ai, element.value) != element.value:
            raise _broken(element, "is said twice, and differently")
    by_ai = {element.ai: element for element in elements}
    asked = ("01", "10", "17", "21")
    return Scan(
        gtin=_gtin(by_ai["01"]) if "01" in by_ai else None,
        lot=_text(by_ai["10"]) if "10" in by_ai else None,
        expires_on=_day(by_ai["17"], today) if "17" in by_ai else None,
        serial=_text(by_ai["21"]) if "21" in by_ai else None,
        others=tuple((ai, value) for ai, value in said.items() if ai not in asked),
    )


def is_of(scan: Scan, gtin: str | None) -> bool:
    """Whether the code may be this product's: its GTIN, however many leading noughts are written; or one of them is not known."""
    return not scan.gtin or not gtin or scan.gtin.zfill(14) == gtin.zfill(14)


def _bracketed(code: str, start: int) -> Iterator[Element]:
    """(01)…(10)…: an identifier in brackets, then all up to the next one."""
    heads = list(re.finditer(r"\(([0-9]{2,4})\)", code[start:], re.ASCII))
    if not heads or heads[0].start():
        raise Unreadable(f"Position {start + 1}: an identifier such as (01) was expected.")
    ends = [head.start() for head in heads[1:]] + [len(code) - start]
    for head, end in zip(heads, ends, strict=True):
        element = Element(head[1], code[start + head.end() : start + end].rstrip(FNC1), start + head.start() + 1)
        if _DIGITS.get(element.ai[:2]) != len(element.ai):
            raise _broken(element, "is no identifier of GS1")
        yield element


def _plain(code: str, start: int) -> Iterator[Element]:
    """Elements one after another; the length of some is known, the others end at FNC1 or with the code."""
    at = start
    while at < len(code):
        if code[at] == FNC1:
            at += 1
            continue
        digits = _DIGITS.get(code[at : at + 2])
        ai = code[at : at + (digits or 2)]
        if digits is None or not (ai.isascii() and ai.isdigit()) or len(ai) < digits:
            raise Unreadable(f"Position {at + 1}: {_shown(code[at : at + 4])} is no identifier of GS1.")
        end = at + _LENGTHS[ai[:2]] if ai[:2] in _LENGTHS else code.find(FNC1, at)
        end = len(code) if end < 0 else end
        element = Element(ai, code[at + digits : end], at + 1)
        if FNC1 in element.value or len(code) < end:
            raise _broken(element, "is cut short")
        yield element
        at = end


def _gtin(element: Element) -> str:
    if len(element.value) != 14 or not is_gtin(element.value):
        raise _broken(element, "has not fourteen digits, or a wrong check digit")
    return element.value


def _text(element: Element) -> str:
    if not _TEXT.fullmatch(element.value):
        raise _broken(element, "has from one to twenty letters, digits and signs")
    return element.value


def _day(element: Element, today: date) -> date:
    """YYMMDD; day 00 is the last of its month, and the century is the one that brings it nearest."""
    if not re.fullmatch(r"[0-9]{6}", element.value, re.ASCII):
        raise _broken(element, "is not six digits: year, month, day")
    year, month, day = (int(element.value[n : n + 2]) for n in (0, 2, 4))
    apart = year - today.year % 100
    year += today.year // 100 * 100 + (-100 if apart >= 51 else 100 if apart <= -50 else 0)
    try:
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except ValueError:
        raise _broken(element, "is no day of the calendar") from None


def _broken(element: Element, why: str) -> Unreadable:
    return Unreadable(f"({element.ai}) at position {element.at}: {_shown(element.value)} {why}.")


def _shown(text: str) -> str:
    """A part of the code as it can be written on a page."""
    return "".join(letter if letter.isprintable() else "·" for letter in text[:40]) or "nothing"
