"""The specification is read whole or not at all: what is refused stands in tests/cases/refused_specifications.toml."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from catalogue.ingredient_classes import class_titles, eu_lists_as_of
from catalogue.specification import Rule, Source, SpecificationError, entries, load, parse
from catalogue.vetting import facts_asked
from tests.catalogue.cases import read_cases

TABLE = read_cases("refused_specifications.toml")
SOUND = TABLE["sound"]


@pytest.mark.parametrize("case", TABLE["case"], ids=[case["says"] for case in TABLE["case"]])
def test_what_is_not_understood_is_refused_by_file_and_rule(case: dict[str, str]) -> None:
    assert case["replace"] in SOUND
    changed = SOUND.replace(case["replace"], case["by"], 1)
    with pytest.raises(SpecificationError) as refusal:
        parse(changed, "draft.toml")
    assert str(refusal.value).startswith("draft.toml: ")
    assert case["refused"] in str(refusal.value)


def test_a_specification_without_rules_is_refused() -> None:
    with pytest.raises(SpecificationError, match="at least one"):
        parse('version = "1"\nin_force_from = 2030-01-01\n', "draft.toml")


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SpecificationError, match=r"nowhere\.toml"):
        load(tmp_path / "nowhere.toml")


def test_a_sound_specification_is_read_with_exact_numbers() -> None:
    specification = parse(SOUND, "draft.toml")
    rule = specification.rule("R-LEN-01")
    assert (specification.version, specification.in_force_from) == ("2030.1", date(2030, 1, 1))
    assert rule.demand is not None
    assert rule.demand.limit == Decimal("0.25")
    assert isinstance(rule.demand.limit, Decimal)
    assert rule.demanded == "at most 0.25 mm"
    assert specification.rule("S-ING-01").demanded == "none of: perfume"
    assert [rule.id for rule in specification.rules_for("serum")] == ["S-ING-01"]
    assert specification.rules_for("serum", "batch") == ()
    assert specification.shelf_life_months("serum") == 0


def test_the_hash_tells_versions_apart_and_not_how_they_are_written() -> None:
    same = parse("# a remark\n" + SOUND.replace("0.25", "0.250"), "other.toml")
    raised = parse(SOUND.replace("0.25", "0.20"), "other.toml")
    assert parse(SOUND, "draft.toml").hash == same.hash
    assert raised.hash != same.hash


def test_the_shops_own_specification_is_whole() -> None:
    specification = load()
    assert specification.version == "2026.1"
    assert len(specification.rules) == 89
    assert load() is specification
    for rule in specification.rules:
        assert all(source.title and source.read_on for source in rule.sources)
        assert rule.demanded.strip()
    assert class_titles().keys() >= {name for rule in specification.rules for name in rule.contains_none_of}


def test_every_class_of_ingredients_is_asked_for_by_some_rule() -> None:
    asked = {name for rule in load().rules for name in rule.contains_none_of}
    assert class_titles().keys() == asked


def test_the_date_of_the_eu_lists_can_be_shown() -> None:
    assert eu_lists_as_of() == "May 2024"


@pytest.mark.parametrize(
    ("rule", "basis"),
    [
        ("R-LEN-01", "the clinic’s own rule"),
        ("R-COR-01", "a published standard"),
        ("R-ID-03", "EU law"),
        ("R-LEN-03", "US law"),
        ("S-LAW-01", "EU and UK law"),
        ("S-LAW-05", "EU law, by the EU list of May 2024"),
        ("S-ING-02", "the clinic’s own rule, by the EU list of May 2024"),
        ("S-ING-08", "EU law"),
    ],
)
def test_a_rule_says_whose_demand_it_is(rule: str, basis: str) -> None:
    assert load().rule(rule).basis_in_words == basis


def test_every_law_says_whose_it_is() -> None:
    assert all(rule.law_of for rule in load().rules if rule.basis == "law")


@pytest.mark.parametrize(
    ("rule", "demanded"),
    [
        ("R-LEN-01", "at most 0.25 mm"),
        ("R-NI-01", "less than 0.2 ug/cm2/week"),
        ("R-STE-01", "yes"),
        ("R-CLM-01", "no"),
        ("R-USE-01", "one of: home, lay_user"),
        ("R-RET-01", "equal to 0"),
        ("R-STE-02", "at most -6 log10"),
        ("S-PH-01", "between 4.5 and 7.5 pH"),
        ("S-ING-18", "at most 30 entries"),
        ("S-ING-05", "none of: vitamin C in any form"),
        ("S-ING-16", "none of: silicones, silica, oils without any water"),
    ],
)
def test_a_demand_reads_as_words(rule: str, demanded: str) -> None:
    assert load().rule(rule).demanded == demanded


@pytest.mark.parametrize(
    ("written", "refused"),
    [
        (b"version = \xff", "own.toml: cannot be read: 'utf-8' codec can't decode"),
        (b"version =", "own.toml: not TOML: Invalid value"),
        (b"version = 1", "own.toml: "),
    ],
)
def test_a_file_is_refused_by_its_name(tmp_path: Path, written: bytes, refused: str) -> None:
    (tmp_path / "own.toml").write_bytes(written)
    with pytest.raises(SpecificationError) as refusal:
        load(tmp_path / "own.toml")
    assert str(refusal.value).startswith(refused)


def test_a_text_without_a_file_is_called_the_specification() -> None:
    with pytest.raises(SpecificationError, match=r"^the specification: not TOML: "):
        entries("version =")


def test_a_source_needs_no_clause_and_no_address_and_a_rule_no_more_than_what_it_asks() -> None:
    source = Source("A standard", date(2026, 1, 1))
    assert (source.clause, source.address) == ("", "")
    bare = Rule("R-1", "roller", "A rule", "product", "advise", "minor", "label", "clinic", (source,))
    assert (bare.contains_none_of, bare.note, bare.law_of, bare.demanded) == ((), "", "", "")
    assert (bare.demand, bare.applies_when, bare.unless, bare.proof_valid_months) == (None, None, None, None)


@pytest.mark.parametrize("follows", [{"fact": "price"}, {"needs_document": False}])
def test_what_follows_from_a_demand_cannot_be_said_otherwise(follows: dict[str, Any]) -> None:
    rule = parse(SOUND, "draft.toml").rule("R-LEN-01")
    with pytest.raises(ValueError):
        replace(rule, **follows)
    assert (rule.fact, rule.needs_document) == ("needle_length_nominal", True)


def test_two_readings_are_the_same_rules_and_are_printed_without_what_only_machines_read() -> None:
    one, other = parse(SOUND, "one.toml"), parse("# a remark\n" + SOUND, "other.toml")
    assert one == other
    assert hash(one) == hash(other) == hash(one.hash)
    assert (one.document, other.document) == (SOUND, "# a remark\n" + SOUND)
    assert repr(one).endswith(f"hash='{one.hash}')")
    assert repr(one.rule("R-LEN-01").demand) == (
        "Condition(fact='needle_length_nominal', must='at most', limit=Decimal('0.25'), unit='mm')"
    )


def test_what_must_be_proven_by_a_document() -> None:
    """A rule that rejects needs one, unless it reads the ingredient list; a review and advice need none."""
    needs = {(rule.outcome, rule.fact == "ingredients"): rule.needs_document for rule in load().rules}
    assert needs == {(outcome, listed): outcome == "reject" and not listed for outcome, listed in needs}
    assert {("reject", False), ("reject", True), ("review", False), ("advise", True)} <= needs.keys()


def test_a_batch_must_last_the_longest_of_the_months_asked_for() -> None:
    assert (load().shelf_life_months("roller"), load().shelf_life_months("serum")) == (6, 3)
    assert load().shelf_life_months("needle") == 0
    assert load().rules_for("needle") == ()
    with pytest.raises(KeyError):
        load().rule("R-NONE-01")


def test_of_several_rules_about_shelf_life_the_longest_counts_and_those_without_months_do_not() -> None:
    shelf = SOUND.replace('"product"\noutcome', '"shelf"\noutcome').replace("0.25", "9").replace('"roller"', '"serum"')
    length = shelf[shelf.index("[[rule]]") : shelf.rindex("[[rule]]")]
    shorter = length.replace("R-LEN-01", "R-LEN-02").replace("limit = 9", "limit = 4")
    in_words = length.replace("R-LEN-01", "R-LEN-03").replace(
        '"at most"\nlimit = 9\nunit = "mm"', '"one of"\nlimit = ["long"]'
    )
    specification = parse("\n".join((shelf, shorter, in_words)), "draft.toml")
    assert len(specification.rules_for("serum", "shelf")) == 4
    assert specification.shelf_life_months("serum") == 9


def test_every_fact_that_is_read_is_asked_for_by_name() -> None:
    assert facts_asked(parse(SOUND, "draft.toml"), "serum") == {"ingredients", "perfume_percent"}
    assert facts_asked(parse(SOUND, "draft.toml"), "roller") == {"needle_length_nominal"}


def test_a_law_without_a_country_is_the_law() -> None:
    assert parse(SOUND, "draft.toml").rule("S-ING-01").basis_in_words.startswith("the law")
