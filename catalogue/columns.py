"""Which column of a supplier's sheet states what, and in which unit. Proposed from its header, said by a person, and remembered
for the supplier's next file."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache

from sqlalchemy.orm import Session

from catalogue import specification, versions
from catalogue.specification import Condition, Specification
from catalogue.units import UNITS, unit_named

HEAD = {
    "sku": "SKU",
    "name": "Name",
    "brand": "Brand",
    "manufacturer": "Manufacturer",
    "gtin": "GTIN",
    "price": "Price",
    "currency": "Currency of the price",
    "product_kind": "Roller or serum",
}
FACT, KEPT, LEFT_OUT = "fact:", "kept:", ""
# What suppliers state though no rule asks for it, in the unit in which it is kept.
UNASKED = {"storage_temperature_max": "°C", "storage_temperature_min": "°C", "shelf_life": "months"}
# What suppliers call a thing, where its own name is far from it.
_CALLED = {
    "sku": "sku|article number|article no|art no|item number|item no|item code|product code|code|artikelnummer|ref|id",
    "name": "name|product name|product|description|title|bezeichnung|artikel",
    "gtin": "gtin|ean|ean13|barcode|bar code|upc",
    "price": "price|rrp|retail price|price incl vat|preis|price gbp|unit price",
    "currency": "currency|curr|wahrung",
    "product_kind": "product kind|product type|category|type of product",
    "manufacturer": "manufacturer|maker|producer|made by|hersteller",
    "brand": "brand|marke",
    "fact:needle_length_nominal": "needle length|length|needle size|nadellange|needle length mm",
    "fact:needle_count_declared": "needle count|needles|number of needles|no of needles|nadelanzahl",
    "fact:needle_material_grade": "material|needle material|steel grade|material grade",
    "fact:supplied_sterile": "sterile|supplied sterile|steril",
    "fact:sterility_assurance_level": "sal|sterility assurance level",
    "fact:max_uses_declared": "uses|max uses|number of uses|use limit",
    "fact:max_days_after_opening": "use within|days after opening|use within after opening",
    "fact:kind": "device kind|kind|device type|type",
    "fact:intended_user": "user|for use by|intended user|marketed for",
    "fact:ingredients": "ingredients|inci|inci list|full ingredients|inhaltsstoffe",
    "fact:ph": "ph|ph value",
    "fact:period_after_opening": "pao|period after opening",
    "fact:pack": "pack|packaging|container",
    "fact:storage_temperature_max": "storage temperature max|max storage temperature|store below|storage below|storage temp",
    "fact:storage_temperature_min": "storage temperature min|min storage temperature|store above",
    "fact:shelf_life": "shelf life|haltbarkeit",
}
_ALIKE, _SHORT = 0.84, 6
# Every fact that is asked of a kind of product, with the demand that tells its unit and type.
Asked = Mapping[str, Mapping[str, Condition | None]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what it states, and the unit of a bare number in it."""

    header: str
    target: str = LEFT_OUT
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one file is read: its columns, and what holds for all of its rows."""

    columns: tuple[Column, ...]
    kind: str = ""
    currency: str = "GBP"
    mark: str = ""
    encoding: str = ""
    places: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places = {column.target: place for place, column in enumerate(self.columns) if column.target}
        object.__setattr__(self, "places", places)

    def faults(self) -> list[str]:
        """Every reason why no product can be read by it."""
        targets = [column.target for column in self.columns if column.target]
        twice = sorted({target for target in targets if targets.count(target) > 1})
        told = [f"Two columns state the same: {in_words(target)}." for target in twice]
        if "sku" not in targets:
            told.append("Say which column is the SKU: by it a product is known again.")
        if "product_kind" not in targets and self.kind not in specification.KINDS:
            told.append("Say whether the products are rollers or serums, or which column tells it.")
        return told


def to_json(mapping: Plan) -> str:
    columns = [[column.header, column.target, column.unit] for column in mapping.columns]
    told = {"columns": columns, "kind": mapping.kind, "currency": mapping.currency}
    return json.dumps(told | {"mark": mapping.mark, "encoding": mapping.encoding}, ensure_ascii=False)


def from_json(text: str) -> Plan:
    told = json.loads(text or "{}")
    columns = tuple(Column(*column) for column in told.pop("columns", []))
    return Plan(columns, **told)


def proposed(headers: Sequence[str], remembered: Plan, asked: Asked, encoding: str = "") -> Plan:
    """What each column states: as it was said for the supplier's last file, else by its name, each thing once."""
    known = {column.header: column for column in remembered.columns}
    names = _names(asked)
    columns: list[Column] = []
    taken: set[str] = set()
    for header in headers:
        column = known.get(header) or _guessed(header, names, asked)
        if column.target in taken:
            column = Column(header)
        taken |= {column.target} - {LEFT_OUT}
        columns.append(column)
    kind = remembered.kind or _kind_of(taken, asked)
    return Plan(tuple(columns), kind, remembered.currency, remembered.mark, encoding)


def _kind_of(targets: set[str], asked: Asked) -> str:
    """The kind of product that alone has all the facts of the columns."""
    named = {target.removeprefix(FACT) for target in targets if target.startswith(FACT)} - set(UNASKED)
    fitting = [kind for kind in specification.KINDS if named and named <= set(asked[kind])]
    return fitting[0] if len(fitting) == 1 and "product_kind" not in targets else ""


def _guessed(header: str, names: Sequence[tuple[str, str]], asked: Asked) -> Column:
    bare = _bare(re.sub(r"[(\[].*?[)\]]", " ", header))
    best = max(names, key=lambda pair: _likeness(bare, pair[1]))
    if not bare or _likeness(bare, best[1]) < _ALIKE:
        return Column(header)
    return Column(header, best[0], _unit_in(header, unit_of(best[0], asked)))


def _likeness(one: str, other: str) -> float:
    """Between nought and one; a short name is like no other: a market is no Marke."""
    if one == other or len(other) < _SHORT:
        return float(one == other)
    return SequenceMatcher(None, one, other).ratio()


def _unit_in(header: str, unit: str | None) -> str:
    """The unit that a header names: Needle length (µm), length_um, Length [inch]."""
    named = re.findall(r"[(\[](.*?)[)\]]", header) + re.split(r"[\s_]+", header)[-1:]
    found = next(filter(None, (unit_named(name, unit) for name in named)), None)
    return found if found and found != unit else ""


def _names(asked: Asked) -> tuple[tuple[str, str], ...]:
    """Every target with each name by which it is known."""
    called = [(target, name) for target, names in _CALLED.items() for name in names.split("|")]
    facts = {fact for kind in specification.KINDS for fact in asked[kind]} | set(UNASKED)
    own = [(f"{FACT}{fact}", fact.replace("_", " ")) for fact in sorted(facts)]
    return (*called, *((target, _bare(title)) for target, title in HEAD.items()), *own)


def _bare(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower().replace("ä", "a")))


def asked_on(session: Session, today: date) -> Asked:
    """The facts that the specification in force asks of a product, and those that a published version will ask: a dossier may be
    ready before its day."""
    return asked_by(*versions.in_force_and_coming(session, today))


@lru_cache(maxsize=16)
def asked_by(*rules: Specification) -> Asked:
    """The facts that these versions ask, of each kind of product; where they differ, the first of them tells the unit."""
    return {kind: _asked_of(kind, rules) for kind in specification.KINDS}


def _asked_of(kind: str, versions: Sequence[Specification]) -> Mapping[str, Condition | None]:
    found: dict[str, Condition | None] = {"ingredients": None} if kind == "serum" else {}
    for rules in versions:
        of_kind = rules.rules_for(kind)
        demands = [rule.demand for rule in of_kind]
        for condition in (*demands, *(rule.applies_when for rule in of_kind), *(rule.unless for rule in of_kind)):
            if condition and condition.fact not in ("price", "ingredients"):
                found.setdefault(condition.fact, condition)
    return found


def unit_of(target: str, asked: Asked) -> str | None:
    """The unit in which a thing is kept; None when it has none."""
    fact = target.removeprefix(FACT)
    if target.startswith(FACT):
        condition = next(filter(None, (asked[kind].get(fact) for kind in specification.KINDS)), None)
        if condition:
            return condition.unit
    return UNASKED.get(fact)


def units_for(target: str, asked: Asked) -> tuple[str, ...]:
    """The units that a person may choose for a column; none where there is nothing to choose."""
    family = tuple(UNITS.get(unit_of(target, asked) or "", ()))
    return family if len(family) > 1 else ()


def kept_name(header: str) -> str:
    """The name under which a column is kept that nobody asks for."""
    return _bare(header).replace(" ", "_")[:60] or "column"


def in_words(target: str) -> str:
    return HEAD.get(target) or target.partition(":")[2].replace("_", " ").capitalize()
