"""What people are allergic to without naming an ingredient ("nuts", "bee products"), from `safety/allergy_groups.toml`: each
group means every ingredient that its patterns match, all of its classes, and its metals."""

import functools
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalogue.ingredient_classes import SAFETY, classes

METALS = ("nickel", "steel", "titanium")
FILE = SAFETY / "allergy_groups.toml"
_KNOWN = {"name", "also", "patterns", "classes", "metals", "source"}


class GroupsError(ValueError):
    """The groups cannot be relied on; names the file, the group and the reason."""


@dataclass(frozen=True, slots=True)
class AllergyGroup:
    """A group as it is kept on a record, and what else it is called (lower case)."""

    name: str
    also: tuple[str, ...]
    pattern: re.Pattern[str] | None
    classes: frozenset[str]
    metals: frozenset[str]

    def holds(self, name: str) -> bool:
        return self.pattern is not None and self.pattern.search(name) is not None


@functools.cache
def groups(path: Path = FILE) -> dict[str, AllergyGroup]:
    """Every group by its name. Refuses unknown keys, classes and metals, a name told twice, and a group that means nothing."""
    found: dict[str, AllergyGroup] = {}
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["group"]:
        group = _group(path, entry)
        if group.name in found:
            raise GroupsError(f"{path.name}: {group.name}: told twice")
        found[group.name] = group
    return found


def _group(path: Path, entry: dict[str, Any]) -> AllergyGroup:
    where = f"{path.name}: {entry.get('name', 'a group without a name')}"
    if unknown := entry.keys() - _KNOWN:
        raise GroupsError(f"{where}: {min(unknown)}: unknown key")
    if not entry.get("name") or not entry.get("source"):
        raise GroupsError(f"{where}: needs a name and a source")
    told, metals = frozenset(entry.get("classes", ())), frozenset(entry.get("metals", ()))
    if wrong := (told - classes().keys()) | (metals - set(METALS)):
        raise GroupsError(f"{where}: {min(wrong)}: no such class or metal")
    if not (told or metals or entry.get("patterns")):
        raise GroupsError(f"{where}: means nothing")
    pattern = re.compile(entry["patterns"]) if "patterns" in entry else None
    also = tuple(word.lower() for word in entry.get("also", ()))
    return AllergyGroup(entry["name"].lower(), also, pattern, told, metals)


def groups_holding(names: Iterable[str], of_classes: Iterable[str]) -> frozenset[str]:
    """The groups that an ingredient of those names (lower case) and classes belongs to."""
    told = frozenset(of_classes)
    by_class = {group.name for group in groups().values() if group.classes & told}
    return frozenset(by_class.union(*map(_groups_of_name, names)))


@functools.lru_cache(maxsize=65536)
def _groups_of_name(name: str) -> frozenset[str]:
    return frozenset(group.name for group in groups().values() if group.holds(name))


@functools.cache
def called() -> dict[str, tuple[str, ...]]:
    """For each name of a group, and each other word for it, all the groups that it may mean."""
    meant: dict[str, list[str]] = {}
    for group in groups().values():
        for word in dict.fromkeys((group.name, *group.also)):
            meant.setdefault(word, []).append(group.name)
    return {word: tuple(names) for word, names in meant.items()}
