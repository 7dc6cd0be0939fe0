"""The classes of serums that may be approved as a whole, from `safety/serum_classes.toml`, and which of them a list of ingredients
belongs to. A class says what a serum is for, never that it is safe: that is the specification's to say, of each serum."""

import functools
import re
import tomllib
from dataclasses import dataclass

from catalogue.ingredient_classes import SAFETY
from catalogue.ingredients import read_list


@dataclass(frozen=True, slots=True)
class SerumClass:
    """A class by its name, in words, with the ingredients that make it and where that comes from."""

    name: str
    title: str
    pattern: re.Pattern[str]
    source: str


@functools.cache
def serum_classes() -> dict[str, SerumClass]:
    """Every class by its name, in the order of the file."""
    told = tomllib.loads((SAFETY / "serum_classes.toml").read_text(encoding="utf-8"))
    return {
        entry["name"]: SerumClass(entry["name"], entry["title"], re.compile(entry["patterns"]), entry["source"])
        for entry in told["class"]
    }


@functools.lru_cache(maxsize=4096)
def classes_of_list(text: str) -> frozenset[str]:
    """The names of the classes that a printed list of ingredients belongs to; what may be in it counts for none."""
    names = {name.lower() for item in read_list(text) if not item.may_contain for name in (item.name, *item.inci)}
    return frozenset(key for key, each in serum_classes().items() if any(map(each.pattern.search, names)))
