"""The safety specification as values: rules with their sources, read from TOML and checked before use.

Loading refuses whatever it does not understand, because a misspelt key would silently switch a demand off.
"""

import copy
import functools
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from catalogue.canonical import fingerprint
from catalogue.ingredient_classes import class_titles, classes, eu_lists_as_of
from catalogue.limits import CHECKS, demanded_in_words, is_text
from catalogue.specification_checks import (
    ALWAYS,
    BASES,
    KINDS,
    MOMENTS,
    PROOFS,
    faults_of_head,
    faults_of_rule,
)

__all__ = [
    "BASES",
    "KINDS",
    "PROOFS",
    "Condition",
    "Rule",
    "Source",
    "Specification",
    "SpecificationError",
    "entries",
    "load",
    "parse",
]

OWN_SPECIFICATION = Path(__file__).parent / "safety" / "specification.toml"


class SpecificationError(ValueError):
    """A specification that cannot be relied on; names the file, the rule and the reason."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a demand comes from, and the day by which somebody had read it there."""

    title: str
    read_on: date
    clause: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A demand on one fact: `fact must limit`, in the unit named."""

    fact: str
    must: str
    limit: object
    unit: str | None = None
    holds: Callable[[object], bool] = field(init=False, repr=False, compare=False)
    in_words: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "holds", CHECKS[self.must](self.limit))
        object.__setattr__(self, "in_words", demanded_in_words(self.must, self.limit, self.unit))


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand on a product: either `demand` (on a fact) or `contains_none_of` (classes of ingredients)."""

    id: str
    product: str
    title: str
    checked_on: str
    outcome: str
    severity: str
    proof: str
    basis: str
    sources: tuple[Source, ...]
    demand: Condition | None = None
    contains_none_of: tuple[str, ...] = ()
    applies_when: Condition | None = None
    unless: Condition | None = None
    proof_valid_months: int | None = None
    note: str = ""
    law_of: str = ""
    demanded: str = ""
    fact: str = field(init=False)
    needs_document: bool = field(init=False)

    def __post_init__(self) -> None:
        """The fact that the rule reads, and whether a document must prove it.

        An ingredient list proves itself; a review is met or looked at; advice asks for nothing.
        """
        fact = self.demand.fact if self.demand else "ingredients"
        object.__setattr__(self, "fact", fact)
        object.__setattr__(self, "needs_document", self.outcome == "reject" and fact != "ingredients")

    @property
    def basis_in_words(self) -> str:
        """Whose demand it is, as the report says it; where an EU list decides, with the month of the list."""
        words = {
            "law": f"{self.law_of} law" if self.law_of else "the law",
            "standard": "a published standard",
            "clinic": "the clinic’s own rule",
        }[self.basis]
        return f"{words}, by the EU list of {eu_lists_as_of()}" if self.rests_on_eu_list else words

    @property
    def rests_on_eu_list(self) -> bool:
        """Whether an EU list names the ingredients that the rule refuses."""
        return any(classes()[name].from_eu_list for name in self.contains_none_of)


@dataclass(frozen=True, slots=True)
class Specification:
    """A whole, immutable version of the rules."""

    version: str
    in_force_from: date
    rules: tuple[Rule, ...]
    hash: str
    document: str = field(repr=False, compare=False)
    _by_id: Mapping[str, Rule] = field(repr=False, compare=False)
    _by_use: Mapping[tuple[str, str], tuple[Rule, ...]] = field(repr=False, compare=False)

    def __hash__(self) -> int:
        return hash(self.hash)

    def rules_for(self, kind: str, checked_on: str = "product") -> tuple[Rule, ...]:
        """The rules on a kind of product checked at that moment, in the order of the specification."""
        return self._by_use.get((kind, checked_on), ())

    def rule(self, id: str) -> Rule:
        """The rule with that id; KeyError when there is none."""
        return self._by_id[id]

    def shelf_life_months(self, kind: str) -> int:
        """Months that a batch must still last when it leaves; 0 when the specification asks for none."""
        limits = [rule.demand.limit for rule in self.rules_for(kind, "shelf") if rule.demand]
        return max((int(limit) for limit in limits if isinstance(limit, (int, Decimal))), default=0)


@functools.cache
def load(path: Path | None = None) -> Specification:
    """The specification in a file, the project's own by default; refuses with SpecificationError."""
    path = path or OWN_SPECIFICATION
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecificationError(f"{path.name}: cannot be read: {error}") from error
    return parse(text, path.name)


def parse(text: str, name: str) -> Specification:
    """The specification in a TOML text. Refuses when a key, value, source, class or id is wrong."""
    return checked(entries(text, name), text, name)


def checked(raw: Mapping[str, Any], text: str, name: str) -> Specification:
    """The specification that such a text says, once it is read."""
    _refuse(name, faults_of_head(raw))
    rules = tuple(_rule(name, number, entry) for number, entry in enumerate(raw["rule"], 1))
    _refuse(name, _repeated([rule.id for rule in rules]))
    return Specification(
        version=raw["version"],
        in_force_from=raw["in_force_from"],
        rules=rules,
        hash=fingerprint(raw),
        document=text,
        _by_id={rule.id: rule for rule in rules},
        _by_use={
            (kind, moment): tuple(r for r in rules if r.product == kind and r.checked_on == moment)
            for kind in KINDS
            for moment in MOMENTS
        },
    )


def entries(text: str, name: str = "the specification") -> dict[str, Any]:
    """What stands in a TOML text, with exact numbers, not yet checked, to be changed as one likes. Refuses what is not TOML."""
    try:
        return copy.deepcopy(_read(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SpecificationError(f"{name}: not TOML: {error}") from error


@functools.lru_cache(maxsize=16)
def _read(text: str) -> dict[str, Any]:
    """One page looks into the same text several times, and a copy is made in a sixth of the time."""
    return tomllib.loads(text, parse_float=Decimal)


def _refuse(where: str, faults: list[str]) -> None:
    if faults:
        raise SpecificationError(f"{where}: {'; '.join(faults)}")


def _repeated(ids: list[str]) -> list[str]:
    return [f"rule {id}: the id is used twice" for id in dict.fromkeys(ids) if ids.count(id) > 1]


def _rule(name: str, number: int, entry: Mapping[str, object]) -> Rule:
    id = entry.get("id")
    where = f"{name}: rule {id if is_text(id) else f'number {number}'}"
    _refuse(where, faults_of_rule(entry))
    rule = {key: entry[key] for key in (*ALWAYS, "note", "law_of", "proof_valid_months") if key in entry}
    classes = tuple(_as_list(entry.get("contains_none_of")))
    demand = None if classes else _condition(entry)
    return Rule(
        **rule,  # type: ignore[arg-type]  # every value was checked above
        sources=tuple(Source(**source) for source in entry["sources"]),  # type: ignore[attr-defined]
        demand=demand,
        contains_none_of=classes,
        applies_when=_condition(entry.get("applies_when")),
        unless=_condition(entry.get("unless")),
        demanded=demand.in_words if demand else _none_of(classes),
    )


def _none_of(classes: tuple[str, ...]) -> str:
    titles = class_titles()
    return "none of: " + ", ".join(titles[name] for name in classes)


def _condition(entry: object) -> Condition | None:
    if not isinstance(entry, dict):
        return None
    limit = entry["limit"]
    return Condition(
        fact=entry["fact"],
        must=entry["must"],
        limit=tuple(limit) if isinstance(limit, list) else limit,
        unit=entry.get("unit"),
    )


def _as_list(value: object) -> list[str]:
    return value if isinstance(value, list) else []
