"""Reading an ingredient list as labels print it: where a name ends, what is a remark and what a name.

Whatever might be an ingredient is kept as one: a remark is only dropped after nothing in it was recognised, also where it
says "free from". A wrong alarm is cleared by whoever enters the list; a missed ingredient would be sold.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

BROKEN = "\u00ad"  # stands where a word was broken at a line's end: with or without its hyphen, nobody knows
_MARKS = "*†‡§¹²³⁺°•·●▪■◦^#™®"
_OPENING, _CLOSING = "([{", ")]}"
_BRACKET = re.compile(r"[(\[{)\]}]")
_SPLITTING = re.compile(r"[(\[{)\]};•·●|]|(?<!\d),|,(?!\d)")
_PERCENT = re.compile(
    r"\(?\s*(?:[<>≤≥~]|max\.?|min\.?)?\s*(?<!\d)(\d{1,6}(?:[.,]\d{1,6})?)\s*%\s*(?:w/w|w/v|v/v)?\s*\)?", re.IGNORECASE
)
_MAY_CONTAIN = re.compile(
    r"[\[(]?\s*(?:\+\s*/\s*[-−–]|±|may\s+contain|peut\s+contenir|kann\s+enthalten)\s*[\])]?\s*[:.]?\s*", re.IGNORECASE
)
_HEADING = re.compile(
    r"^\W*[^:,;.]{0,40}\bingr[eé]dients?\b[^:,;.]{0,30}:\s*"
    r"|^\W*ingr[eé]dients?\s*[-–—]\s*"
    r"|^\W*(?:inci|composition|zutaten|bestandteile|inhaltsstoffe|contient)(?:\s+name)?\s*:\s*"
    r"|^\W*contains\s*:?\s+",
    re.IGNORECASE,
)
_INNER_HEADING = re.compile(r"[.;,]?\s*\b(?:in)?active\s+ingredients?\s*:\s*", re.IGNORECASE)
# A full stop ends a sentence, unless an abbreviation has it (Alcohol Denat., C. Acnes, St. Paul's, var.).
_SENTENCE = re.compile(
    r"(?<![\s(.][A-Za-z])(?<!\bst)(?<!\bvar)(?<!\bspp)(?<!\bsubsp)(?<!denat)(?<!\bno)\.\s+(?=[^\W\d_a-z*]|\*)"
)
_PROSE = re.compile(
    r"\b(?:the|this|that|these|your|our|we|you|is|are|may|please|helps?|from|with|without|for|contains?|made|free|component|"
    r"certified|farming|derived|grade|suitable|tested|visit|packag\w*|product|ingredients?|formula|clinically|dermatolog\w*|"
    r"natural(?:ly)?|organic|origin|soothes?|gentle)\b",
    re.IGNORECASE,
)
_ORIGIN = re.compile(r"(?:made|produced|manufactured|packed)\s+(?:in|by|for)\b", re.IGNORECASE)
_BATCH_CODE = re.compile(r"(?:f\.?i\.?l\.?\s*)?[a-z]?\d[\d/.\s-]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Printed:
    """One entry of a printed list. Positions count from 1; entries after "may contain" are marked, remarks uncounted."""

    name: str
    position: int
    percent: Decimal | None = None
    may_contain: bool = False
    is_remark: bool = False


def printed_names(text: str) -> tuple[Printed, ...]:
    """Every entry of the list in the printed order; remarks are kept and marked as such."""
    always, _, optional = _parted(_one_line(text))
    entries: list[Printed] = []
    position = 0
    for part, may_contain in ((always, False), (optional, True)):
        for name, percent, is_remark in _entries(part):
            position += not is_remark
            entries.append(Printed(name, position, percent, may_contain, is_remark))
    return tuple(entries)


def _parted(text: str) -> tuple[str, str, str]:
    """What is always in it, the words "may contain" or +/-, and what only may be; their bracket is taken off."""
    marked = _MAY_CONTAIN.search(text)
    if marked is None:
        return text, "", ""
    return text[: marked.start()], marked[0], _without_stray_closing(text[marked.end() :])


def _without_stray_closing(text: str) -> str:
    depth = 0
    for place, character in enumerate(text):
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth < 0:
            return text[:place] + "," + text[place + 1 :]
    return text


def _entries(text: str) -> Iterator[tuple[str, Decimal | None, bool]]:
    """Name, percentage and whether it is a remark. In a sentence that begins as one, beside others, all are remarks."""
    sentences = [[*_tidied_chunks(sentence)] for sentence in _sentences(text)]
    begin_as_remark = [bool(sentence) and sentence[0][2] for sentence in sentences]
    for sentence, is_prose in zip(sentences, begin_as_remark, strict=True):
        for name, percent, is_remark in sentence:
            yield name, percent, is_remark or (is_prose and not all(begin_as_remark))


def _tidied_chunks(sentence: str) -> Iterator[tuple[str, Decimal | None, bool]]:
    return (entry for entry in map(_entry, _split(sentence)) if entry[0])


@functools.lru_cache(maxsize=65536)
def _entry(chunk: str) -> tuple[str, Decimal | None, bool]:
    """The name, its percentage and whether it is a remark; an empty name where nothing is left."""
    part = _HEADING.sub("", chunk)
    name, percent = _tidied(part)
    return name, percent, bool(name) and _is_remark(part, name)


def _one_line(text: str) -> str:
    """The text on one line. A list without separators, one name per line, keeps its lines as separators."""
    text = re.sub("[\u00ad\u200b\ufeff]", "", text).replace("\u00a0", " ").replace("\r", "\n").strip()
    if "\n" in text and not re.search(r"[,;•·|]", re.sub(r"(?<=\d),(?=\d)", "", text)):
        text = re.sub(r"\s*\n\s*", "; ", text)
    text = re.sub(r"(?<=[^\W\d_])-[ \t]*\n\s*(?=[^\W\d_])", BROKEN, text)
    text = re.sub(r"(?<=[-/\\])\s*\n\s*", "", text)
    return re.sub(r"\s+", " ", text)


def _sentences(text: str) -> list[str]:
    return _SENTENCE.split(_INNER_HEADING.sub(", ", _HEADING.sub("", text)))


def _split(text: str) -> Iterator[str]:
    """Pieces between separators outside brackets; the comma of 1,2-hexanediol or 0,5 % separates nothing."""
    is_balanced = _is_balanced(text)
    depth, start = 0, 0
    for found in _SPLITTING.finditer(text):
        if found[0] in _OPENING:
            depth += is_balanced
        elif found[0] in _CLOSING:
            depth -= is_balanced
        elif depth == 0:
            yield text[start : found.start()]
            start = found.end()
    yield text[start:]


def _is_balanced(text: str) -> bool:
    depth = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in _OPENING else -1
        if depth < 0:
            return False
    return depth == 0


def _tidied(part: str) -> tuple[str, Decimal | None]:
    """The name without marks, percentage and trailing full stop; and the percentage."""
    percent = _PERCENT.search(part)
    name = _PERCENT.sub(" ", part) if percent else part
    name = re.sub(rf"[{re.escape(_MARKS)}]+", " ", name)
    name = re.sub(r"\s+", " ", name).strip(" .,;:-–—_'\"“”|")
    name = re.sub(r"\s*([/\\])\s*", r"\1", name)
    if not any(character.isalnum() for character in name):
        return "", None
    return _unwrapped(name), Decimal(percent[1].replace(",", ".")) if percent else None


def _unwrapped(name: str) -> str:
    """The name without a bracket around the whole of it or one that never closes."""
    if name[0] in _OPENING and name[-1] in _CLOSING and _is_balanced(name[1:-1]):
        name = name[1:-1]
    if not _is_balanced(name):
        name = re.sub(r"^[)\]}]+|[(\[{]+$", "", name)
        if name.count("(") < name.count(")"):
            name = name.rstrip(")]")
    return name.strip()


def _is_remark(part: str, name: str) -> bool:
    """A footnote, a batch code or advertising: no ingredient, unless something in it is recognised."""
    if _BATCH_CODE.fullmatch(name) or _ORIGIN.match(name):
        return True
    needed = 1 if part.lstrip()[:1] in _MARKS else 2
    return name.count(" ") > 1 and len(_PROSE.findall(name)) >= needed
