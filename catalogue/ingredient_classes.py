"""The classes of ingredients that the specification speaks of, from `safety/` and its EU lists."""

import csv
import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SAFETY = Path(__file__).parent / "safety"
_AFTER_NAME = re.compile(r" and its |, its | and their | its salts|;|, except|, when| \(CAS")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9αβ',\-\[\]() ]{4,60}")
_KNOWN = {
    "name",
    "title",
    "action",
    "source",
    "judgement",
    "patterns",
    "patterns_of",
    "from",
    "except",
    "entries_matching",
    "entries_not_matching",
    "entries",
    "not_entries",
    "up_to_position",
    "after_position",
    "unless_class",
    "test",
    "unless_listed",
    "substances",
}


class ClassesError(ValueError):
    """The classes of ingredients cannot be relied on; names the class and the reason."""


@dataclass(frozen=True, slots=True)
class IngredientClass:
    """A class: names match its pattern or stand on its list; the position in the printed order may matter."""

    name: str
    title: str
    action: str
    source: str
    pattern: re.Pattern[str] | None
    listed: frozenset[str]
    spared: frozenset[str]
    up_to_position: int | None = None
    after_position: int | None = None
    unless_class: str | None = None
    unless_listed: re.Pattern[str] | None = None
    from_eu_list: bool = False

    def holds(self, name: str) -> bool:
        """Whether a name (lower case) belongs to the class, wherever in the list it stands."""
        if name in self.spared:
            return False
        return name in self.listed or (self.pattern is not None and self.pattern.search(name) is not None)


@functools.cache
def classes() -> dict[str, IngredientClass]:
    """Every class by its name, in the order of the file."""
    entries = {entry.get("name", ""): entry for entry in _raw()["class"]}
    return {name: _class(entry, entries) for name, entry in entries.items()}


@functools.cache
def class_titles() -> dict[str, str]:
    """Every class in the words of the report."""
    return {entry["name"]: entry["title"] for entry in _raw()["class"]}


def eu_lists_as_of() -> str:
    """The month of the EU lists, to be shown wherever they decide."""
    return str(_raw()["eu_lists_as_of"])


@functools.cache
def _raw() -> dict[str, Any]:
    return tomllib.loads((SAFETY / "ingredient_classes.toml").read_text(encoding="utf-8"))


def _class(entry: dict[str, Any], entries: dict[str, dict[str, Any]]) -> IngredientClass:
    unknown = entry.keys() - _KNOWN
    if unknown:
        raise ClassesError(f"class {entry.get('name')}: unknown key {', '.join(sorted(unknown))}")
    patterns = entry.get("patterns") or entries.get(str(entry.get("patterns_of")), {}).get("patterns")
    return IngredientClass(
        name=str(entry["name"]),
        title=str(entry["title"]),
        action=str(entry["action"]),
        source=str(entry["source"]),
        pattern=re.compile(str(patterns)) if patterns else None,
        listed=frozenset(_listed(entry)),
        spared=frozenset(entry.get("except", [])),
        up_to_position=entry.get("up_to_position"),
        after_position=entry.get("after_position"),
        unless_class=entry.get("unless_class"),
        unless_listed=re.compile(str(entry["unless_listed"])) if "unless_listed" in entry else None,
        from_eu_list="from" in entry,
    )


def _listed(entry: dict[str, Any]) -> set[str]:
    """The names on the EU list of a class, in lower case."""
    names: set[str] = set()
    for row in _rows_of(str(entry["from"])) if "from" in entry else []:
        if _counts(row, entry):
            names.update(row["identified_ingredients"].lower().split(", "))
            names.update(row.get("common_ingredients", "").lower().split(" / "))
            if entry.get("substances") and not row["identified_ingredients"]:
                names.add(_substance(row["inn"]).lower())
    return {name.strip() for name in names if sum(map(str.isalpha, name)) > 2}


def _substance(text: str) -> str:
    """The plain name at the head of an entry such as "Cinchophen (INN), its salts, derivatives and …", or nothing."""
    head = _AFTER_NAME.split(re.sub(r"\((?:INN|INNM|ISO|BAN|USAN)\)", "", text))[0].strip(" ,.")
    return head if _PLAIN_NAME.fullmatch(head) and head.count(" ") < 4 else ""


def _rows_of(file: str) -> list[dict[str, str]]:
    with (SAFETY / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _counts(row: dict[str, str], entry: dict[str, Any]) -> bool:
    number, text = row["reference_number"], row["inn"]
    if number in entry.get("entries", ()):
        return True
    if number in entry.get("not_entries", ()):
        return False
    if "entries_matching" in entry:
        return re.search(str(entry["entries_matching"]), text) is not None
    if "entries_not_matching" in entry:
        return re.search(str(entry["entries_not_matching"]), text) is None
    return True
