"""What a dossier is asked: the specification as a checklist, one question for each fact that a rule reads."""

from dataclasses import dataclass
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
def questions(kind: str, rules: Specification) -> tuple[Question, ...]:
    """The checklist of a kind of product under these rules, in their order; the price stands in the head."""
    asked: dict[str, list[str]] = {}
    first: dict[str, tuple[str, Condition | None]] = {}
    for rule in rules.rules_for(kind):
        for condition in (rule.applies_when, rule.demand, rule.unless):
            if condition:
                first.setdefault(condition.fact, (rule.id, condition))
        first.setdefault(rule.fact, (rule.id, rule.demand))
        asked.setdefault(rule.fact, []).append(f"Demanded: {rule.demanded}, by {rule.proof}" if rule.demand else "")
    names = [name for name in first if name not in ("price",)]
    return tuple(_question(name, *first[name], asked.get(name, [])) for name in names)


def _question(fact: str, rule_id: str, demand: Condition | None, demanded: list[str]) -> Question:
    if fact == "ingredients":
        hint, demand = "The whole list as printed on the label, with commas between.", None
    else:
        hint = "; ".join(dict.fromkeys(filter(None, demanded))) or "Decides whether other rules apply"
    choices = demand.limit if demand and isinstance(demand.limit, tuple) and demand.must == "one of" else ()
    unit = f" ({demand.unit})" if demand and demand.unit and demand.unit != "count" else ""
    return Question(fact, chapter_of(rule_id), in_plain_words(fact) + unit, hint, demand, tuple(map(str, choices)))
