"""Finding the name under which an allergy is kept: groups ("nuts"), INCI names and what labels and people call them, also
misspelt. Whoever types is offered names; what they pick is one that products can be looked through for."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from catalogue.allergy_groups import groups
from catalogue.inci import label_forms, listed_names
from catalogue.misspellings import is_one_letter_off

MOST = 8
SHORTEST = 2  # letters before anything is offered
ALIKE = 0.55  # share of pairs of letters in common from which a longer word may be a misspelling
SHORTEST_ALIKE = 5


@dataclass(frozen=True, slots=True)
class AllergyName:
    """One name that may be picked; `called` is the other word by which it was found, where it was."""

    name: str
    called: str = ""

    @property
    def words(self) -> str:
        return f"{self.name} ({self.called})" if self.called else self.name


class _Spelling(NamedTuple):
    word: str
    name: str
    is_group: bool
    pairs: frozenset[str]


def find_names(typed: str, most: int = MOST) -> tuple[AllergyName, ...]:
    """The names nearest to what was typed, the best first, each once; none for less than two letters."""
    wanted = " ".join(typed.lower().split())
    if len(wanted) < SHORTEST:
        return ()
    ranked = [(rank, each) for each in _spellings() if (rank := _rank(wanted, each.word)) is not None]
    if not ranked:
        ranked = list(_alike(wanted))
    ranked.sort(key=lambda found: (found[0], not found[1].is_group, len(found[1].word), found[1].word))
    names: dict[str, AllergyName] = {}
    for _, each in ranked:
        names.setdefault(each.name, AllergyName(each.name, each.word if each.word != each.name else ""))
    return tuple(names.values())[:most]


def _rank(wanted: str, word: str) -> float | None:
    """How near a spelling is to what was typed: 0 the same, then its beginning, a word's beginning, one letter off, a part."""
    if word == wanted:
        return 0
    if word.startswith(wanted):
        return 1
    if f" {wanted}" in word:
        return 2
    if len(wanted) >= SHORTEST_ALIKE and any(is_one_letter_off(wanted, each) for each in (word, *word.split())):
        return 3
    return 4 if len(wanted) > SHORTEST and wanted in word else None


def _alike(wanted: str) -> Iterator[tuple[float, _Spelling]]:
    """Spellings that share most of their pairs of letters with what was typed: two letters off and more."""
    mine = _pairs(wanted)
    for each in _spellings() if len(wanted) >= SHORTEST_ALIKE else ():
        shared = 2 * len(mine & each.pairs) / (len(mine) + len(each.pairs))
        if shared >= ALIKE:
            yield 1 - shared, each


def _pairs(word: str) -> frozenset[str]:
    return frozenset(word[at : at + 2] for at in range(len(word) - 1))


@functools.cache
def _spellings() -> tuple[_Spelling, ...]:
    """Every word that is looked through, with the name it stands for."""
    told = [(word, group.name, True) for group in groups().values() for word in (group.name, *group.also)]
    told += [(form.lower(), inci.lower(), False) for inci, forms in label_forms().items() for form in forms]
    told += [(name, name, False) for name in sorted(listed_names()) if name not in _forms()]
    return tuple(_Spelling(word, name, is_group, _pairs(word)) for word, name, is_group in dict.fromkeys(told))


@functools.cache
def _forms() -> frozenset[str]:
    """Names that only stand for others: those are offered instead."""
    itself = {inci.lower() for inci in label_forms()}
    return frozenset(form.lower() for forms in label_forms().values() for form in forms) - itself
