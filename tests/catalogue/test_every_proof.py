"""Every rule of the specification and its proof: what is not stated, not proven, proven by the wrong paper or only once proven;
each on its last day and on the day after. And every limit exactly, every listed value, every class of ingredients."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from catalogue.dossiers import Dossier, Evidence
from catalogue.ingredient_classes import classes
from catalogue.ingredients import classify, read_list
from catalogue.limits import is_number
from catalogue.specification import PROOFS, Rule, load
from catalogue.validity import months_after
from tests.catalogue import samples
from tests.catalogue.cases import TODAY, finding, judged, proven_only_by, read_cases, with_facts

DAY = timedelta(days=1)
RULES = [rule for kind in ("roller", "serum") for rule in load().rules_for(kind)]
PROVEN = [rule for rule in RULES if rule.needs_document]
NUMERIC = ("at most", "less than", "at least", "more than", "between", "count at most")
CASES = {case["rule"]: case for case in read_cases("rules.toml")["case"]}


def ids(rule: Rule) -> str:
    return rule.id


def good(rule: Rule) -> Dossier:
    """A dossier that meets every rule; also what would spare it from this one speaks for asking."""
    dossier = samples.complete(rule.product)
    condition = rule.applies_when
    if condition is None or condition.holds(dossier.stated.get(condition.fact)):
        return dossier
    return with_facts(dossier, {condition.fact: condition.limit})


def paper(rule: Rule, issued_on: date = TODAY - DAY, expires_on: date | None = None, proof: str = "") -> Evidence:
    return Evidence(proof or rule.proof, (rule.fact,), "A paper", "Somebody", "P-1", issued_on, expires_on)


def with_paper(rule: Rule, *papers: Evidence, today: date = TODAY) -> str:
    return finding(judged(proven_only_by(good(rule), rule.fact, *papers), today), rule.id).verdict


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_is_met_by_the_sample_and_not_by_silence(rule: Rule) -> None:
    assert finding(judged(good(rule)), rule.id).verdict == "pass"
    silent = replace(with_facts(good(rule), {rule.fact: None}), price=None)
    expected = {"reject": "missing", "review": "review", "advise": "advice"}[rule.outcome]
    assert finding(judged(silent), rule.id).verdict == expected


@pytest.mark.parametrize("rule", PROVEN, ids=ids)
def test_a_fact_that_no_paper_of_the_demanded_kind_proves_is_unproven(rule: Rule) -> None:
    assert with_paper(rule) == "unproven"
    others = [paper(rule, proof=proof) for proof in PROOFS if proof != rule.proof]
    assert with_paper(rule, *others) == "unproven"


@pytest.mark.parametrize("rule", PROVEN, ids=ids)
def test_a_paper_counts_from_its_first_to_its_last_day(rule: Rule) -> None:
    assert with_paper(rule, paper(rule, issued_on=TODAY)) == "pass"
    assert with_paper(rule, paper(rule, issued_on=TODAY + DAY)) == "lapsed"
    assert with_paper(rule, paper(rule, expires_on=TODAY)) == "pass"
    assert with_paper(rule, paper(rule, expires_on=TODAY - DAY)) == "lapsed"


@pytest.mark.parametrize("rule", [rule for rule in PROVEN if rule.proof_valid_months], ids=ids)
def test_a_paper_grows_too_old_on_the_day_after_its_last_month(rule: Rule) -> None:
    issued_on = date(2026, 8, 31)
    last = months_after(issued_on, rule.proof_valid_months or 0)
    assert with_paper(rule, paper(rule, issued_on), today=last) == "pass"
    assert with_paper(rule, paper(rule, issued_on), today=last + DAY) == "lapsed"


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.outcome == "review"], ids=ids)
def test_a_review_that_is_not_met_waits_for_a_valid_note_of_its_own(rule: Rule) -> None:
    dossier = with_facts(good(rule), refused(rule))
    assert finding(judged(dossier), rule.id).verdict == "review"
    note = Evidence("note", (rule.id,), "Looked at", "Dr P", "N-1", TODAY, TODAY)
    noted = replace(dossier, evidence=(*dossier.evidence, note))
    assert finding(judged(noted), rule.id).verdict == "pass"
    assert finding(judged(noted, TODAY + DAY), rule.id).verdict == "review"
    other = replace(dossier, evidence=(*dossier.evidence, replace(note, covers=("R-OTHER-01",))))
    assert finding(judged(other), rule.id).verdict == "review"


def refused(rule: Rule) -> dict[str, object]:
    case = CASES[rule.id]
    lists, values = case.get("ingredients_refuse"), case.get("refuses")
    return {"ingredients": lists[0]} if lists else {rule.fact: values[0]}


@pytest.mark.parametrize("rule", [rule for rule in load().rules if rule.demand], ids=ids)
def test_the_table_stands_on_the_limit_itself_and_names_every_value_that_passes(rule: Rule) -> None:
    demand, case = rule.demand, CASES[rule.id]
    assert demand is not None
    tried = [*case.get("passes", []), *case.get("refuses", [])]
    if demand.must == "one of" and isinstance(demand.limit, tuple):
        assert set(demand.limit) <= set(case["passes"])
    elif demand.must == "count at most":
        counts = [len(printed.split(", ")) for printed in [*case["ingredients_pass"], *case["ingredients_refuse"]]]
        assert {demand.limit, demand.limit + 1} <= set(counts)  # type: ignore[operator]
    elif demand.must in NUMERIC:
        limits = demand.limit if isinstance(demand.limit, tuple) else (demand.limit,)
        assert set(limits) <= {value for value in tried if is_number(value)}
    elif isinstance(demand.limit, bool):
        assert (demand.limit in case["passes"], (not demand.limit) in case["refuses"]) == (True, True)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.applies_when], ids=ids)
def test_a_rule_for_some_products_spares_those_alone_of_which_it_is_proven_that_they_are_others(rule: Rule) -> None:
    condition = rule.applies_when
    assert condition is not None
    limits = condition.limit if isinstance(condition.limit, tuple) else (condition.limit,)
    is_count = condition.must == "more than"
    refused_by_it = with_facts(good(rule), refused(rule))
    for value in limits if not is_count else [limits[0] + 1]:  # type: ignore[operator]
        assert finding(judged(with_facts(refused_by_it, {condition.fact: value})), rule.id).verdict == "fail"
    another = limits[0] if is_count else False if limits == (True,) else "jar"
    spared = with_facts(refused_by_it, {condition.fact: another})
    assert finding(judged(spared), rule.id).verdict == "not applicable"
    assert finding(judged(with_facts(spared, {condition.fact: None})), rule.id).verdict == "fail"
    assert finding(judged(proven_only_by(spared, condition.fact)), rule.id).verdict == "fail"


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.unless], ids=ids)
def test_what_forgives_a_rule_forgives_up_to_its_limit_and_only_when_proven(rule: Rule) -> None:
    condition = rule.unless
    assert condition is not None
    limit = Decimal(str(condition.limit))
    hit = with_facts(good(rule), refused(rule))
    proven = replace(hit, evidence=(*hit.evidence, replace(paper(rule), covers=(condition.fact,))))
    for value, verdict in ((limit, "pass"), (limit + Decimal("0.01"), "review"), (None, "review")):
        assert finding(judged(with_facts(proven, {condition.fact: value})), rule.id).verdict == verdict
    assert finding(judged(with_facts(hit, {condition.fact: limit})), rule.id).verdict == "review"


def beyond() -> Iterator[tuple[Rule, Decimal, bool]]:
    """Each limit, a hair below it and a hair above it, with whether it passes."""
    hair = Decimal("0.0001")
    for rule in (rule for rule in RULES if rule.demand and rule.demand.must in NUMERIC[:5]):
        demand = rule.demand
        assert demand is not None
        limits = [Decimal(str(each)) for each in (demand.limit if isinstance(demand.limit, tuple) else (demand.limit,))]
        for limit in limits:
            for value in (limit - hair, limit, limit + hair):
                low = limits[0] if demand.must in ("at least", "more than", "between") else None
                high = limits[-1] if demand.must in ("at most", "less than", "between") else None
                passes = (low is None or value >= low) and (high is None or value <= high)
                yield rule, value, passes and not (value == limit and demand.must in ("less than", "more than"))


@pytest.mark.parametrize(("rule", "value", "passes"), list(beyond()), ids=lambda each: str(getattr(each, "id", each)))
def test_a_hair_on_either_side_of_a_limit_decides(rule: Rule, value: Decimal, passes: bool) -> None:
    told = finding(judged(with_facts(good(rule), {rule.fact: value})), rule.id).verdict
    assert (told == "pass") is passes


@pytest.mark.parametrize(
    ("rule", "name"),
    [(rule, name) for rule in RULES for name in rule.contains_none_of],
    ids=lambda each: str(getattr(each, "id", each)),
)
def test_every_class_that_a_rule_forbids_has_a_list_that_is_refused_for_it(rule: Rule, name: str) -> None:
    case = CASES[rule.id]
    assert any(name in found_in(printed) for printed in case["ingredients_refuse"]), classes()[name].title


def found_in(printed: str) -> set[str]:
    return set(classify(read_list(printed)))
