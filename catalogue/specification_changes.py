"""What changes between two versions of the specification, rule by rule, in words."""

from dataclasses import dataclass

from catalogue.specification import Condition, Rule, Source, Specification


@dataclass(frozen=True, slots=True)
class Change:
    """One rule that is added, retired or changed: each key with what it was and what it becomes."""

    rule: Rule
    kind: str
    keys: tuple[tuple[str, str, str], ...] = ()


def changes_between(old: Specification, new: Specification) -> list[Change]:
    """Every rule that is not the same in both, in the order of the new version; those it retires come last."""
    before, after = {rule.id: rule for rule in old.rules}, {rule.id: rule for rule in new.rules}
    found = []
    for rule in new.rules:
        if rule.id not in before:
            found.append(Change(rule, "added"))
        elif keys := _keys(before[rule.id], rule):
            found.append(Change(rule, "changed", keys))
    return found + [Change(rule, "retired") for rule in old.rules if rule.id not in after]


def _keys(old: Rule, new: Rule) -> tuple[tuple[str, str, str], ...]:
    sides = zip(_told(old).items(), _told(new).items(), strict=True)
    return tuple((key, was, becomes) for (key, was), (_, becomes) in sides if was != becomes)


def _told(rule: Rule) -> dict[str, str]:
    return {
        "title": rule.title,
        "reads": rule.fact,
        "demand": rule.demanded,
        "applies when": _condition(rule.applies_when),
        "unless": _condition(rule.unless),
        "checked on": rule.checked_on,
        "outcome": rule.outcome,
        "severity": rule.severity,
        "proof": rule.proof,
        "proof valid for months": str(rule.proof_valid_months or "no limit"),
        "basis": rule.basis,
        "law of": rule.law_of or "none",
        "sources": "; ".join(map(_source, rule.sources)),
        "note": rule.note or "none",
    }


def _condition(condition: Condition | None) -> str:
    return f"{condition.fact} {condition.in_words}" if condition else "none"


def _source(source: Source) -> str:
    parts = (source.title, source.clause, source.address, source.read_on.isoformat())
    return ", ".join(part for part in parts if part)
