"""Every rule of the specification, on both sides of its limit: the table is tests/cases/rules.toml."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from catalogue.dossiers import Evidence
from catalogue.specification import Rule, load
from catalogue.vetting import judge_batch
from tests.catalogue.cases import TODAY, accepted, finding, judged, read_cases, with_facts

CASES = read_cases("rules.toml")["case"]
BATCHES = read_cases("batch.toml")


def each(passes: bool) -> Iterator[Any]:
    """The cases one by one: the rule, the facts that differ, and the verdict expected."""
    for case in CASES:
        rule = load().rule(case["rule"])
        values = case.get("passes" if passes else "refuses", [])
        lists = case.get("ingredients_pass" if passes else "ingredients_refuse", [])
        facts = [{**case.get("also", {}), rule.fact: value} for value in values]
        facts += [{"ingredients": printed} for printed in lists]
        for changed in facts:
            verdict = "pass" if passes else case["refused_as"]
            yield pytest.param(rule, changed, verdict, id=f"{rule.id} {changed.get(rule.fact)}"[:60])


def verdict_of(rule: Rule, facts: dict[str, Any]) -> str:
    if rule.checked_on == "batch":
        batch = BATCHES[rule.product]
        documents = tuple(Evidence(**{**one, "covers": tuple(one["covers"])}) for one in batch["evidence"])
        findings = judge_batch({**batch["facts"], **facts}, documents, rule.product, load(), TODAY)
        return finding(findings, rule.id).verdict
    return finding(judged(with_facts(accepted(rule.product), facts)), rule.id).verdict


@pytest.mark.parametrize(("rule", "facts", "verdict"), list(each(passes=True)))
def test_a_value_within_the_limit_passes(rule: Rule, facts: dict[str, Any], verdict: str) -> None:
    if rule.checked_on == "shelf":
        assert facts[rule.fact] >= load().shelf_life_months(rule.product)
    else:
        assert verdict_of(rule, facts) == verdict


@pytest.mark.parametrize(("rule", "facts", "verdict"), list(each(passes=False)))
def test_a_value_beyond_the_limit_does_not_pass(rule: Rule, facts: dict[str, Any], verdict: str) -> None:
    if rule.checked_on == "shelf":
        assert facts[rule.fact] < load().shelf_life_months(rule.product)
    else:
        assert verdict_of(rule, facts) == verdict


def test_every_rule_has_a_passing_and_a_refusing_case() -> None:
    for case in CASES:
        assert case.get("passes") or case.get("ingredients_pass"), case["rule"]
        assert case.get("refuses") or case.get("ingredients_refuse"), case["rule"]
    assert [case["rule"] for case in CASES] == [rule.id for rule in load().rules]


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_every_fact_of_an_accepted_product_is_needed(kind: str) -> None:
    """Taking away any one fact that a rule reads leaves the product no longer accepted, or spares nothing."""
    for rule in load().rules_for(kind):
        if rule.fact in accepted(kind).facts and rule.outcome != "advise" and rule.applies_when is None:
            report = judged(with_facts(accepted(kind), {rule.fact: None}))
            assert finding(report, rule.id).verdict == ("review" if rule.outcome == "review" else "missing")
            assert report.verdict == "incomplete"


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_a_value_of_the_wrong_kind_never_passes(kind: str) -> None:
    """A text, a number or a yes where the rule wants something else is a failure, never an error."""
    for rule in load().rules_for(kind):
        if rule.demand is None or rule.fact == "ingredients":
            continue
        wrong: tuple[Any, ...] = ("unknown", Decimal("NaN")) if rule.demand.must != "one of" else (True, 7)
        for value in wrong:
            report = judged(with_facts(accepted(kind), {rule.fact: value}))
            spared = rule.applies_when is not None
            assert finding(report, rule.id).verdict in ("fail", "review") or spared, (rule.id, value)
