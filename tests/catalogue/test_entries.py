"""A row of a supplier's sheet: each cell that states what nobody can rely on is named, with what to do about it."""

import pytest

from catalogue.columns import Column, Plan, asked_by
from catalogue.dossiers import Dossier
from catalogue.entries import differences, read_entry
from catalogue.money import Money
from catalogue.sheets import Cell, Line
from catalogue.specification import load

ASKED = asked_by(load())
TARGETS = (
    "sku", "name", "gtin", "price", "fact:needle_length_nominal", "fact:max_days_after_opening", "fact:supplied_sterile",
    "fact:storage_temperature_max", "fact:needle_count_declared", "kept:note", "product_kind", "brand",
)  # fmt: skip
PLAN = Plan(tuple(Column(target, target) for target in TARGETS), "roller")
GOOD: dict[str, Cell] = {"sku": "RL-1", "name": "One", "price": "34,00", "product_kind": "roller"}
BAD: list[tuple[str, Cell, str, str]] = [
    ("sku", None, "A7", "There is no SKU: write it in."),
    ("sku", "RL 1", "A7", "letters, digits, dots and dashes"),
    ("sku", "R" * 41, "A7", "at most 40"),
    ("name", "x" * 201, "B7", "Longer than 200 characters: shorten it."),
    ("name", "a\x01b", "B7", "type it anew"),
    ("gtin", "4006381333932", "C7", "write it as text, with all its digits"),
    ("price", "dear", "D7", "write it like 34.00"),
    ("price", "0", "D7", "write it like 34.00"),
    ("price", "0.005", "D7", "write it like 34.00"),
    ("price", "34.00 USD", "D7", "State it in pounds"),
    ("price", "1,234", "D7", "choose the decimal mark of the file"),
    ("fact:needle_length_nominal", "0.25 g", "E7", "Write the number alone, in mm."),
    ("fact:needle_length_nominal", "0.2-0.3", "E7", "Write the number alone, in mm."),
    ("fact:needle_length_nominal", "=A1*2", "E7", "Write the number alone, in mm."),
    ("fact:needle_length_nominal", "1.2.3,4", "E7", "Look at its commas and points"),
    ("fact:max_days_after_opening", "25 mm", "F7", "Write the number alone, in days."),
    ("fact:supplied_sterile", "perhaps", "G7", "write one of them"),
    ("fact:storage_temperature_max", "77 K", "H7", "Write the number alone, in °C."),
    ("fact:needle_count_declared", "about 540", "I7", "Write the number alone."),
    ("fact:needle_count_declared", "9" * 13, "I7", "larger than anything on a label"),
    ("kept:note", "x" * 20_001, "J7", "shorten it"),
]


def line(**cells: Cell) -> Line:
    return Line(7, tuple((GOOD | cells).get(target) for target in TARGETS))


def test_a_good_row_has_no_fault() -> None:
    assert read_entry(line(), PLAN, ASKED).faults == []


@pytest.mark.parametrize(("target", "cell", "place", "told"), BAD)
def test_a_bad_cell_is_named_with_what_to_do(target: str, cell: Cell, place: str, told: str) -> None:
    (fault,) = read_entry(line(**{target: cell}), PLAN, ASKED).faults
    assert fault.cell == place
    assert told in fault.text


def test_all_bad_cells_of_a_row_are_named_at_once() -> None:
    entry = read_entry(line(**{target: cell for target, cell, *_ in BAD}), PLAN, ASKED)
    assert [fault.cell for fault in entry.faults] == [f"{letter}7" for letter in "ABCDEFGHIJ"]


def test_a_changed_row_says_from_what_to_what_as_the_supplier_wrote_it() -> None:
    before = Dossier("roller", "RL-1", "One", "", "", None, Money(2900), {"needle_length_nominal": 1})
    entry = read_entry(line(**{"fact:needle_length_nominal": "250 µm"}), PLAN, ASKED)
    told = differences(entry, before, entry.over(before), ("price", "needle_length_nominal"), ASKED)
    assert [(change.name, change.old, change.new, change.written) for change in told] == [
        ("Price", "29.00 GBP", "34.00 GBP", ""),
        ("Needle length nominal", "1 mm", "0.25 mm", "250 µm"),
    ]
