"""Each ingredient in words: its other names and its classes, and none left out."""

from hypothesis import given
from hypothesis import strategies as st

from catalogue.glossary import Explained, explained
from catalogue.ingredients import read_list
from tests.examples import examples


def of(printed: str) -> dict[str, Explained]:
    return {each.name: each for each in explained(read_list(printed))}


def test_a_name_is_told_with_its_other_names_and_its_class() -> None:
    told = of("Aqua, Ascorbic Acid, Nothing Known Of It")
    assert "vitamin c" in told["Ascorbic Acid"].called
    assert "vitamin C in any form" in told["Ascorbic Acid"].classes
    assert (told["Nothing Known Of It"].classes, told["Nothing Known Of It"].called) == ((), ())


def test_what_the_label_calls_otherwise_is_told_by_its_inci_names() -> None:
    told = of("Aqua, Vitamin E")["Vitamin E"]
    assert told.inci == ("TOCOPHEROL", "TOCOPHERYL ACETATE")
    assert "vitamin e" not in told.called


def test_a_near_miss_and_a_percentage_are_told() -> None:
    told = of("Aqua, Retinnol 0.5 %")["Retinnol"]
    assert "RETINOL" in told.perhaps
    assert told.percent == "0.5"


def test_a_class_of_the_whole_list_is_not_told_of_its_first_name() -> None:
    assert of("Aqua, Glycerin")["Aqua"].classes == ()


@examples(40)
@given(st.lists(st.sampled_from(["Aqua", "Retinol", "Parfum", "Glycerin", "Zzyx Extract"]), max_size=12))
def test_none_is_hidden_and_the_order_is_kept(names: list[str]) -> None:
    assert [each.name for each in explained(read_list(", ".join(names)))] == names
