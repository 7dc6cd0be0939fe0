"""What a printed name may mean: INCI names by synonyms, classes by patterns and EU lists, and near misses.

Labels call one substance many names and several by one ("lavender"): all that a name may mean counts.
"""

import csv
import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalogue.ingredient_classes import SAFETY, classes
from catalogue.labels import BROKEN
from catalogue.misspellings import NearNames

_BRACKETED = re.compile(r"\s*[(\[{]([^()\[\]{}]*)[)\]}]\s*")
_APART = re.compile(r"[/\\]|:\s+|\s+(?:and|&|[-–—])\s+|\s*\(and\)\s*")
# Words that say how a substance was made and not what it is.
_QUALIFIED = re.compile(r"(?:natural|organic|pure|synthetic|encapsulated|certified|nano|bio|d|l|dl)[\s-]+")
# A slash beside a bare ion or a monomer joins the parts of one polymer; they are no names of their own.
_POLYMER = re.compile(r"polymer|polyacryl|acrylamide|acrylate|taurate|(?:^|[/\\])(?:sodium|ammonium|vp|ma)(?:$|[/\\])")
_COLOUR_INDEX = re.compile(r"\bc\.?\s*[il1]\.?\s*(\d{5})\b")
_WORD = re.compile(r"[a-z]{6,}")


@dataclass(frozen=True, slots=True)
class Meaning:
    """INCI names that a printed name may stand for, its classes, and listed names it is one letter off.

    `forms` are the names that stand in it, in lower case: without brackets, in brackets, beside a slash.
    """

    forms: tuple[str, ...]
    inci: tuple[str, ...]
    classes: frozenset[str]
    perhaps: tuple[tuple[str, frozenset[str]], ...]
    is_listed: bool

    @property
    def is_recognised(self) -> bool:
        """Whether anything is known of the name, or of one that it may be a misspelling of."""
        return self.is_listed or bool(self.classes) or any(brought for _, brought in self.perhaps)


@functools.lru_cache(maxsize=65536)
def meaning_of(name: str) -> Meaning:
    """What a name as printed may mean."""
    spellings = [_folded(spelling) for spelling in _spellings(name)]
    forms = tuple(dict.fromkeys(form for spelling in spellings for form in _forms(spelling)))
    inci = tuple(dict.fromkeys(meant for form in forms for meant in synonyms().get(form, ())))
    found = classes_of([*forms, *spellings, *(meant.lower() for meant in inci)])
    found = found.union(*map(_shared_by_bracketed, spellings))
    is_known = any(form in listed_names() for form in forms)
    inside = tuple(part.strip() for spelling in spellings for part in _BRACKETED.findall(spelling))
    return Meaning(forms + inside, inci, found, () if is_known else _perhaps(forms, found), is_known)


def unbroken(name: str) -> str:
    """The name with a break at a line's end mended: without the hyphen, unless only the other spelling is known."""
    without, *others = _spellings(name)
    known = (spelling for spelling in (without, *others) if spelling.lower() in listed_names())
    return next(known, without)


def classes_of(names: Iterable[str]) -> frozenset[str]:
    """Every class that holds one of the names (lower case), whatever its position."""
    return frozenset().union(*map(_classes_of_name, names))


@functools.lru_cache(maxsize=65536)
def _classes_of_name(name: str) -> frozenset[str]:
    return frozenset(group.name for group in classes().values() if group.holds(name))


@functools.cache
def synonyms() -> dict[str, tuple[str, ...]]:
    """For each label form in lower case, every INCI name it may mean.

    An INCI name means itself alone: BHA on a label is butylated hydroxyanisole, never "beta hydroxy acid",
    and CI 77891 is titanium dioxide as a colourant, not as a sunscreen.
    """
    meant: dict[str, dict[str, None]] = {}
    for inci, form in _synonym_rows():
        meant.setdefault(form, {})[inci.upper()] = None
    itself = {inci for inci, _ in _synonym_rows()}
    return {form: tuple(names) for form, names in meant.items() if form not in itself}


@functools.cache
def label_forms() -> dict[str, tuple[str, ...]]:
    """For each INCI name in upper case, what labels and people call it."""
    called: dict[str, list[str]] = {}
    for inci, form in _synonym_rows():
        if form != inci:
            called.setdefault(inci.upper(), []).append(form)
    return {inci: tuple(forms) for inci, forms in called.items()}


@functools.cache
def _synonym_rows() -> tuple[tuple[str, str], ...]:
    with (SAFETY / "inci_synonyms.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            (row["inci_name"].strip().lower(), row["synonym"].strip().lower()) for row in csv.DictReader(lines)
        )


@functools.cache
def listed_names() -> frozenset[str]:
    """Every name that some list of ours holds, in lower case."""
    named = {name for row in _synonym_rows() for name in row}
    return frozenset(named.union(*(group.listed for group in classes().values())))


def _spellings(name: str) -> tuple[str, ...]:
    return (name.replace(BROKEN, ""), name.replace(BROKEN, "-")) if BROKEN in name else (name,)


def _folded(name: str) -> str:
    """Lower case, without accents, single spaces, and Colour Index numbers in one form."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return _COLOUR_INDEX.sub(r"ci \1", " ".join(plain.split()))


def _forms(whole: str) -> tuple[str, ...]:
    """The forms to compare with lists: without brackets, the parts set apart, and each without words of praise."""
    forms = [_bare(whole), *map(_bare, _alternatives(whole))]
    plain = [form[qualified.end() :] for form in forms if (qualified := _QUALIFIED.match(form))]
    return tuple(dict.fromkeys(forms + plain))


def _bare(name: str) -> str:
    return " ".join(_BRACKETED.sub(" ", name).split()) or name


def _alternatives(name: str) -> Iterator[str]:
    """The parts of a name set apart, each long enough to be a name."""
    if _APART.search(name) and not _POLYMER.search(name):
        yield from (part.strip() for part in _APART.split(name) if len(part.strip()) > 2)


def _shared_by_bracketed(whole: str) -> frozenset[str]:
    """Classes of a name in brackets: of the name itself, and those that all it may mean have in common.

    Amid a name ("Citrus Grandis (Grapefruit) Seed Extract") a bracket glosses the plant, not the substance.
    """
    found: frozenset[str] = frozenset()
    for bracketed in _BRACKETED.finditer(whole):
        for form in (bracketed[1].strip(), *_alternatives(bracketed[1])):
            found |= classes_of([form])
            meant = synonyms().get(form, ()) if bracketed.end() == len(whole) else ()
            if meant:
                found |= frozenset.intersection(*(classes_of([name.lower()]) for name in meant))
    return found


def _perhaps(forms: tuple[str, ...], found: frozenset[str]) -> tuple[tuple[str, frozenset[str]], ...]:
    """Listed names one letter off, with the classes they would bring beyond those already found.

    Where the whole name is near none, a single word one letter off a listed word counts when it brings a class.
    """
    near = dict.fromkeys(name for form in forms for name in near_names().near(form))
    perhaps = tuple((name.upper(), _brought_by(name) - found) for name in near)
    if perhaps:
        return perhaps
    corrected = dict.fromkeys(other for form in forms for other in _one_word_corrected(form))
    brought = ((name.upper(), _brought_by(name) - found) for name in corrected)
    return tuple((name, new) for name, new in brought if new)


def _brought_by(name: str) -> frozenset[str]:
    return classes_of([name, *(meant.lower() for meant in synonyms().get(name, ()))])


def _one_word_corrected(form: str) -> Iterator[str]:
    for word in _WORD.finditer(form):
        if word[0] not in listed_words():
            for near in near_words().near(word[0]):
                yield form[: word.start()] + near + form[word.end() :]


@functools.cache
def listed_words() -> frozenset[str]:
    """Every longer word of the listed names."""
    return frozenset(word for name in listed_names() for word in _WORD.findall(name))


@functools.cache
def near_names() -> NearNames:
    """The listed names, ready to be asked for near misses."""
    return NearNames(listed_names())


@functools.cache
def near_words() -> NearNames:
    """The longer words of names that some class holds, and those its patterns speak of."""
    patterns = (group.pattern.pattern for group in classes().values() if group.pattern)
    words = {word for pattern in patterns for word in _WORD.findall(pattern)}
    words.update(word for name in listed_names() if _brought_by(name) for word in _WORD.findall(name))
    return NearNames(words)
