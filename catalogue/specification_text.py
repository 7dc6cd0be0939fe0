"""A specification written down as TOML, each key in its place, so that two versions can be laid side by side. Whatever is
written reads back as the same rules with the same hash."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from catalogue.specification_checks import SOURCE

HEAD = ("version", "in_force_from")
RULE = (
    *("id", "product", "title", "fact", "must", "limit", "unit", "contains_none_of", "unless", "applies_when"),
    *("checked_on", "outcome", "severity", "proof", "proof_valid_months", "sources", "basis", "law_of", "note"),
)
CONDITION = ("fact", "must", "limit", "unit")
_ESCAPED = {ord(char): f"\\u{ord(char):04X}" for char in [*map(chr, range(32)), "\x7f"]}
_ESCAPED |= {ord("\\"): "\\\\", ord('"'): '\\"'}


def written(raw: Mapping[str, object]) -> str:
    """The TOML of a specification's entries, as `specification.entries` reads them."""
    head = [f"{key} = {_value(raw[key])}" for key in HEAD]
    rules = raw["rule"]
    assert isinstance(rules, list)
    return "\n".join([*head, *(line for rule in rules for line in ("", "[[rule]]", *_rule(rule)))]) + "\n"


def _rule(rule: Mapping[str, object]) -> list[str]:
    return [
        f"{key} = {_list_of_tables(rule[key]) if key == 'sources' else _value(rule[key])}"
        for key in RULE
        if key in rule
    ]


def _list_of_tables(sources: object) -> str:
    assert isinstance(sources, list)
    return "\n".join(["[", *(f"    {_table(source, SOURCE)}," for source in sources), "]"])


def _table(entry: Mapping[str, object], keys: tuple[str, ...]) -> str:
    return "{ " + ", ".join(f"{key} = {_value(entry[key])}" for key in keys if key in entry) + " }"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return _table(value, CONDITION)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPED)}"'
    if isinstance(value, date):
        return value.isoformat()
    return _number(value) if isinstance(value, Decimal) else str(value)


def _number(value: Decimal) -> str:
    """A decimal keeps its point, or it would come back as a whole number."""
    text = f"{value:f}"
    return text if "." in text else f"{text}.0"
