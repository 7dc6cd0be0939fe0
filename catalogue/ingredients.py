"""Ingredients of a serum: a printed list read into INCI names, their classes, and names perhaps misspelt."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from catalogue.inci import meaning_of, unbroken
from catalogue.ingredient_classes import IngredientClass, classes
from catalogue.labels import Printed, printed_names


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One ingredient as printed, what it may stand for, and what is known of it.

    `forms` are the plain names that stand in it, `inci` the INCI names it may mean by synonyms, `classes` those
    its name alone puts it in, `perhaps` the listed names it is one letter off, with the classes they would bring.
    """

    name: str
    position: int
    percent: Decimal | None = None
    may_contain: bool = False
    forms: tuple[str, ...] = ()
    inci: tuple[str, ...] = ()
    classes: frozenset[str] = frozenset()
    perhaps: tuple[tuple[str, frozenset[str]], ...] = ()


@functools.lru_cache(maxsize=4096)
def read_list(text: str) -> tuple[Ingredient, ...]:
    """The ingredients of a printed list, in order. Never refuses: what is unknown is a name of no class."""
    read = (_ingredient(printed) for printed in printed_names(text))
    return tuple(item for item in read if item is not None)


def _ingredient(printed: Printed) -> Ingredient | None:
    """The ingredient; None for a remark in which nothing is recognised."""
    meaning = meaning_of(printed.name)
    if printed.is_remark and not meaning.is_recognised:
        return None
    return Ingredient(
        name=unbroken(printed.name),
        position=printed.position,
        percent=printed.percent,
        may_contain=printed.may_contain,
        forms=meaning.forms,
        inci=meaning.inci,
        classes=meaning.classes,
        perhaps=meaning.perhaps,
    )


def classify(ingredients: Iterable[Ingredient]) -> dict[str, tuple[Ingredient, ...]]:
    """The classes found in a list, each with its ingredients in the printed order."""
    listed = tuple(ingredients)
    known = frozenset().union(*(item.classes for item in listed))
    found: dict[str, tuple[Ingredient, ...]] = {}
    for name, group in classes().items():
        if group.unless_listed:
            members = _whole_list(group, listed)
        elif name in known and group.unless_class not in found:
            members = tuple(item for item in listed if name in item.classes and _is_placed(group, item))
        else:
            continue
        if members:
            found[name] = members
    return found


def doubtful(ingredients: Iterable[Ingredient]) -> dict[str, tuple[tuple[Ingredient, str], ...]]:
    """The classes that misspelt names would bring: each with the ingredient and the listed name it perhaps means."""
    listed = tuple(ingredients)
    doubts = [(item, name, brought) for item in listed for name, brought in item.perhaps if brought]
    found: dict[str, tuple[tuple[Ingredient, str], ...]] = {}
    for name, group in classes().items() if doubts else ():
        of_class = tuple((i, meant) for i, meant, brought in doubts if name in brought and _is_placed(group, i))
        if of_class:
            found[name] = of_class
    return found


def _is_placed(group: IngredientClass, item: Ingredient) -> bool:
    """Whether the ingredient stands where the class looks; a remark before the first name counts as first."""
    position = max(item.position, 1)
    return (group.after_position or 0) < position <= (group.up_to_position or position)


def _whole_list(group: IngredientClass, listed: tuple[Ingredient, ...]) -> tuple[Ingredient, ...]:
    """The first ingredient, standing for the whole list, unless a name in it speaks against the class."""
    spares = group.unless_listed
    if spares and any(spares.search(name.lower()) for item in listed for name in (item.name, *item.inci)):
        return ()
    return listed[:1]
