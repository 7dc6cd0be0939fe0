"""What a product may bring an allergic person: ingredients by INCI name and class, and nickel in the needle's metal.

Steel contains nickel, whatever its release figure; the implant grades of titanium do not to a degree that matters.
"""

from collections.abc import Iterable

from catalogue.dossiers import Dossier
from catalogue.inci import meaning_of
from catalogue.ingredient_classes import classes
from catalogue.ingredients import classify
from catalogue.vetting import ingredients_in

METALS = ("nickel", "steel", "titanium")
_FREE_OF_NICKEL = ("ISO 5832-2", "ISO 5832-3")


def holds_nickel(grade: str) -> bool:
    """Whether a needle of that grade of metal contains nickel. An unknown grade is taken to."""
    return grade.strip().upper() not in _FREE_OF_NICKEL


def allergens_in(dossier: Dossier) -> frozenset[str]:
    """All that the product may bring, in lower case: printed and INCI names, names perhaps meant, classes, metals."""
    ingredients = ingredients_in(dossier.stated)
    names = {name for item in ingredients for name in (item.name, *item.forms)}
    names.update(inci for item in ingredients for inci in item.inci)
    names.update(perhaps for item in ingredients for perhaps, _ in item.perhaps)
    names.update(name for item in ingredients for name in item.classes)
    names.update(classify(ingredients))
    return frozenset(name.lower() for name in names) | _metals_in(dossier)


def allergens_among(dossier: Dossier, allergies: Iterable[str]) -> tuple[str, ...]:
    """Those of a person's allergies (INCI names, label forms, classes or "nickel") that the product may bring."""
    brought = allergens_in(dossier)
    return tuple(allergy for allergy in allergies if not brought.isdisjoint(_meant_by(allergy)))


def is_recognised(allergy: str) -> bool:
    """Whether an allergy as somebody wrote it is a name that products can be looked through for."""
    name = " ".join(allergy.lower().split())
    meaning = meaning_of(name)
    return name in METALS or name in classes() or meaning.is_recognised or bool(meaning.perhaps)


def _meant_by(allergy: str) -> set[str]:
    """What an allergy may mean; a misspelt one also the names that it is one letter off."""
    name = " ".join(allergy.lower().split())
    near = (name for name, _ in meaning_of(name).perhaps)
    meanings = [meaning_of(each) for each in (name, *near)]
    return {name, *(each.lower() for meaning in meanings for each in (*meaning.forms, *meaning.inci))}


def _metals_in(dossier: Dossier) -> frozenset[str]:
    """The needle's metal; a roller whose grade is not stated is taken to hold nickel."""
    if dossier.kind != "roller":
        return frozenset()
    grade = str(dossier.stated.get("needle_material_grade", ""))
    metals = {"nickel", "steel"} if holds_nickel(grade) else {"titanium"}
    return frozenset(metals | ({grade.lower()} if grade else set()))
