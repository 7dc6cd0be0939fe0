"""What a printed name may mean: INCI names by synonyms, classes by patterns and EU lists, and near misses.

Labels call one substance many names and several by one ("lavender"): all that a name may mean counts.
"""

import csv
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalogue.ingredient_classes import SAFETY, classes
from catalogue.misspellings import NearNames

_BRACKETED = re.compile(r"\s*[(\[{]([^()\[\]{}]*)[)\]}]\s*")
# A slash beside a bare ion or a monomer joins the parts of one polymer; they are no names of their own.
_POLYMER = re.compile(r"polymer|polyacryl|acrylamide|acrylate|taurate|(?:^|[/\\])(?:sodium|ammonium|vp|ma)(?:$|[/\\])")


@dataclass(frozen=True, slots=True)
class Meaning:
    """INCI names that a printed name may stand for, its classes, and listed names it is one letter off."""

    inci: tuple[str, ...]
    classes: frozenset[str]
    perhaps: tuple[tuple[str, frozenset[str]], ...]


@functools.lru_cache(maxsize=65536)
def meaning_of(name: str) -> Meaning:
    """What a name as printed may mean."""
    whole = " ".join(name.lower().split())
    forms = _forms(whole)
    inci = tuple(dict.fromkeys(meant for form in forms for meant in synonyms().get(form, ())))
    found = classes_of([*forms, whole, *(meant.lower() for meant in inci)])
    found |= _shared_by_bracketed(whole)
    return Meaning(inci, found, _perhaps(forms, found) if not _is_known(forms) else ())


def classes_of(names: Iterable[str]) -> frozenset[str]:
    """Every class that holds one of the names (lower case), whatever its position."""
    return frozenset().union(*map(_classes_of_name, names))


@functools.lru_cache(maxsize=65536)
def _classes_of_name(name: str) -> frozenset[str]:
    return frozenset(group.name for group in classes().values() if group.holds(name))


@functools.cache
def synonyms() -> dict[str, tuple[str, ...]]:
    """For each label form in lower case, every INCI name it may mean.

    An INCI name means itself alone: BHA on a label is butylated hydroxyanisole, never "beta hydroxy acid",
    and CI 77891 is titanium dioxide as a colourant, not as a sunscreen.
    """
    meant: dict[str, dict[str, None]] = {}
    with (SAFETY / "inci_synonyms.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            meant.setdefault(row["synonym"].strip().lower(), {})[row["inci_name"].strip().upper()] = None
    itself = {name.lower() for names in meant.values() for name in names}
    return {form: tuple(names) for form, names in meant.items() if form not in itself}


@functools.cache
def listed_names() -> frozenset[str]:
    """Every name that some list of ours holds, in lower case."""
    named = {name.lower() for names in synonyms().values() for name in names} | synonyms().keys()
    return frozenset(named.union(*(group.listed for group in classes().values())))


def _forms(whole: str) -> tuple[str, ...]:
    """The forms to compare with lists: without brackets, and the parts that a slash sets apart."""
    bare = " ".join(_BRACKETED.sub(" ", whole).split()) or whole
    return tuple(dict.fromkeys([bare, *_alternatives(bare)]))


def _alternatives(name: str) -> Iterator[str]:
    if ("/" in name or "\\" in name) and not _POLYMER.search(name):
        yield from (part.strip() for part in re.split(r"[/\\]", name) if len(part.strip()) > 2)


def _shared_by_bracketed(whole: str) -> frozenset[str]:
    """Classes of a name in brackets: of the name itself, and those that all it may mean have in common.

    Amid a name ("Citrus Grandis (Grapefruit) Seed Extract") a bracket glosses the plant, not the substance.
    """
    found: frozenset[str] = frozenset()
    for bracketed in _BRACKETED.finditer(whole):
        for form in (bracketed[1].strip(), *_alternatives(bracketed[1])):
            found |= classes_of([form])
            meant = synonyms().get(form, ()) if bracketed.end() == len(whole) else ()
            if meant:
                found |= frozenset.intersection(*(classes_of([name.lower()]) for name in meant))
    return found


def _is_known(forms: tuple[str, ...]) -> bool:
    return any(form in listed_names() for form in forms)


def _perhaps(forms: tuple[str, ...], found: frozenset[str]) -> tuple[tuple[str, frozenset[str]], ...]:
    """Listed names one letter off, with the classes they would bring beyond those already found."""
    near = dict.fromkeys(name for form in forms for name in near_names().near(form))
    brought = (
        (name.upper(), classes_of([name, *(m.lower() for m in synonyms().get(name, ()))]) - found) for name in near
    )
    return tuple(brought)


@functools.cache
def near_names() -> NearNames:
    """The listed names, ready to be asked for near misses."""
    return NearNames(listed_names())
