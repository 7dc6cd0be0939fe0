"""What a product may bring an allergic person: ingredients by INCI name, class and group, and nickel in the needle's metal.

Steel contains nickel, whatever its release figure; the implant grades of titanium do not to a degree that matters.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalogue.allergy_groups import METALS, called, groups_holding
from catalogue.dossiers import Dossier
from catalogue.inci import meaning_of
from catalogue.ingredient_classes import classes
from catalogue.ingredients import Ingredient, classify
from catalogue.vetting import ingredients_in

_FREE_OF_NICKEL = ("ISO 5832-2", "ISO 5832-3")


@dataclass(frozen=True, slots=True)
class Brought:
    """One of a person's allergies that the product may bring, and the printed names of what brings it."""

    allergy: str
    holders: tuple[str, ...]


def holds_nickel(grade: str) -> bool:
    """Whether a needle of that grade of metal contains nickel. An unknown grade is taken to."""
    return grade.strip().upper() not in _FREE_OF_NICKEL


def allergens_in(dossier: Dossier) -> frozenset[str]:
    """All that the product may bring, in lower case: printed and INCI names, names perhaps meant, classes, groups, metals."""
    return frozenset().union(*(brought for _, brought in _parts(dossier)))


def brought_by(dossier: Dossier, allergies: Iterable[str]) -> tuple[Brought, ...]:
    """Those of a person's allergies (INCI names, label forms, groups, classes or "nickel") that the product may bring."""
    parts = tuple(_parts(dossier))
    found = []
    for allergy in allergies:
        meant = _meant_by(allergy)
        holders = tuple(dict.fromkeys(name for name, brought in parts if not brought.isdisjoint(meant)))
        if holders:
            found.append(Brought(allergy, holders))
    return tuple(found)


def allergens_among(dossier: Dossier, allergies: Iterable[str]) -> tuple[str, ...]:
    """The names alone of what `brought_by` finds."""
    return tuple(each.allergy for each in brought_by(dossier, allergies))


def is_recognised(allergy: str) -> bool:
    """Whether an allergy as somebody wrote it is a name that products can be looked through for."""
    name = " ".join(allergy.lower().split())
    meaning = meaning_of(name)
    is_named = name in METALS or name in called() or name in classes()
    return is_named or meaning.is_recognised or bool(meaning.perhaps)


def _meant_by(allergy: str) -> set[str]:
    """What an allergy may mean; a misspelt one also the names that it is one letter off."""
    name = " ".join(allergy.lower().split())
    near = (name for name, _ in meaning_of(name).perhaps)
    meanings = [meaning_of(each) for each in (name, *near)]
    named = {each.lower() for meaning in meanings for each in (*meaning.forms, *meaning.inci)}
    return {name, *called().get(name, ()), *named}


def _parts(dossier: Dossier) -> Iterator[tuple[str, frozenset[str]]]:
    """Each part of the product as it is printed, with all that it may bring."""
    ingredients = ingredients_in(dossier.stated)
    placed = classify(ingredients)
    for item in ingredients:
        names = _names_of(item)
        of_classes = item.classes.union(*(brought for _, brought in item.perhaps))
        of_classes |= {name for name, items in placed.items() if item in items}
        yield item.name, names | {name.lower() for name in of_classes} | groups_holding(names, of_classes)
    if dossier.kind == "roller":
        yield _metal_of(dossier)


def _names_of(item: Ingredient) -> frozenset[str]:
    perhaps = (name for name, _ in item.perhaps)
    return frozenset(name.lower() for name in (item.name, *item.forms, *item.inci, *perhaps))


def _metal_of(dossier: Dossier) -> tuple[str, frozenset[str]]:
    """The needle's metal; a roller whose grade is not stated is taken to hold nickel."""
    grade = str(dossier.stated.get("needle_material_grade", ""))
    metals = {"nickel", "steel"} if holds_nickel(grade) else {"titanium"}
    printed = f"needles of {grade}" if grade else "needles of a metal that is not stated"
    return printed, frozenset(metals | ({grade.lower()} if grade else set()))
