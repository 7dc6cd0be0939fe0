"""What may stand in a specification: its keys, the values they take, and every fault of a draft in words. Whoever edits a
specification is asked the same as whoever loads one."""

from collections.abc import Mapping
from datetime import date

from catalogue.ingredient_classes import class_titles
from catalogue.limits import CHECKS, fault_of_limit, is_text

KINDS = ("roller", "serum")
OUTCOMES = ("reject", "review", "advise")
BASES = ("law", "standard", "clinic")
SEVERITIES = ("critical", "high", "medium", "low")
MOMENTS = ("product", "batch", "shelf")
PROOFS = (
    "certificate",
    "declaration",
    "test report",
    "datasheet",
    "label",
    "instructions",
    "inspection",
    "register check",
    "note",
)

ALWAYS = ("id", "product", "title", "checked_on", "outcome", "severity", "proof", "basis")
CONDITION = ("fact", "must", "limit", "unit")
_KNOWN = {
    *ALWAYS,
    *CONDITION,
    "sources",
    "contains_none_of",
    "applies_when",
    "unless",
    "proof_valid_months",
    "note",
    "law_of",
}
_CHOICES = {
    "product": KINDS,
    "checked_on": MOMENTS,
    "outcome": OUTCOMES,
    "severity": SEVERITIES,
    "proof": PROOFS,
    "basis": BASES,
}
SOURCE = ("title", "clause", "address", "read_on")


def faults_of_head(raw: Mapping[str, object]) -> list[str]:
    faults = [f'unknown key "{key}"' for key in raw if key not in ("version", "in_force_from", "rule")]
    if not is_text(raw.get("version")):
        faults.append('version must be a text such as "2026.1"')
    if type(raw.get("in_force_from")) is not date:
        faults.append("in_force_from must be a date such as 2026-11-22")
    rules = raw.get("rule")
    if not isinstance(rules, list) or not rules or not all(isinstance(rule, dict) for rule in rules):
        faults.append("there must be at least one [[rule]]")
    return faults


def faults_of_rule(entry: Mapping[str, object]) -> list[str]:
    faults = [f'unknown key "{key}"' for key in entry if key not in _KNOWN]
    faults += [f"{key} is missing" for key in ALWAYS if not is_text(entry.get(key))]
    for key, allowed in _CHOICES.items():
        if is_text(entry.get(key)) and entry[key] not in allowed:
            faults.append(f'{key} "{entry[key]}" is not one of: {", ".join(allowed)}')
    months = entry.get("proof_valid_months", 1)
    if type(months) is not int or months < 1:
        faults.append("proof_valid_months must be a whole number of at least 1")
    if not isinstance(entry.get("note", ""), str):
        faults.append("note must be a text")
    if "law_of" in entry and (entry.get("basis") != "law" or not is_text(entry["law_of"])):
        faults.append('law_of must be a text, and stands only where basis is "law"')
    return faults + _faults_of_sources(entry.get("sources")) + _faults_of_demand(entry)


def _faults_of_sources(sources: object) -> list[str]:
    """A source has a title and the day on which it was read; clause and address where there are any."""
    if not isinstance(sources, list) or not sources or not all(isinstance(source, dict) for source in sources):
        return ["sources must be a list with at least one { title, read_on }"]
    return [f"source {number}: {fault}" for number, each in enumerate(sources, 1) for fault in _faults_of_source(each)]


def _faults_of_source(source: Mapping[str, object]) -> list[str]:
    faults = [f'unknown key "{key}"' for key in source if key not in SOURCE]
    if not is_text(source.get("title")):
        faults.append("title is missing")
    if type(source.get("read_on")) is not date:
        faults.append("read_on must be a date such as 2026-11-22")
    faults += [f"{key} must be a text" for key in ("clause", "address") if key in source and not is_text(source[key])]
    address = source.get("address", "https://")
    if is_text(address) and not str(address).startswith(("https://", "http://")):
        faults.append("address must begin with https:// or http://")
    return faults


def _faults_of_demand(entry: Mapping[str, object]) -> list[str]:
    faults = []
    for key in ("applies_when", "unless"):
        if key in entry:
            faults += [f"{key}: {fault}" for fault in _faults_of_condition(entry[key])]
    if "contains_none_of" not in entry:
        return faults + _faults_of_condition({key: entry[key] for key in CONDITION if key in entry})
    faults += [f"{key} cannot stand beside contains_none_of" for key in CONDITION if key in entry]
    return faults + _faults_of_classes(entry["contains_none_of"])


def _faults_of_classes(classes: object) -> list[str]:
    if not isinstance(classes, list) or not classes:
        return ["contains_none_of must be a list of classes"]
    return [f'unknown class "{name}"' for name in classes if name not in class_titles()]


def _faults_of_condition(entry: object) -> list[str]:
    if not isinstance(entry, dict):
        return ["must be a table with fact, must and limit"]
    faults = [f'unknown key "{key}"' for key in entry if key not in CONDITION]
    faults += [f"{key} is missing" for key in ("fact", "must") if not is_text(entry.get(key))]
    if not isinstance(entry.get("unit", ""), str):
        faults.append("unit must be a text")
    if "limit" not in entry:
        return [*faults, "limit is missing"]
    must = entry.get("must")
    if isinstance(must, str) and must not in CHECKS:
        return [*faults, f'must "{must}" is not one of: {", ".join(CHECKS)}']
    fault = fault_of_limit(must, entry["limit"]) if isinstance(must, str) else None
    return [*faults, fault] if fault else faults
