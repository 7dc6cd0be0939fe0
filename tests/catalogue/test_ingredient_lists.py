"""Ingredient lists as labels print them (tests/cases/ingredients.toml), and thirty real ones with the classes they hold."""

from typing import Any

import pytest

from catalogue.imports import market_rows
from catalogue.ingredient_classes import classes
from catalogue.ingredients import classify, doubtful, read_list
from catalogue.misspellings import NearNames, is_one_letter_off
from tests.catalogue.cases import read_cases

TABLE = read_cases("ingredients.toml")
SERUMS = market_rows("serums")


@pytest.mark.parametrize("case", TABLE["case"], ids=[case["says"] for case in TABLE["case"]])
def test_a_printed_list_is_read_name_by_name(case: dict[str, Any]) -> None:
    ingredients = read_list(case["printed"])
    assert [item.name for item in ingredients] == case["names"]
    assert set(classify(ingredients)) == set(case.get("classes", []))
    assert [item.name for item in ingredients if item.may_contain] == case.get("may_contain", [])


@pytest.mark.parametrize("case", TABLE["misspelt"], ids=[case["printed"] for case in TABLE["misspelt"]])
def test_a_name_one_letter_off_is_never_silently_passed(case: dict[str, Any]) -> None:
    ingredients = read_list(f"Aqua, {case['printed']}")
    assert [name for name, _ in ingredients[1].perhaps] == case["perhaps"]
    assert set(doubtful(ingredients)) == set(case.get("classes", []))
    assert set(classify(ingredients)) == set()


@pytest.mark.parametrize("row", SERUMS, ids=[row["id"] for row in SERUMS])
def test_a_real_serum_yields_exactly_the_classes_known_of_it(row: dict[str, str]) -> None:
    found = classify(read_list(row["inci"]))
    for action in ("reject", "review"):
        expected = set(filter(None, row[f"{action}_classes"].split("|")))
        assert {name for name in found if classes()[name].action == action} == expected


def test_a_misspelt_acid_far_down_the_list_is_perhaps_a_trailing_one() -> None:
    late = read_list("Aqua, B, C, D, E, F, G, H, I, J, K, L, Lactc Acid")
    assert set(doubtful(late)) == {"exfoliating_acid_trailing"}


def test_percentages_are_kept_with_their_ingredient() -> None:
    percents = {item.name: str(item.percent) for item in read_list("Aqua, Niacinamide 5 %, Panthenol (0,5%)")}
    assert percents == {"Aqua": "None", "Niacinamide": "5", "Panthenol": "0.5"}


def test_an_ingredient_tells_the_inci_names_it_may_mean() -> None:
    vitamin = read_list("Vitamin C")[0]
    assert "ASCORBIC ACID" in vitamin.inci
    assert vitamin.classes == {"ascorbic"}


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("retinol", "retinol", False),
        ("retinl", "retinol", True),
        ("retinoll", "retinol", True),
        ("retinal", "retinol", True),
        ("retionl", "retinol", True),
        ("erionl", "retinol", False),
        ("retino1", "retinol", False),
        ("peg-8", "peg-9", False),
        ("etinol", "retinol", True),
        ("retinol", "retinol a", False),
    ],
)
def test_one_letter_off_is_one_letter_and_no_more(one: str, other: str, is_near: bool) -> None:
    assert is_one_letter_off(one, other) is is_near
    assert is_one_letter_off(other, one) is is_near
    assert (NearNames([other]).near(one) == (other,)) is is_near


def test_short_names_are_never_taken_for_misspelt() -> None:
    assert NearNames(["aqua", "zinc"]).near("zink") == ()
