"""Reading an ingredient list as labels print it: where a name ends, what is a remark and what a name.

Whatever might be an ingredient is kept as one: a remark is only dropped after nothing in it was recognised.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_MARKS = "*†‡§¹²³⁺°•·●▪■◦^#"
_OPENING, _CLOSING = "([{", ")]}"
_PERCENT = re.compile(
    r"\(?\s*(?:[<>≤≥~]|max\.?|min\.?)?\s*(\d+(?:[.,]\d+)?)\s*%\s*(?:w/w|w/v|v/v)?\s*\)?", re.IGNORECASE
)
_MAY_CONTAIN = re.compile(
    r"[\[(]?\s*(?:\+\s*/\s*-|\+\s*/\s*−|±|\+\s*\(\s*/\s*\)\s*-|may\s+contain|peut\s+contenir|kann\s+enthalten)\s*[\])]?\s*[:.]?\s*",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^\W*(?:(?:full|key|all)\s+)?(?:(?:in)?active|other|inci|cosmetic)?\s*ingr[eé]dients?(?:\s+list)?(?:\s*\((?:inci|full)\))?\s*[:\-–]\s*"
    r"|^\W*(?:inci|composition|zutaten|bestandteile|inhaltsstoffe|contains|contient)(?:\s+name)?\s*:\s*",
    re.IGNORECASE,
)
_INNER_HEADING = re.compile(r"[.;,]?\s*\b(?:in)?active\s+ingredients?\s*:\s*", re.IGNORECASE)
# A full stop ends a sentence, unless an abbreviation has it (Alcohol Denat., C. Acnes, St. Paul's, var.).
_SENTENCE = re.compile(
    r"(?<![\s(.][A-Za-z])(?<!\bst)(?<!\bvar)(?<!\bspp)(?<!\bsubsp)(?<!denat)(?<!\bno)\.\s+(?=[^\W\d_a-z*]|\*)"
)
_PROSE = re.compile(
    r"\b(?:the|this|that|these|your|our|we|you|is|are|may|please|helps?|from|with|for|contains?|made|free|certified|farming|"
    r"derived|grade|suitable|tested|visit|packag\w*|product|ingredients?|formula|clinically|dermatolog\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Printed:
    """One entry of a printed list. Positions count from 1; entries after "may contain" are marked."""

    name: str
    position: int
    percent: Decimal | None = None
    may_contain: bool = False
    is_remark: bool = False


def printed_names(text: str) -> tuple[Printed, ...]:
    """Every entry of the list in the printed order; remarks are kept and marked as such."""
    entries: list[Printed] = []
    position = 0
    may_contain = False
    for chunk in _chunks(_one_line(text)):
        marked = _MAY_CONTAIN.search(chunk)
        for part, is_optional in _around(chunk, marked, may_contain):
            name, percent = _tidied(part)
            if not name:
                continue
            is_remark = _is_remark(part, name)
            position += not is_remark
            entries.append(Printed(name, position, percent, is_optional, is_remark))
        may_contain = may_contain or marked is not None
    return tuple(entries)


def _around(chunk: str, marked: re.Match[str] | None, may_contain: bool) -> Iterator[tuple[str, bool]]:
    """What stands before and after "may contain"; a bracket that it opened is closed with it."""
    if marked is None:
        yield chunk, may_contain
        return
    yield chunk[: marked.start()], may_contain
    yield chunk[marked.end() :], True


def _one_line(text: str) -> str:
    """The text on one line. A list without separators, one name per line, keeps its lines as separators."""
    text = text.replace("\u00ad", "").replace("\u200b", "").replace("\ufeff", "").replace("\u00a0", " ").strip()
    if "\n" in text and not re.search(r"[,;•·|]", re.sub(r"(?<=\d),(?=\d)", "", text)):
        text = re.sub(r"\s*\n\s*", "; ", text)
    text = re.sub(r"(?<=[-/\\])\s*[\r\n]+\s*", "", text)
    return re.sub(r"\s+", " ", text)


def _chunks(text: str) -> Iterator[str]:
    """The pieces between separators; headings and full stops separate too."""
    separators = ";" if ";" in text else ","
    text = _INNER_HEADING.sub(separators + " ", _HEADING.sub("", text))
    for sentence in _SENTENCE.split(text):
        for piece in _split(sentence, separators + "•·●|"):
            yield _HEADING.sub("", piece)


def _split(text: str, separators: str) -> Iterator[str]:
    """Pieces between separators outside brackets; the comma of 1,2-hexanediol separates nothing."""
    is_balanced = _is_balanced(text)
    depth, start = 0, 0
    for place, character in enumerate(text):
        if is_balanced and character in _OPENING:
            depth += 1
        elif is_balanced and character in _CLOSING:
            depth -= 1
        elif character in separators and depth == 0 and not _is_locant(text, place):
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _is_balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth < 0:
            return False
    return depth == 0


def _is_locant(text: str, place: int) -> bool:
    """Whether a comma stands between two digits, as in 1,2-Hexanediol or 0,5 %."""
    around = text[place - 1 : place] + text[place + 1 : place + 2]
    return text[place] == "," and len(around) == 2 and around.isdigit()


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
    words = name.split()
    if re.fullmatch(r"(?:f\.?i\.?l\.?\s*)?[a-z]?\d[\d/.\s-]*", name, re.IGNORECASE):
        return True
    return len(words) > 2 and len(_PROSE.findall(name)) >= (1 if part.lstrip()[:1] in _MARKS else 2)
