"""What a product may bring an allergic person: metals of the needle, ingredients by any of their names, and classes."""

import pytest

from catalogue.allergens import allergens_among, allergens_in, holds_nickel
from tests.catalogue.cases import roller, serum


@pytest.mark.parametrize(
    ("grade", "is_held"),
    [
        ("ISO 5832-1", True),
        ("AISI 316L", True),
        ("AISI 304 with EN 1811 pass", True),
        ("ISO 5832-2", False),
        ("iso 5832-3 ", False),
        ("titanium", True),
        ("", True),
    ],
)
def test_steel_holds_nickel_and_implant_titanium_does_not(grade: str, is_held: bool) -> None:
    assert holds_nickel(grade) is is_held


def test_a_roller_of_unknown_metal_is_taken_to_hold_nickel() -> None:
    assert allergens_among(roller(needle_material_grade=None), ["nickel"]) == ("nickel",)
    assert allergens_among(roller(needle_material_grade="ISO 5832-1"), ["Nickel", "titanium"]) == ("Nickel",)
    assert allergens_among(roller(needle_material_grade="ISO 5832-3"), ["nickel", "titanium"]) == ("titanium",)


@pytest.mark.parametrize(
    ("printed", "allergy"),
    [
        ("Aqua, Panthenol", "PANTHENOL"),
        ("Aqua, D-Panthenol", "panthenol"),
        ("Aqua, Panthenol", "Provitamin B5"),
        ("Aqua, Bee glue", "PROPOLIS EXTRACT"),
        ("Aqua, Cera Alba", "propolis_beeswax_lanolin"),
        ("Aqua, Prunus Amygdalus Dulcis (Sweet Almond) Oil", "animal_or_nut_protein"),
        ("Aqua, Prunus Amygdalus Dulcis (Sweet Almond) Oil", "PRUNUS AMYGDALUS DULCIS OIL"),
        ("Aqua, Parfum (Limonene)*", "LIMONENE"),
        ("Aqua, Cucumis Sativus (Cucumber) Fruit Extract", "Cucumis  sativus fruit extract"),
        ("Aqua, Glycerin and Urea", "UREA"),
        ("Aqua, Phenoxyethanl", "phenoxyethanol"),
        ("Aqua, Lavender", "LAVANDULA ANGUSTIFOLIA OIL"),
    ],
)
def test_an_allergy_is_found_by_any_name_of_the_ingredient(printed: str, allergy: str) -> None:
    assert allergens_among(serum(ingredients=printed), [allergy]) == (allergy,)


def test_what_is_not_in_it_is_no_allergen() -> None:
    assert allergens_among(serum(), ["nickel", "LIMONENE", "animal_or_nut_protein"]) == ()
    assert "nickel" not in allergens_in(serum())
