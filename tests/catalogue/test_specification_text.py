"""A specification that is written down and read again is the same: rules, order and hash."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalogue.ingredient_classes import class_titles
from catalogue.specification import entries, load, parse
from catalogue.specification_checks import BASES, KINDS, MOMENTS, OUTCOMES, PROOFS, SEVERITIES
from catalogue.specification_text import written
from tests.examples import examples

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
numbers = st.integers(0, 10**9) | st.decimals(0, 1000, places=3)


def condition(fact: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    plain = st.tuples(st.sampled_from(["at most", "at least", "more than", "less than"]), numbers)
    kinds = [
        plain,
        st.tuples(st.just("one of"), st.lists(texts, min_size=1, max_size=3)),
        st.tuples(st.just("equal to"), st.booleans() | texts | numbers),
        st.tuples(st.just("between"), numbers.map(lambda low: [low, low + 1])),
    ]
    made = st.tuples(fact, st.one_of(*kinds), st.none() | texts)
    return made.map(
        lambda told: {"fact": told[0], "must": told[1][0], "limit": told[1][1]} | ({"unit": told[2]} if told[2] else {})
    )


@st.composite
def rules(draw: st.DrawFn, id: str) -> dict[str, Any]:
    choices = {"product": KINDS, "checked_on": MOMENTS, "outcome": OUTCOMES, "severity": SEVERITIES, "proof": PROOFS}
    rule = {"id": id, "title": draw(texts)} | {key: draw(st.sampled_from(of)) for key, of in choices.items()}
    rule["basis"] = draw(st.sampled_from(BASES))
    source = st.fixed_dictionaries(
        {"title": texts, "read_on": days}, optional={"clause": texts, "address": st.just("https://law.example/1")}
    )
    rule["sources"] = draw(st.lists(source, min_size=1, max_size=3))
    if draw(st.booleans()):
        rule |= draw(condition(texts))
    else:
        rule["contains_none_of"] = draw(st.lists(st.sampled_from(sorted(class_titles())), min_size=1, max_size=3))
    optional = {"note": texts, "proof_valid_months": st.integers(1, 99), "applies_when": condition(texts)}
    rule |= draw(st.fixed_dictionaries({}, optional={**optional, "unless": condition(texts)}))
    return rule | ({"law_of": draw(texts)} if rule["basis"] == "law" and draw(st.booleans()) else {})


@st.composite
def specifications(draw: st.DrawFn) -> dict[str, Any]:
    ids = draw(st.lists(texts, min_size=1, max_size=4, unique=True))
    return {"version": draw(texts), "in_force_from": draw(days), "rule": [draw(rules(id)) for id in ids]}


@examples(30)
@given(specifications())
def test_what_is_written_reads_back_as_the_same(raw: dict[str, Any]) -> None:
    text = written(raw)
    assert entries(text) == raw
    first = parse(text, "first")
    again = parse(written(entries(first.document)), "again")
    assert again == first
    assert again.hash == first.hash


def test_the_shops_own_specification_is_the_same_after_a_way_through_the_writer() -> None:
    own = load()
    assert parse(written(entries(own.document)), "again") == own


def test_a_whole_number_written_as_a_decimal_stays_one() -> None:
    assert "limit = 5.0" in written(
        {"version": "1", "in_force_from": date(2030, 1, 1), "rule": [{"id": "X", "limit": Decimal("5")}]}
    )
