"""An allergy as a person writes it: other names and misspellings of it count, groups of ingredients too, and what is no name is
known to be none."""

from pathlib import Path

import pytest

from catalogue.allergens import Brought, allergens_among, brought_by, is_recognised
from catalogue.allergy_groups import GroupsError, groups
from catalogue.allergy_names import find_names
from tests.catalogue import samples
from tests.catalogue.cases import roller, serum


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
    for name in ("nickel", "animal_or_nut_protein", "Perfume", "limonen", "Lavender", "nuts", "Honey", "metal"):
        assert is_recognised(name), name
    for name in ("xyz", "my neighbour's cat", "", "n"):
        assert not is_recognised(name), name


@pytest.mark.parametrize(
    ("printed", "allergy", "holder"),
    [
        ("Aqua, Prunus Amygdalus Dulcis (Sweet Almond) Oil", "nuts", "Prunus Amygdalus Dulcis (Sweet Almond) Oil"),
        ("Aqua, Argania Spinosa Kernel Oil", "nuts", "Argania Spinosa Kernel Oil"),
        ("Aqua, Cera Alba", "bee products", "Cera Alba"),
        ("Aqua, Bee glue", "honey", "Bee glue"),
        ("Aqua, Lanolin Alcohol", "wool wax", "Lanolin Alcohol"),
        ("Aqua, Parfum", "perfume", "Parfum"),
        ("Aqua, Citrus Limon Peel Oil", "perfume", "Citrus Limon Peel Oil"),
        ("Aqua, Chamomilla Recutita Flower Extract", "daisy family", "Chamomilla Recutita Flower Extract"),
        ("Aqua, Avena Sativa Kernel Extract", "wheat and gluten", "Avena Sativa Kernel Extract"),
        ("Aqua, Methylparaben", "parabens", "Methylparaben"),
        ("Aqua, Methylisothiazolinone", "mi", "Methylisothiazolinone"),
    ],
)
def test_a_group_counts_for_every_ingredient_in_it_and_names_that(printed: str, allergy: str, holder: str) -> None:
    assert brought_by(serum(ingredients=printed), [allergy]) == (Brought(allergy, (holder,)),)
    assert brought_by(serum(ingredients="Aqua, Glycerin"), [allergy]) == ()


def test_a_metal_is_named_by_the_needles_that_hold_it() -> None:
    held = brought_by(roller(needle_material_grade="AISI 316L"), ["nickel", "titanium", "metal"])
    assert [(each.allergy, *each.holders) for each in held] == [
        ("nickel", "needles of AISI 316L"),
        ("metal", "needles of AISI 316L"),
    ]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("nickel", "nickel"),
        ("nikkel", "nickel"),
        ("earring", "nickel"),
        ("almon", "nuts"),
        ("Honey", "bee products"),
        ("panth", "panthenol"),
        ("pantenol", "panthenol"),
        ("vitamin b5", "panthenol"),
        ("glicerrine", "glycerin"),
        ("niacinamyde", "niacinamide"),
        ("fenoxyetanol", "phenoxyethanol"),
        ("LIMONENE", "limonene"),
        ("fragrance", "perfume"),
        ("propolis", "bee products"),
    ],
)
def test_a_name_is_offered_for_what_is_typed(typed: str, first: str) -> None:
    found = find_names(typed)
    assert found[0].name == first
    assert len({each.name for each in found}) == len(found) <= 8
    assert all(is_recognised(each.name) for each in found)


def test_nothing_is_offered_for_what_no_list_is_near_to() -> None:
    for typed in ("", "x", "qqqq wwww", "my neighbour's cat"):
        assert find_names(typed) == (), typed


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ('name = "a"\npatterns = "x"\n', "a: needs a name and a source"),
        ('name = "a"\nsource = "s"\n', "a: means nothing"),
        ('name = "a"\nsource = "s"\nclasses = ["no such"]\n', "a: no such: no such class or metal"),
        ('name = "a"\nsource = "s"\nmetals = ["gold"]\n', "a: gold: no such class or metal"),
        ('name = "a"\nsource = "s"\npattern = "x"\n', "a: pattern: unknown key"),
        (
            'name = "a"\nsource = "s"\npatterns = "x"\n[[group]]\nname = "a"\nsource = "s"\npatterns = "y"\n',
            "a: told twice",
        ),
    ],
)
def test_a_wrong_group_is_refused_by_name(tmp_path: Path, entry: str, complaint: str) -> None:
    file = tmp_path / "groups.toml"
    file.write_text(f"[[group]]\n{entry}", encoding="utf-8")
    with pytest.raises(GroupsError, match=complaint):
        groups(file)
