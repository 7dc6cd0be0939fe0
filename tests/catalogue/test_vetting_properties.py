"""What must hold of judging and reading whatever comes in, tried with made-up facts, documents and texts."""

import dataclasses
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalogue.dossier_files import DossierError, parse_dossier
from catalogue.dossiers import Dossier, Evidence, facts_from_json
from catalogue.ingredients import classify, read_list
from catalogue.specification import PROOFS, SpecificationError, load, parse
from catalogue.vetting import judge
from tests.catalogue.cases import TODAY, accepted, document, judged, with_evidence, with_facts
from tests.examples import examples

RANK = {"rejected": 0, "incomplete": 1, "accepted": 2}
KINDS = st.sampled_from(["roller", "serum"])
NUMBERS = st.one_of(st.integers(-100, 100), st.decimals(-10, 10, allow_nan=False, places=2))
VALUES = st.one_of(st.booleans(), NUMBERS, st.text(max_size=8), st.lists(st.text(max_size=5), max_size=3).map(tuple))
DAYS = st.dates(date(2020, 1, 1), date(2035, 1, 1))
QUICK = examples(30)


def facts_of(kind: str) -> list[str]:
    return sorted(accepted(kind).facts)


@st.composite
def dossiers(draw: st.DrawFn) -> Dossier:
    """An accepted dossier with some facts changed or gone and some documents shifted."""
    base = accepted(draw(KINDS))
    changes = draw(st.dictionaries(st.sampled_from(facts_of(base.kind)), st.one_of(st.none(), VALUES), max_size=3))
    return with_facts(base, changes)


@QUICK
@given(dossiers(), st.data())
def test_a_further_failure_never_improves_the_verdict(dossier: Dossier, data: st.DataObject) -> None:
    rules = [rule for rule in load().rules_for(dossier.kind) if rule.outcome == "reject" and rule.demand]
    rule = data.draw(st.sampled_from(rules))
    worse = with_facts(dossier, {rule.fact: "broken beyond any limit"})
    assert RANK[judged(worse).verdict] <= RANK[judged(dossier).verdict]


@QUICK
@given(dossiers(), st.integers(0, 7))
def test_a_document_less_never_improves_the_verdict(dossier: Dossier, place: int) -> None:
    fewer = dataclasses.replace(dossier, evidence=dossier.evidence[:place] + dossier.evidence[place + 1 :])
    assert RANK[judged(fewer).verdict] <= RANK[judged(dossier).verdict]


@QUICK
@given(dossiers(), st.sampled_from([proof for proof in PROOFS if proof != "note"]), DAYS)
def test_a_document_more_never_turns_a_failure_into_anything_else(dossier: Dossier, proof: str, day: date) -> None:
    more = with_evidence(dossier, document(proof, *facts_of(dossier.kind), issued_on=day))
    before = {found.rule for found in judged(dossier).findings if found.verdict == "fail"}
    after = {found.rule for found in judged(more).findings if found.verdict in ("fail", "not applicable")}
    assert before <= after


@QUICK
@given(dossiers(), DAYS)
def test_every_rule_answers_once_whatever_the_facts(dossier: Dossier, today: date) -> None:
    report = judge(dossier, load(), today)
    assert [found.rule for found in report.findings] == [rule.id for rule in load().rules_for(dossier.kind)]
    assert sum(report.counts.values()) == len(report.findings)


@QUICK
@given(DAYS)
def test_the_last_day_told_is_the_last_day(today: date) -> None:
    last = judge(accepted("roller"), load(), today).lapses_on
    if last is not None:
        assert judge(accepted("roller"), load(), last).verdict == "accepted"
        assert judge(accepted("roller"), load(), date.fromordinal(last.toordinal() + 1)).verdict != "accepted"


@QUICK
@given(st.dictionaries(st.text(min_size=1, max_size=6), VALUES, max_size=5))
def test_facts_survive_their_way_through_json(facts: dict[str, Any]) -> None:
    base = accepted("serum")
    dossier = Dossier(base.kind, base.sku, base.name, "", "", None, None, facts, base.evidence)
    stored = dossier.to_json()
    kept = Dossier(base.kind, base.sku, base.name, "", "", None, None, facts_from_json(stored["facts"]), ())  # type: ignore[arg-type]
    assert dict(kept.facts) == facts
    evidence = tuple(Evidence.from_json(one) for one in stored["evidence"])  # type: ignore[attr-defined]
    assert evidence == base.evidence


LABELS = st.text(
    st.one_of(st.sampled_from(",;()[]{}/\\*.%+-±: \n•0123456789"), st.characters(codec="utf-8")), max_size=80
)


@examples(80)
@given(LABELS)
def test_reading_a_label_never_fails(text: str) -> None:
    ingredients = read_list(text)
    classify(ingredients)
    assert all(item.name.strip() for item in ingredients)
    assert [item.position for item in ingredients] == sorted(item.position for item in ingredients)


@QUICK
@given(LABELS, st.sampled_from(["Retinol", "PARFUM", "hydroquinone"]))
def test_whatever_stands_in_front_a_forbidden_name_is_found(text: str, name: str) -> None:
    assert {"retinoid", "parfum", "drug_active"} & set(classify(read_list(f"{text}, {name}, Aqua")))


def what_became_of(text: str, read: Callable[[str, str], object], refusal: type[Exception]) -> str:
    try:
        read(text, "x.toml")
    except refusal as refused:
        return "refused by its name" if "x.toml" in str(refused) else f"refused: {refused}"
    return "read"


@QUICK
@given(st.text(max_size=200))
def test_any_text_is_a_dossier_or_refused_as_none(text: str) -> None:
    for read, refusal in ((parse_dossier, DossierError), (parse, SpecificationError)):
        assert what_became_of(text, read, refusal) in ("read", "refused by its name")


@QUICK
@given(st.decimals(0, 1, places=3))
def test_the_limit_of_length_is_exact(length: Decimal) -> None:
    report = judged(with_facts(accepted("roller"), {"needle_length_nominal": length}), TODAY)
    failed = {found.rule for found in report.findings if found.verdict == "fail"}
    assert ("R-LEN-01" in failed) == (length > Decimal("0.25"))
    assert ("R-LEN-03" in failed) == (length == 0)
