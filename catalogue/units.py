"""What a cell states: a number in whatever unit a supplier writes, turned into the unit that the specification asks for. A text
that can be read in two ways is refused, never guessed: "1,234" is a thousand or one and a quarter."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from types import MappingProxyType

from catalogue.limits import number_in_words

MARKS = ("", ",", ".")  # the decimal mark of a file: unknown, comma, point
MOST_DIGITS = 12
MISPLACED = "Look at its commas and points, and at the decimal mark of the file."
_NUMBER = re.compile(r"([+-]?)(\d(?:[\d.,'’\s]*\d)?|[.,]\d+)", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_POWER = re.compile(r"10\s*(?:\^|\*\*)?\s*([-−]\d{1,2})|1[eE]([-−]0?\d{1,2})")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_NOTHING = {"", "-", "–", "—", "n/a", "na", "n.a.", "unknown", "not stated", "?", "#n/a", "k.a.", "none stated"}
_YES = {"yes", "y", "true", "ja", "oui", "sí", "si", "1", "x", "✓", "pass", "passed"}
_NO = {"no", "n", "false", "nein", "non", "0", "fail", "failed"}


class Unreadable(ValueError):
    """A cell that states nothing that can be relied on, and why."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A way to write a quantity: its spellings, and how it becomes the unit of the specification."""

    spellings: tuple[str, ...]
    turn: Callable[[Decimal], Decimal]


def _times(factor: str) -> Callable[[Decimal], Decimal]:
    return lambda number: number * Decimal(factor)


def _started(months: int, days: int) -> Callable[[Decimal], Decimal]:
    """Between days and months, 12 of which are 365 days. What is begun counts: longer is the less safe reading."""
    return lambda number: (number * months / days).to_integral_value(ROUND_CEILING)


def _from_fahrenheit(number: Decimal) -> Decimal:
    return ((number - 32) * 5 / 9).quantize(Decimal("0.1"), ROUND_HALF_UP)


_SAME = _times("1")
# By the unit of the specification, every unit that suppliers use for it; the first is the unit itself.
UNITS: Mapping[str, Mapping[str, Unit]] = MappingProxyType(
    {
        "mm": {
            "mm": Unit(("mm", "millimetre", "millimetres", "millimeter", "millimeters"), _SAME),
            "µm": Unit(("µm", "um", "micron", "microns", "mikron", "micrometre", "micrometres"), _times("0.001")),
            "cm": Unit(("cm", "centimetre", "centimetres", "centimeter"), _times("10")),
            "inch": Unit(("inch", "inches", "in", '"', "″"), _times("25.4")),
        },
        "months": {
            "months": Unit(("months", "month", "mo", "m", "mth", "mths", "monate", "monat", "mois"), _SAME),
            "days": Unit(("days", "day", "d", "tage", "tag", "jours"), _started(12, 365)),
            "weeks": Unit(("weeks", "week", "w", "wk", "wks"), _started(12 * 7, 365)),
            "years": Unit(("years", "year", "y", "yr", "yrs", "jahre", "jahr", "ans"), _times("12")),
        },
        "days": {
            "days": Unit(("days", "day", "d", "tage", "tag", "jours"), _SAME),
            "weeks": Unit(("weeks", "week", "w", "wk", "wks"), _times("7")),
            "months": Unit(("months", "month", "mo", "m", "mth", "mths", "monate", "monat", "mois"), _started(365, 12)),
            "years": Unit(("years", "year", "y", "yr", "yrs", "jahre", "jahr", "ans"), _times("365")),
        },
        "°C": {
            "°C": Unit(("°c", "c", "celsius", "degc", "deg c"), _SAME),
            "°F": Unit(("°f", "f", "fahrenheit", "degf", "deg f"), _from_fahrenheit),
        },
        "%": {
            "%": Unit(("%", "percent", "pct", "% w/w", "%w/w"), _SAME),
            "ppm": Unit(("ppm",), _times("0.0001")),
        },
        "ug/cm2/week": {
            "ug/cm2/week": Unit(("ug/cm2/week", "µg/cm2/week", "ug/cm2/wk", "µg/cm2/wk"), _SAME),
            "mg/cm2/week": Unit(("mg/cm2/week", "mg/cm2/wk"), _times("1000")),
        },
        "pH": {"pH": Unit(("ph",), _SAME)},
        "log10": {"log10": Unit(("log10", "log"), _SAME)},
        "count": {"count": Unit(("count", "needles", "pins", "pcs", "pieces", "pc", "uses", "times", "x"), _SAME)},
        "GBP": {"GBP": Unit(("gbp", "£", "pounds"), _SAME)},
    }
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in the specification's unit, and as the supplier wrote it where that differs."""

    number: Decimal
    written: str


def quantity(text: str, unit: str | None, column_unit: str = "", mark: str = "") -> Quantity:
    """The number that a text states, in `unit`. A unit in the cell itself counts before the column's. Refuses (Unreadable) what
    is no number, has a unit of another kind, or can be read in two ways."""
    power = _POWER.fullmatch(text.translate(_RAISED).strip()) if unit == "log10" else None
    if power:
        return Quantity(Decimal((power[1] or power[2]).replace("−", "-")), text)
    figure, named = _parts(text, unit)
    written_in = unit_named(named, unit) if named else column_unit or unit or ""
    if named and written_in is None:
        told = f"“{named}” is no unit of {unit}" if unit and unit != "count" else f"“{named}” is no number"
        raise Unreadable(f"{told}: “{text[:60]}”. {_instead(unit)}")
    number = number_in(figure, mark)
    known = UNITS.get(unit or "", {}).get(written_in or "")
    turned = known.turn(number) if known else number
    if turned.adjusted() >= MOST_DIGITS:
        raise Unreadable(f"“{text[:60]}” is larger than anything on a label. {_instead(unit)}")
    return Quantity(plain_number(turned), _as_written(figure, written_in or "", unit))


def _as_written(figure: str, written_in: str, unit: str | None) -> str:
    return f"{figure} {written_in}" if written_in and written_in != unit else ""


def _instead(unit: str | None) -> str:
    """What to do about what is no number."""
    return f"Write the number alone, in {unit}." if unit and unit != "count" else "Write the number alone."


def _parts(text: str, unit: str | None) -> tuple[str, str]:
    """The figure and the unit, whichever comes first: 250 µm, pH 5.5, £34.00."""
    found = _NUMBER.search(text)
    if found is None:
        raise Unreadable(f"“{text[:60]}” is no number. {_instead(unit)}")
    before, after = text[: found.start()].strip(), text[found.end() :].strip()
    if before and after:
        raise Unreadable(f"“{text[:60]}” is no plain number. {_instead(unit)}")
    return found[0], _spelt(before or after)


def _spelt(unit: str) -> str:
    return " ".join(unit.translate(_RAISED).replace("μ", "µ").replace("²", "2").lower().split())


def unit_named(name: str, unit: str | None) -> str | None:
    """The unit of a family by any of its spellings; None when it is not one of them."""
    family = UNITS.get(unit or "", {})
    return next((key for key, one in family.items() if _spelt(name) in one.spellings), None)


def number_in(figure: str, mark: str = "") -> Decimal:
    """The number as a European, an American or a spreadsheet writes it. Refuses what can be read in two ways."""
    digits = re.sub(r"[\s'’]", "", figure)
    marks = {sign for sign in digits if sign in ".,"}
    if len(marks) == 2:
        decimal = digits[max(digits.rfind("."), digits.rfind(","))]
        whole = digits.rpartition(decimal)[0].lstrip("+-")
        if (mark and mark != decimal) or digits.count(decimal) > 1 or not _GROUPED.fullmatch(whole):
            raise Unreadable(f"“{figure}” is no number. {MISPLACED}")
        return Decimal(digits.replace({",": ".", ".": ","}[decimal], "").replace(decimal, "."))
    sign = next(iter(marks), "")
    if not sign:
        return Decimal(digits)
    if digits.count(sign) > 1 or (mark and mark != sign):
        if not _GROUPED.fullmatch(digits.lstrip("+-")):
            raise Unreadable(f"“{figure}” is no number. {MISPLACED}")
        return Decimal(digits.replace(sign, ""))
    if not mark and re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}\{sign}\d{{3}}", digits):
        one, other = digits.replace(sign, ""), digits.replace(sign, ".")
        raise Unreadable(f"“{figure}” may be {one} or {other}: choose the decimal mark of the file.")
    return Decimal(digits.replace(sign, "."))


def plain_number(number: Decimal) -> Decimal:
    """Without needless zeros, so that 0.250 and 0.25 are the same."""
    return Decimal(number_in_words(number))


def is_nothing(text: str) -> bool:
    """Whether a cell says that nothing is stated."""
    return text.strip().lower() in _NOTHING


def yes_or_no(text: str) -> bool:
    """Refuses (Unreadable) what is neither."""
    said = text.strip().lower()
    if said in _YES or said in _NO:
        return said in _YES
    raise Unreadable(f"“{text[:60]}” is neither yes nor no: write one of them.")


def one_of(text: str, choices: tuple[str, ...]) -> str:
    """The choice that a text means, however it is spelt; else the text itself, for the rule to refuse."""
    wanted = _bare(text)
    return next((choice for choice in choices if _bare(choice) == wanted), text)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())
