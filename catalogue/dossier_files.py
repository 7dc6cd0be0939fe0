"""Reading a dossier from its TOML file: refuses with the file, the line, the reason and what to do."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from catalogue.dossiers import Dossier, Evidence, Fact, places_of
from catalogue.limits import is_number
from catalogue.money import Money
from catalogue.specification import KINDS, PROOFS

_PRODUCT = ("kind", "sku", "name", "brand", "manufacturer", "gtin", "price", "currency")
_EVIDENCE = ("proof", "covers", "title", "issuer", "reference", "issued_on", "expires_on", "file", "page")
_LONGEST_TEXT = 20_000  # characters; the longest list of the market sample has a tenth of that
_LARGEST_FILE = 256 * 1024  # characters; the dossiers of the clinic have a hundredth of that
_BYTES_PER_CHARACTER = 4  # at most, in UTF-8
_MOST_DOTS = 100  # in one line; a key of ten thousand parts takes the reader minutes
_NOUGHT = re.compile(r"\\u0000|\\U00000000")
_MOST_DIGITS = 12  # before and behind the point; no fact of a product needs more, and 1e999999 would never be printed


class DossierError(ValueError):
    """A file that is no dossier: which file, which line, why, and what to do."""

    def __init__(self, file: str, line: int | None, reason: str, remedy: str) -> None:
        place = f"{file}, line {line}" if line else file
        super().__init__(f"{place}: {reason}. {remedy}")
        self.file, self.line, self.reason, self.remedy = file, line, reason, remedy


class _Fault(Exception):
    """What is wrong, before file and line are known: table, its number, key, reason and remedy."""

    def __init__(self, table: str, key: str, reason: str, remedy: str, number: int = 1) -> None:
        super().__init__(reason)
        self.table, self.key, self.reason, self.remedy, self.number = table, key, reason, remedy, number


def read_dossier(path: Path) -> Dossier:
    """The dossier in a TOML file. Refuses with DossierError when it cannot be read as one."""
    try:
        with path.open("rb") as file:  # no more than that: a device never ends
            text = file.read(_LARGEST_FILE * _BYTES_PER_CHARACTER + 1).decode("utf-8-sig")
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        raise DossierError(str(path), None, reason, "Check the path and who may read it") from error
    except UnicodeDecodeError as error:
        raise DossierError(str(path), None, "not a text in UTF-8", "Save it as UTF-8") from error
    return parse_dossier(text, str(path))


def parse_dossier(text: str, name: str) -> Dossier:
    """The dossier in a TOML text. Refuses with DossierError, naming `name` as the file."""
    _refuse_hostile(text, name)
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise DossierError(name, _line_in(str(error), text), f"not TOML: {error}", "Correct that line") from error
    except (RecursionError, ValueError, InvalidOperation) as error:
        reason = f"not TOML: {error or 'nested too deeply'}"
        raise DossierError(name, None, reason, "Compare with the example in the README") from error
    try:
        return _dossier(raw)
    except _Fault as fault:
        raise DossierError(name, _line_of(fault, text), fault.reason, fault.remedy) from fault


def _refuse_hostile(text: str, name: str) -> None:
    """Refuses, before it is read, what would keep the reader of TOML busy for minutes or no database would keep."""
    if len(text) > _LARGEST_FILE:
        raise DossierError(name, None, "too large for a dossier", "Send the documents beside it, not in it")
    for number, line in enumerate(text.splitlines(), 1):
        if _NOUGHT.search(line):
            raise DossierError(name, number, "a character that no label has (U+0000)", "Take it out")
        if line.count(".") > _MOST_DOTS:
            raise DossierError(name, number, f"more than {_MOST_DOTS} dots in one line", "Break a long text into lines")


def _dossier(raw: Mapping[str, object]) -> Dossier:
    for table in raw:
        if table not in ("product", "facts", "evidence"):
            raise _Fault(table, "", f"unknown table [{table}]", "Only product, facts and evidence are read")
    product = _table(raw, "product")
    _only_known(product, _PRODUCT, "product")
    kind = _text(product, "kind", "product")
    if kind not in KINDS:
        raise _Fault("product", "kind", f'kind "{kind}" is not known', 'Write "roller" or "serum"')
    evidence = raw.get("evidence", [])
    if not isinstance(evidence, list) or not all(isinstance(item, dict) for item in evidence):
        raise _Fault("evidence", "", "evidence is no list of tables", "Begin each document with [[evidence]]")
    return Dossier(
        kind=kind,
        sku=_text(product, "sku", "product"),
        name=_text(product, "name", "product"),
        brand=_text(product, "brand", "product") if "brand" in product else "",
        manufacturer=_text(product, "manufacturer", "product") if "manufacturer" in product else "",
        gtin=_gtin(product),
        price=_price(product),
        facts={key: _fact(key, value) for key, value in _table({"facts": {}, **raw}, "facts").items()},
        evidence=tuple(_evidence(item, number) for number, item in enumerate(evidence, 1)),
    )


def _table(raw: Mapping[str, object], name: str) -> Mapping[str, object]:
    table = raw.get(name)
    if not isinstance(table, dict):
        raise _Fault(name, "", f"there is no [{name}]", f"Begin that part with [{name}]")
    return table


def _only_known(table: Mapping[str, object], known: Iterable[str], name: str, number: int = 1) -> None:
    for key in table:
        if key not in known:
            raise _Fault(name, key, f'unknown key "{key}"', f"{name} takes: {', '.join(known)}", number)


def _text(table: Mapping[str, object], key: str, name: str, number: int = 1) -> str:
    value = table.get(key)
    if value is None:
        raise _Fault(name, "", f"{key} is missing in {name}", f'Add {key} = "…"', number)
    if not isinstance(value, str) or not value.strip():
        raise _Fault(name, key, f"{key} is not a text", f'Write {key} = "…"', number)
    return value.strip()


def _gtin(product: Mapping[str, object]) -> str | None:
    if "gtin" not in product:
        return None
    gtin = _text(product, "gtin", "product")
    if not is_gtin(gtin):
        remedy = "Copy the digits below the bar code (8, 12, 13 or 14 of them)"
        raise _Fault("product", "gtin", f'gtin "{gtin}" is wrong: length or check digit', remedy)
    return gtin


def is_gtin(text: str) -> bool:
    """Whether a text is a GTIN-8, 12, 13 or 14 whose check digit holds."""
    if len(text) not in (8, 12, 13, 14) or not (text.isascii() and text.isdigit()):
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return weighted % 10 == 0


def _price(product: Mapping[str, object]) -> Money | None:
    if "price" not in product and "currency" not in product:
        return None
    price, currency = _text(product, "price", "product"), _text(product, "currency", "product")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise _Fault("product", "currency", f'currency "{currency}" is not a code', 'Write it as "GBP"')
    places = places_of(currency)
    if not re.fullmatch(rf"\d{{1,9}}(\.\d{{1,{places}}})?" if places else r"\d{1,9}", price, re.ASCII):
        remedy = f'Write it as a decimal with at most {places} places, such as "34.00"'
        raise _Fault("product", "price", f'price "{price}" is not an amount of {currency}', remedy)
    return Money(int(Decimal(price).scaleb(places)), currency)


def _fact(key: str, value: object) -> Fact:
    if isinstance(value, list):
        return tuple(_fact(key, item) for item in value)
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        raise _Fault("facts", key, f"{key} is longer than {_LONGEST_TEXT} characters", "State only what the label says")
    if isinstance(value, (bool, str)) or (is_number(value) and _has_sane_size(Decimal(value))):  # type: ignore[arg-type]
        return value  # type: ignore[return-value]
    raise _Fault(
        "facts", key, f"{key} is no number of up to 12 digits, text, true, false or list", "State it as one of these"
    )


def _has_sane_size(number: Decimal) -> bool:
    return number.adjusted() < _MOST_DIGITS and int(number.as_tuple().exponent) >= -_MOST_DIGITS


def _evidence(table: Mapping[str, object], number: int) -> Evidence:
    _only_known(table, _EVIDENCE, "evidence", number)
    proof = _text(table, "proof", "evidence", number)
    if proof not in PROOFS:
        raise _Fault("evidence", "proof", f'proof "{proof}" is not known', f"Write one of: {', '.join(PROOFS)}", number)
    return Evidence(
        proof=proof,
        covers=_covers(table, number),
        title=_text(table, "title", "evidence", number),
        issuer=_text(table, "issuer", "evidence", number),
        reference=_text(table, "reference", "evidence", number),
        issued_on=_day(table, "issued_on", number),
        expires_on=_day(table, "expires_on", number) if "expires_on" in table else None,
        file=_text(table, "file", "evidence", number) if "file" in table else None,
        page=_page(table, number),
    )


def _covers(table: Mapping[str, object], number: int) -> tuple[str, ...]:
    covers = table.get("covers")
    if not isinstance(covers, list) or not covers or not all(isinstance(item, str) and item for item in covers):
        remedy = 'Write covers = ["needle_length_nominal", …]'
        raise _Fault(
            "evidence",
            "covers" if covers is not None else "",
            "covers is not a list of facts",
            remedy,
            number,
        )
    return tuple(covers)


def _day(table: Mapping[str, object], key: str, number: int) -> date:
    value = table.get(key)
    if type(value) is not date:
        reason = f"{key} is missing in evidence" if value is None else f"{key} is not a day"
        raise _Fault("evidence", key if value is not None else "", reason, f"Write {key} = 2026-03-01", number)
    return value


def _page(table: Mapping[str, object], number: int) -> str | None:
    if type(table.get("page")) is int:
        return str(table["page"])
    return _text(table, "page", "evidence", number) if "page" in table else None


def _line_in(message: str, text: str) -> int:
    found = re.search(r"line (\d+)", message)
    return int(found[1]) if found else text.count("\n") + 1


def _line_of(fault: _Fault, text: str) -> int | None:
    """The line of the key in its table, else of the table's head; None when neither is there."""
    head = re.compile(rf"\s*\[\[?\s*{re.escape(fault.table)}\s*\]\]?")
    any_head = re.compile(r"\s*\[\[?\s*\w+\s*\]\]?\s*(#.*)?$")
    key = re.compile(rf"\s*[\"']?{re.escape(fault.key)}[\"']?\s*=") if fault.key else None
    start, seen, inside = None, 0, False
    for number, line in enumerate(text.splitlines(), 1):
        if any_head.match(line):
            seen += bool(head.match(line))
            inside = bool(head.match(line)) and seen == fault.number
            start = number if inside else start
        elif inside and key and key.match(line):
            return number
    return start
