"""An allergy as a person writes it: other names and misspellings of it count, and what is no name is known to be none."""

import pytest

from catalogue.allergens import allergens_among, is_recognised
from tests.catalogue import samples


@pytest.mark.parametrize("allergy", ["panthenol", "Panthenol ", "pantenol", "provitamin b5"])
def test_an_allergy_is_found_by_any_spelling(allergy: str) -> None:
    assert allergens_among(samples.complete("serum"), [allergy]) == (allergy,)


@pytest.mark.parametrize("allergy", ["limonene", "nickel", "lavender", "xyz"])
def test_what_is_not_in_the_product_is_not_found(allergy: str) -> None:
    assert allergens_among(samples.complete("serum"), [allergy]) == ()


def test_a_misspelt_common_name_counts_for_all_that_it_may_mean() -> None:
    serum = samples.complete("serum", ingredients="Aqua, Lavandula Angustifolia Oil")
    assert allergens_among(serum, ["lavendar"]) == ("lavendar",)


def test_names_are_told_from_no_names() -> None:
    for name in ("nickel", "animal_or_nut_protein", "Perfume", "limonen", "Lavender"):
        assert is_recognised(name), name
    for name in ("xyz", "my neighbour's cat", ""):
        assert not is_recognised(name), name
