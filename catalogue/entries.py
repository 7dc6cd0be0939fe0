"""One row of a supplier's sheet read as what it states of one product, and laid over the dossier that there is. Every fault of
the row is told at once, each with its cell. A document is never made up: what a sheet states stays unproven."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from catalogue.columns import FACT, KEPT, Asked, Plan, in_words, unit_of
from catalogue.dossier_files import is_gtin
from catalogue.dossiers import Dossier, Fact, places_of
from catalogue.limits import in_words as fact_in_words
from catalogue.limits import is_number
from catalogue.money import Money
from catalogue.sheets import Cell, Line, address, words
from catalogue.specification import KINDS, Condition
from catalogue.units import UNITS, Unreadable, is_nothing, number_in, one_of, quantity, yes_or_no

LONGEST_FACT, LONGEST_TEXT = 20_000, 200
_CUT = "A spreadsheet may have cut it: write it as text, with all its digits."
_SIGNS = {"£": "GBP", "$": "USD", "€": "EUR"}
_PRICE = re.compile(r"([A-Z]{3}|[£$€])?\s*(\d[\d.,'’\s]*)\s*([A-Z]{3}|[£$€])?")
_TEXTS = ("name", "brand", "manufacturer")
# What sellers write for what the rules name otherwise.
MEANT: Mapping[tuple[str, str], Fact] = {
    ("kind", "roller"): "manual_roller",
    ("kind", "pen (powered)"): "pen",
    ("max_uses_declared", "single use"): 1,
    ("max_uses_declared", "single-use"): 1,
}
_EMPTY_DOSSIER = Dossier("", "", "", "", "", None, None, {})


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot be taken, and the cell where it stands."""

    cell: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What a row changes: from what to what, in words, and as the supplier wrote it where the unit is another."""

    name: str
    old: str
    new: str
    written: str = ""


@dataclass(slots=True)
class Entry:
    """What one row states. Empty cells state nothing."""

    number: int
    sku: str = ""
    kind: str = ""
    places: Mapping[str, int] = field(default_factory=dict, repr=False)
    head: dict[str, str] = field(default_factory=dict)
    price: Money | None = None
    facts: dict[str, Fact] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def cell_of(self, target: str) -> str:
        """Where a thing stands, or should: its cell, or the row as a whole where no column states it."""
        return address(self.places[target], self.number) if target in self.places else f"row {self.number}"

    def over(self, current: Dossier | None) -> Dossier:
        """The dossier as it would be: what the row states over what there is."""
        before = current or replace(_EMPTY_DOSSIER, kind=self.kind, sku=self.sku)
        head = {"gtin": before.gtin} | self.head
        price = self.price or before.price
        facts = {**before.facts, **self.facts}
        if self.price:
            facts.pop("price", None)  # the product's own price is the fact
        return replace(before, **head, price=price, facts=facts)  # type: ignore[arg-type]


def read_entry(line: Line, plan: Plan, asked: Asked) -> Entry:
    """The row as it stands in the sheet, as facts that are asked; what is wrong with it is in `faults`."""
    entry = Entry(line.number, kind=plan.kind, places=plan.places)
    reader = _Reader(line, plan, asked, entry)
    for target in sorted(plan.places, key=lambda target: target != "product_kind"):  # the kind tells what facts mean
        cell = reader.cell(target)
        if cell is not None and not (isinstance(cell, str) and is_nothing(cell)):
            reader.take(target, cell)
    if not entry.sku:
        reader.fault("sku", "There is no SKU: write it in.")
    if entry.kind not in KINDS and "product_kind" in plan.places:
        reader.fault("product_kind", "It is not told whether this is a roller or a serum: write one of them.")
    return entry


class _Reader:
    """The cells of one row, taken into its entry."""

    def __init__(self, line: Line, plan: Plan, asked: Asked, entry: Entry) -> None:
        self.line, self.plan, self.asked, self.entry = line, plan, asked, entry

    def cell(self, target: str) -> Cell:
        place = self.plan.places[target]
        return self.line.cells[place] if place < len(self.line.cells) else None

    def fault(self, target: str, text: str) -> None:
        self.entry.faults.append(Fault(self.entry.cell_of(target), text))

    def take(self, target: str, cell: Cell) -> None:
        try:
            if target.startswith((FACT, KEPT)):
                self.take_fact(target, cell)
            elif target in _TEXTS:
                self.entry.head[target] = _plain_text(cell)
            else:
                getattr(self, f"take_{target}")(cell)
        except Unreadable as error:
            self.fault(target, str(error))

    def take_sku(self, cell: Cell) -> None:
        self.entry.sku = words(cell)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", self.entry.sku):
            raise Unreadable(f"“{self.entry.sku[:60]}” is no SKU: letters, digits, dots and dashes, at most 40.")

    def take_product_kind(self, cell: Cell) -> None:
        said = words(cell).lower()
        self.entry.kind = next((kind for kind in KINDS if kind in said), self.plan.kind)

    def take_gtin(self, cell: Cell) -> None:
        digits = re.sub(r"[\s-]", "", words(cell))
        lengths = (8, 12, 13, 14) if isinstance(cell, Decimal) else ()  # a number has lost the zeros before it
        found = next((digits.zfill(length) for length in lengths if len(digits) <= length), digits)
        if not is_gtin(found):
            raise Unreadable(f"“{digits[:40]}” is no GTIN: length or check digit. {_CUT}")
        self.entry.head["gtin"] = found

    def take_currency(self, _cell: Cell) -> None:
        """Read with the price."""

    def take_price(self, cell: Cell) -> None:
        said = self.cell("currency") if "currency" in self.plan.places else None
        currency = words(said).upper() or self.plan.currency
        found = _PRICE.fullmatch(words(cell).strip())
        if found is None:
            raise Unreadable(f"“{words(cell)[:60]}” is no price: write it like 34.00.")
        sign = found[1] or found[3] or currency
        currency = _SIGNS.get(sign, sign)
        amount = number_in(found[2], "." if isinstance(cell, Decimal) else self.plan.mark)
        if currency != "GBP":
            raise Unreadable(f"The price is in {currency[:3]}: the shop changes no money. State it in pounds.")
        minor = amount.scaleb(places_of(currency))
        if minor != minor.to_integral_value() or not 0 < minor <= 100_000_000:
            raise Unreadable(f"“{words(cell)[:60]}” is no price in pounds and pence: write it like 34.00.")
        self.entry.price = Money(int(minor), currency)

    def take_fact(self, target: str, cell: Cell) -> None:
        name = target.partition(":")[2]
        demand = self.asked.get(self.entry.kind, {}).get(name) if target.startswith(FACT) else None
        unit = unit_of(target, self.asked)
        if isinstance(cell, str) and len(cell) > LONGEST_FACT:
            raise Unreadable(f"Longer than {LONGEST_FACT:,} characters: shorten it.")
        column = self.plan.columns[self.plan.places[target]]
        self.entry.facts[name] = self._fact(name, cell, demand, unit, column.unit)

    def _fact(self, name: str, cell: Cell, demand: Condition | None, unit: str | None, column_unit: str) -> Fact:
        text = words(cell)
        if (meant := MEANT.get((name, text.lower()))) is not None:
            return meant
        if demand and isinstance(demand.limit, bool):
            return cell if isinstance(cell, bool) else yes_or_no(text)
        if isinstance(cell, bool):
            return cell
        if is_numeric(demand) or unit in UNITS:
            mark = "." if isinstance(cell, Decimal) else self.plan.mark
            found = quantity(text, unit, column_unit, mark)
            if found.written:
                self.entry.written[name] = found.written
            return _whole(found.number)
        if demand and demand.must == "one of" and isinstance(demand.limit, tuple):
            return one_of(text, tuple(map(str, demand.limit)))
        return text


def _plain_text(cell: Cell) -> str:
    text = " ".join(words(cell).split())
    if len(text) > LONGEST_TEXT:
        raise Unreadable(f"Longer than {LONGEST_TEXT} characters: shorten it.")
    if any(ord(letter) < 32 for letter in text):
        raise Unreadable("There is a character in it that no text has: type it anew.")
    return text


def is_numeric(demand: Condition | None) -> bool:
    """Whether the rule reads a number."""
    limits = demand.limit if demand and isinstance(demand.limit, tuple) else (demand.limit if demand else None,)
    return all(is_number(limit) for limit in limits)


def _whole(number: Decimal) -> Fact:
    return int(number) if number == number.to_integral_value() else number


def differences(
    entry: Entry, before: Dossier | None, after: Dossier, names: tuple[str, ...], asked: Asked
) -> list[Difference]:
    """What of a dossier the row changes, in words with units."""
    old: Mapping[str, Fact] = before.facts if before else {}
    told = []
    for name in names:
        if name in after.facts:
            unit = unit_of(FACT + name, asked)
            was, becomes = (_said(facts.get(name), unit) for facts in (old, after.facts))
            told.append(Difference(in_words(FACT + name), was, becomes, entry.written.get(name, "")))
        else:
            told.append(Difference(in_words(name), _head(before, name), _head(after, name)))
    return told


def _said(fact: Fact | None, unit: str | None) -> str:
    text = "" if fact is None else fact_in_words(fact, unit)
    return text if len(text) <= 300 else f"{text[:299]}…"


def _head(dossier: Dossier | None, name: str) -> str:
    value = getattr(dossier, name) if dossier else None
    if isinstance(value, Money):
        return f"{Decimal(value.minor).scaleb(-places_of(value.currency))} {value.currency}"
    return str(value or "")
