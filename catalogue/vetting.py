"""judge(): what the specification says of a dossier on a day. Pure: values in, every finding out.

Nothing passes for want of knowledge: a fact that is missing, unproven or only once proven never counts.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from catalogue.dossiers import Dossier, Evidence, Fact
from catalogue.ingredients import Ingredient, classify, doubtful, read_list
from catalogue.limits import in_words
from catalogue.specification import Condition, Rule, Specification
from catalogue.validity import Documents
from catalogue.verdicts import Finding, Outcome, ProductVerdict

_BLOCKING = frozenset(("fail", "missing", "unproven", "lapsed", "review"))


@dataclass(frozen=True)
class Report:
    """Every finding on a dossier, in the order of the specification, and the verdict they add up to."""

    dossier: Dossier = field(repr=False)
    specification: Specification = field(repr=False)
    today: date
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> ProductVerdict:
        """rejected when any rule fails, else incomplete when anything is open, else accepted."""
        verdicts = {finding.verdict for finding in self.findings}
        if "fail" in verdicts:
            return "rejected"
        return "incomplete" if verdicts & _BLOCKING else "accepted"

    @functools.cached_property
    def counts(self) -> Mapping[Outcome, int]:
        """How many findings of each verdict there are; verdicts that nobody got are left out."""
        counts: dict[Outcome, int] = {}
        for finding in self.findings:
            counts[finding.verdict] = counts.get(finding.verdict, 0) + 1
        return counts

    @functools.cached_property
    def lapses_on(self) -> date | None:
        """The last day on which an accepted product still is, if nothing changes; None when there is none."""
        if self.verdict != "accepted":
            return None
        for day in Documents(self.dossier.evidence, self.today).last_days(self.specification, self.dossier.kind):
            if judge(self.dossier, self.specification, day + timedelta(days=1)).verdict != "accepted":
                return day
        return None

    @functools.cached_property
    def not_asked_for(self) -> Mapping[str, Fact]:
        """Facts of the dossier that no rule for its kind reads; kept and shown."""
        asked = facts_asked(self.specification, self.dossier.kind)
        return {name: value for name, value in self.dossier.facts.items() if name not in asked}

    def to_json(self) -> dict[str, object]:
        """The report in the form that `python -m catalogue vet --json` prints."""
        return {
            "sku": self.dossier.sku,
            "kind": self.dossier.kind,
            "specification": self.specification.version,
            "today": self.today.isoformat(),
            "verdict": self.verdict,
            "findings": [finding_to_json(finding) for finding in self.findings],
        }


def finding_to_json(finding: Finding) -> dict[str, object]:
    """A finding with its five fields in JSON's own types."""
    return {name: getattr(finding, name) for name in ("rule", "verdict", "found", "demanded", "proof")}


def facts_asked(specification: Specification, kind: str) -> frozenset[str]:
    """Every fact that a rule for the kind of product reads, whenever it is checked."""
    asked: set[str] = set()
    for rule in specification.rules:
        if rule.product == kind:
            conditions = (rule.demand, rule.applies_when, rule.unless)
            asked.update(condition.fact for condition in conditions if condition)
            asked.add(rule.fact)
    return frozenset(asked)


def judge(dossier: Dossier, specification: Specification, today: date) -> Report:
    """What the specification says of the dossier on that day: one finding for each rule on the product."""
    findings = findings_by(dossier, specification.rules_for(dossier.kind), today)
    return Report(dossier, specification, today, findings)


def findings_by(dossier: Dossier, rules: Iterable[Rule], today: date) -> tuple[Finding, ...]:
    """What these rules say of the dossier on that day, one finding for each."""
    case = _Case(dossier.stated, dossier.evidence, today, dossier.currency)
    return tuple(case.finding(rule) for rule in rules)


def judge_batch(
    facts: Mapping[str, Fact],
    evidence: tuple[Evidence, ...],
    kind: str,
    specification: Specification,
    today: date,
) -> tuple[Finding, ...]:
    """What the rules checked at goods-in say of a batch, given its own facts and documents."""
    case = _Case(facts, evidence, today, None)
    return tuple(case.finding(rule) for rule in specification.rules_for(kind, "batch"))


def may_be_released(findings: Iterable[Finding]) -> bool:
    """Whether no finding blocks: every demand is met and proven, or looked at by a practitioner."""
    return not any(map(is_open, findings))


def is_open(finding: Finding) -> bool:
    """Whether a finding stands against the product."""
    return finding.verdict in _BLOCKING


class _Case:
    """One set of facts and documents on one day; asks each rule in turn."""

    def __init__(
        self, facts: Mapping[str, Fact], evidence: tuple[Evidence, ...], today: date, currency: str | None
    ) -> None:
        self.facts, self.currency = facts, currency
        self.documents = Documents(evidence, today)

    def finding(self, rule: Rule) -> Finding:
        """The finding of one rule."""
        if rule.applies_when and (spared := self._spared(rule, rule.applies_when, holds=False)):
            return Finding(rule.id, "not applicable", self._shown(rule.applies_when), rule.demanded, spared.reference)
        if rule.contains_none_of:
            return self._of_ingredients(rule)
        return self._of_fact(rule, rule.demand)  # type: ignore[arg-type]  # a rule has one or the other

    def _value(self, fact: str) -> object:
        """The stated fact, or None: an empty text or list states nothing. The ingredient list is read."""
        value = self.facts.get(fact)
        if value == () or (isinstance(value, str) and not value.strip()):
            return None
        return (self.ingredients or None) if fact == "ingredients" else value

    @functools.cached_property
    def ingredients(self) -> tuple[Ingredient, ...]:
        return ingredients_in(self.facts)

    @functools.cached_property
    def classes(self) -> Mapping[str, tuple[Ingredient, ...]]:
        return classify(self.ingredients)

    @functools.cached_property
    def doubts(self) -> Mapping[str, tuple[tuple[Ingredient, str], ...]]:
        return doubtful(self.ingredients)

    def _spared(self, rule: Rule, condition: Condition, holds: bool) -> Evidence | None:
        """The valid document that proves the condition's fact, when the condition comes out as asked."""
        value = self._value(condition.fact)
        if value is None or condition.holds(value) is not holds:
            return None
        return self.documents.covering(condition.fact, rule)

    def _shown(self, condition: Condition) -> str:
        return f"{condition.fact}: {in_words(self._value(condition.fact), condition.unit)}"

    def _of_fact(self, rule: Rule, demand: Condition) -> Finding:
        value = self._value(demand.fact)
        if value is None:
            return self._unmet(rule, "missing", None)
        found = self._found(demand, value)
        if demand.fact == "price" and self.currency and demand.unit and self.currency != demand.unit:
            return self._awaiting_review(rule, found)
        if not demand.holds(value):
            return self._unmet(rule, "fail", found)
        if not rule.needs_document:
            return self._met_without_need(rule, found)
        verdict, document = self.documents.state(rule)
        return Finding(rule.id, verdict, found, rule.demanded, _reference(document))

    def _found(self, demand: Condition, value: object) -> str:
        if demand.must == "count at most" and isinstance(value, tuple):
            return str(len(value))
        unit = self.currency or demand.unit if demand.fact == "price" else demand.unit
        return in_words(value, unit)

    def _met_without_need(self, rule: Rule, found: str) -> Finding:
        document = self.documents.proof(rule)
        return Finding(rule.id, "pass", found, rule.demanded, _reference(document))

    def _unmet(self, rule: Rule, verdict: Outcome, found: str | None) -> Finding:
        if rule.outcome == "advise":
            return Finding(rule.id, "advice", found, rule.demanded, None)
        if rule.outcome == "review":
            return self._awaiting_review(rule, found)
        document = self.documents.proof(rule) if verdict == "fail" else None
        return Finding(rule.id, verdict, found, rule.demanded, _reference(document))

    def _awaiting_review(self, rule: Rule, found: str | None) -> Finding:
        """review, or pass when a practitioner's valid note covers the rule."""
        note = self.documents.note(rule)
        verdict: Outcome = "pass" if note else "review"
        return Finding(rule.id, verdict, found, rule.demanded, _reference(note))

    def _of_ingredients(self, rule: Rule) -> Finding:
        if not self._value("ingredients"):
            return self._unmet(rule, "missing", None)
        listed = [item for name in rule.contains_none_of for item in self.classes.get(name, ())]
        if not listed:
            return self._of_doubtful_names(rule)
        found = _names(listed)
        if rule.unless and (spared := self._spared(rule, rule.unless, holds=True)):
            found = f"{found}; {self._shown(rule.unless)}"
            return Finding(rule.id, "pass", found, rule.demanded, spared.reference)
        return self._unmet(rule, "fail", found)

    def _of_doubtful_names(self, rule: Rule) -> Finding:
        """A name one letter off a name of the class is never passed in silence: a practitioner looks."""
        doubts = {
            f"{item.name} (perhaps {meant})": None
            for name in rule.contains_none_of
            for item, meant in self.doubts.get(name, ())
        }
        if not doubts:
            return Finding(rule.id, "pass", None, rule.demanded, None)
        if rule.outcome == "advise":
            return Finding(rule.id, "advice", ", ".join(doubts), rule.demanded, None)
        return self._awaiting_review(rule, ", ".join(doubts))


def _reference(document: Evidence | None) -> str | None:
    return document.reference if document else None


def _names(listed: Iterable[Ingredient]) -> str:
    return ", ".join(dict.fromkeys(item.name for item in listed))


def ingredients_in(facts: Mapping[str, Fact]) -> tuple[Ingredient, ...]:
    """The ingredient list of the facts, read; empty when none is stated."""
    value = facts.get("ingredients")
    if isinstance(value, tuple):
        value = "; ".join(str(item) for item in value)
    return read_list(value) if isinstance(value, str) else ()
