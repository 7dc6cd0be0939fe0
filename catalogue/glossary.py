"""What each ingredient of a list is, in words: its INCI names, what else it is called, the classes our rules watch that it
belongs to. Nothing on a list is left out, also what is in no class."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalogue.inci import label_forms
from catalogue.ingredient_classes import classes
from catalogue.ingredients import Ingredient, classify


@dataclass(frozen=True, slots=True)
class Explained:
    """An ingredient as printed. `inci` are the names it stands for where the label calls it otherwise, `called` its other
    names, `classes` the titles of its classes, `perhaps` the listed names it may be a misspelling of."""

    name: str
    position: int
    percent: str
    may_contain: bool
    inci: tuple[str, ...]
    called: tuple[str, ...]
    classes: tuple[str, ...]
    perhaps: tuple[str, ...]


def explained(ingredients: Iterable[Ingredient]) -> tuple[Explained, ...]:
    """Every ingredient of a list, in the order of the label."""
    listed = tuple(ingredients)
    groups = classes()
    # A class that looks at the whole list names its first ingredient only as a stand-in for it.
    found = {groups[name].title: items for name, items in classify(listed).items() if not groups[name].unless_listed}
    return tuple(_explained(item, found) for item in listed)


def _explained(item: Ingredient, found: dict[str, tuple[Ingredient, ...]]) -> Explained:
    names = dict.fromkeys((item.name.upper(), *item.inci))
    called = dict.fromkeys(form for name in names for form in label_forms().get(name, ()))
    return Explained(
        name=item.name,
        position=item.position,
        percent=f"{item.percent:f}" if item.percent is not None else "",
        may_contain=item.may_contain,
        inci=tuple(name for name in item.inci if name != item.name.upper()),
        called=tuple(form for form in called if form not in item.forms and "/" not in form),
        classes=tuple(title for title, items in found.items() if item in items),
        perhaps=tuple(name for name, _ in item.perhaps),
    )
