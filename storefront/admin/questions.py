"""What a dossier is asked: the specification as a checklist, one question for each fact that a rule reads."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from catalogue.reports import chapter_of
from catalogue.specification import Condition, Specification
from storefront.admin.forms import in_plain_words


@dataclass(frozen=True, slots=True)
class Question:
    """One fact that the specification asks for, and how to ask a person."""

    fact: str
    chapter: str
    label: str
    hint: str
    demand: Condition | None
    choices: tuple[str, ...]


@cache
def questions(kind: str, rules: Specification, *coming: Specification) -> tuple[Question, ...]:
    """The checklist of a kind of product under these rules, in their order, then what versions to come will ask besides; the price
    stands in the head."""
    asked = {question.fact: question for question in _asked(kind, rules)}
    for version in coming:
        for question in _asked(kind, version):
            told = f"Asked from {version.in_force_from:%-d %b %Y} on. {question.hint}"
            asked.setdefault(question.fact, replace(question, hint=told))
    return tuple(asked.values())


def _asked(kind: str, rules: Specification) -> Iterator[Question]:
    asked: dict[str, list[str]] = {}
    first: dict[str, tuple[str, Condition | None]] = {}
    for rule in rules.rules_for(kind):
        for condition in (rule.applies_when, rule.demand, rule.unless):
            if condition:
                first.setdefault(condition.fact, (rule.id, condition))
        first.setdefault(rule.fact, (rule.id, rule.demand))
        asked.setdefault(rule.fact, []).append(f"{rule.demanded}, by {rule.proof}" if rule.demand else "")
    for name in first:
        if name != "price":
            yield _question(name, *first[name], asked.get(name, []))


def _question(fact: str, rule_id: str, demand: Condition | None, demanded: list[str]) -> Question:
    if fact == "ingredients":
        hint, demand = "The whole list as printed on the label, with commas between.", None
    else:
        told = "; ".join(dict.fromkeys(filter(None, demanded)))
        hint = f"Demanded: {told}" if told else "Decides whether other rules apply"
    choices = demand.limit if demand and isinstance(demand.limit, tuple) and demand.must == "one of" else ()
    unit = f" ({demand.unit})" if demand and demand.unit and demand.unit != "count" else ""
    return Question(fact, chapter_of(rule_id), in_plain_words(fact) + unit, hint, demand, tuple(map(str, choices)))
