"""Judging again is always what judging afresh says, whatever changed in the rules; and stricter rules never add a product."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalogue.dossiers import Dossier
from catalogue.rejudging import Differing
from catalogue.specification import Specification, load
from catalogue.specification_checks import OUTCOMES, PROOFS
from catalogue.vetting import is_open, judge
from tests.catalogue.revisions import own_rules, specified
from tests.catalogue.samples import TODAY, complete
from tests.examples import examples

OWN = load()
BASE = {kind: complete(kind) for kind in ("roller", "serum")}
NUMERIC = [rule.id for rule in OWN.rules if rule.demand and rule.demand.must in ("at most", "less than")]
values = st.sampled_from([Decimal("0.1"), Decimal("0.2"), Decimal("0.3"), True, False, 1, "x", ("a", "b")])


@st.composite
def dossiers(draw: st.DrawFn) -> Dossier:
    """A dossier that was whole: some facts gone or changed, some papers gone, older or expired."""
    whole = BASE[draw(st.sampled_from(["roller", "serum"]))]
    facts = dict(whole.facts)
    for fact in draw(st.lists(st.sampled_from(sorted(facts)), max_size=4)):
        facts.pop(fact, None)
    for fact in draw(st.lists(st.sampled_from(sorted(set(whole.facts) - {"ingredients"})), max_size=4)):
        facts[fact] = draw(values)
    ages = st.integers(-1, 2000).map(lambda days: TODAY - timedelta(days=days))
    ends = st.none() | st.integers(-9, 900).map(lambda days: TODAY + timedelta(days=days))
    kept = draw(st.lists(st.sampled_from(whole.evidence), max_size=8, unique=True))
    papers = tuple(replace(paper, issued_on=draw(ages), expires_on=draw(ends)) for paper in kept)
    return replace(whole, facts=facts, evidence=papers)


@st.composite
def revisions(draw: st.DrawFn) -> Specification:
    """The shop's rules, some of them retired, some changed in one or several keys."""
    raw = own_rules()
    rules: list[dict[str, Any]] = raw["rule"]
    for number in draw(st.lists(st.integers(0, len(rules) - 1), max_size=8, unique=True)):
        rules[number] |= draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "outcome": st.sampled_from(OUTCOMES),
                    "proof": st.sampled_from(PROOFS),
                    "proof_valid_months": st.integers(1, 60),
                    "applies_when": st.just({"fact": "coated", "must": "equal to", "limit": True}),
                    "note": st.just("another note"),
                },
            )
        )
        if rules[number]["id"] in NUMERIC:
            rules[number]["limit"] = draw(st.decimals(0, 50, places=2))
    gone = draw(st.sets(st.integers(0, len(rules) - 1), max_size=5))
    raw["rule"] = [rule for number, rule in enumerate(rules) if number not in gone]
    return specified(raw, "a revision")


@examples(40)
@given(dossiers(), revisions(), st.integers(0, 1).map(lambda days: TODAY + timedelta(days=days)))
def test_asking_what_differs_says_what_judging_afresh_says(dossier: Dossier, rules: Specification, day: Any) -> None:
    before, after = judge(dossier, OWN, day), judge(dossier, rules, day)
    differing = Differing(OWN, rules, dossier.kind)
    moved = differing.findings(dossier, day)
    assert set(before.findings) - set(moved.before) == set(after.findings) - set(moved.after)
    assert (before.findings != after.findings) == (moved.before != moved.after)
    passes = before.verdict != "accepted" and after.verdict == "accepted"
    assert differing.now_passes(dossier, moved, day) == passes
    if before.verdict == "accepted":
        assert list(filter(is_open, moved.after)) == list(filter(is_open, after.findings))


@examples(40)
@given(dossiers(), st.sampled_from(NUMERIC), st.decimals("0.01", 1, places=2))
def test_a_stricter_limit_never_adds_a_product(dossier: Dossier, rule: str, part: Decimal) -> None:
    raw = own_rules()
    changed = next(each for each in raw["rule"] if each["id"] == rule)
    changed["limit"] = int(changed["limit"] * part) if isinstance(changed["limit"], int) else changed["limit"] * part
    stricter = specified(raw, "stricter")
    before, after = judge(dossier, OWN, TODAY), judge(dossier, stricter, TODAY)
    assert before.verdict == "accepted" or after.verdict != "accepted"
    differing = Differing(OWN, stricter, dossier.kind)
    assert not differing.now_passes(dossier, differing.findings(dossier, TODAY), TODAY)


def test_true_and_one_do_not_ask_the_same() -> None:
    raw = own_rules()
    kind, id = raw["rule"][0]["product"], raw["rule"][0]["id"]
    asked = []
    for limit in (True, 1):
        raw["rule"][0] |= {"must": "equal to", "limit": limit}
        asked.append(specified(raw, "one"))
    assert [rule.id for rule in Differing(*asked, kind).after] == [id]
    assert Differing(asked[0], asked[0], kind).after == []
