"""What suppliers write in a cell, in every spelling, and what can be read in two ways."""

from decimal import Decimal

import pytest

from catalogue.units import Unreadable, number_in, one_of, quantity, yes_or_no

READ = [
    ("250 µm", "mm", "", "0.25"),
    ("250 μm", "mm", "", "0.25"),  # the Greek letter
    ("250um", "mm", "", "0.25"),
    ("0,25 mm", "mm", "", "0.25"),
    ("0.250", "mm", "", "0.25"),
    ("250", "mm", "µm", "0.25"),
    ("0.2 mm", "mm", "µm", "0.2"),  # the cell counts before the column
    ("0.025 cm", "mm", "", "0.25"),
    ('0.01"', "mm", "", "0.254"),
    (".25", "mm", "", "0.25"),
    ("24 months", "months", "", "24"),
    ("24M", "months", "", "24"),
    ("2 years", "months", "", "24"),
    ("730 days", "months", "", "24"),
    ("180 days", "months", "", "6"),
    ("183 days", "months", "", "7"),  # what is begun counts
    ("90", "days", "", "90"),
    ("3 months", "days", "", "92"),
    ("12 weeks", "days", "", "84"),
    ("77 °F", "°C", "", "25"),
    ("77F", "°C", "", "25"),
    ("25 °C", "°C", "", "25"),
    ("-4 °F", "°C", "", "-20"),
    ("86", "°C", "°F", "30"),
    ("pH 5,5", "pH", "", "5.5"),
    ("5.5", "pH", "", "5.5"),
    ("0.1 %", "%", "", "0.1"),
    ("1000 ppm", "%", "", "0.1"),
    ("10^-6", "log10", "", "-6"),
    ("10⁻⁶", "log10", "", "-6"),
    ("1E-6", "log10", "", "-6"),
    ("-6", "log10", "", "-6"),
    ("540 needles", "count", "", "540"),
    ("1'080", "count", "", "1080"),
    ("1 080", "count", "", "1080"),
    ("1,234,567", "count", "", "1234567"),
    ("1.234,5", "count", "", "1234.5"),
    ("1,234.5", "count", "", "1234.5"),
    ("0.1 µg/cm²/week", "ug/cm2/week", "", "0.1"),
]


@pytest.mark.parametrize(("text", "unit", "column", "number"), READ)
def test_a_quantity_comes_out_in_the_unit_of_the_specification(text: str, unit: str, column: str, number: str) -> None:
    assert quantity(text, unit, column).number == Decimal(number)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("about 540", "count"),
        ("540/192", "count"),
        ("0.2-0.3 mm", "mm"),
        ("<0.2", "mm"),
        ("0.25 g", "mm"),
        ("25 mm", "months"),
        ("=1+1", "count"),
        ("none of it", "mm"),
        ("1,23,4", "count"),
        ("1.2.3,4", "count"),
        ("1,234 mm", "mm"),
        ("12.345", "count"),
        ("9" * 13, "count"),
    ],
)
def test_what_is_no_number_or_two_is_refused(text: str, unit: str) -> None:
    with pytest.raises(Unreadable):
        quantity(text, unit)


def test_the_decimal_mark_of_the_file_settles_what_can_be_read_in_two_ways() -> None:
    with pytest.raises(Unreadable, match=r"may be 1234 or 1\.234"):
        number_in("1,234")
    assert number_in("1,234", ",") == Decimal("1.234")
    assert number_in("1,234", ".") == 1234
    assert number_in("1.234", ",") == 1234
    assert number_in("0,125") == Decimal("0.125")
    with pytest.raises(Unreadable):
        number_in("1,5", ".")


def test_both_units_are_kept_to_be_shown() -> None:
    assert quantity("250 µm", "mm").written == "250 µm"
    assert quantity("0.25 mm", "mm").written == ""
    assert quantity("86", "°C", "°F").written == "86 °F"


def test_answers_and_choices_in_every_spelling() -> None:
    assert all(yes_or_no(said) for said in ("Yes", "y", "TRUE", "ja", "1", "x"))
    assert not any(yes_or_no(said) for said in ("No", "n", "false", "nein", "0"))
    with pytest.raises(Unreadable):
        yes_or_no("perhaps")
    assert one_of("Manual roller", ("manual_roller", "pen")) == "manual_roller"
    assert one_of("iso 5832-1", ("ISO 5832-1",)) == "ISO 5832-1"
    assert one_of("tattoo machine", ("manual_roller",)) == "tattoo machine"
