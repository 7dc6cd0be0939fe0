"""The texts that clients sign, as data (`consent.toml`): each with its version and the day from which it holds. Loading refuses
what it does not know; a text is known again by the hash of exactly the words that are shown."""

import functools
import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

FILE = Path(__file__).with_name("consent.toml")
Kind = Literal["treatment", "photos", "publication"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KEYS = {"kind", "version", "from", "title", "paragraphs"}


class ConsentTextError(ValueError):
    """The file of texts cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One version of one text; `from_on` is its first day."""

    kind: Kind
    version: str
    from_on: date
    title: str
    paragraphs: tuple[str, ...]

    @property
    def whole(self) -> str:
        """As it is signed, kept and sent: the title and the paragraphs."""
        return "\n\n".join((self.title, *self.paragraphs))

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.whole.encode()).hexdigest()


@functools.cache
def load_texts(path: Path = FILE) -> tuple[ConsentText, ...]:
    """Every text there ever was, the oldest of a kind first. Refuses a file with a kind missing or a version told twice."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("text", [])
    texts = sorted((_text(entry) for entry in entries), key=lambda text: (text.kind, text.from_on))
    if missing := set(KINDS) - {text.kind for text in texts}:
        raise ConsentTextError(f"{path.name}: no text of the kind {min(missing)}")
    for named in ("version", "from_on"):
        if len({(text.kind, getattr(text, named)) for text in texts}) < len(texts):
            raise ConsentTextError(f"{path.name}: two texts of one kind with the same {named}")
    return tuple(texts)


def _text(entry: dict[str, Any]) -> ConsentText:
    if entry.keys() != KEYS or entry["kind"] not in KINDS or type(entry["from"]) is not date:
        raise ConsentTextError(
            f"consent text {entry.get('kind')} {entry.get('version')}: wants {', '.join(sorted(KEYS))}"
        )
    told = (entry["version"], entry["title"], *entry["paragraphs"])
    if len(told) < 3 or not all(isinstance(word, str) and word.strip() for word in told):
        raise ConsentTextError(f"consent text {entry['kind']} {entry['version']}: empty words")
    return ConsentText(entry["kind"], entry["version"], entry["from"], entry["title"], tuple(entry["paragraphs"]))


def text_on(kind: str, day: date, texts: Iterable[ConsentText]) -> ConsentText:
    """The text that held on a day; before there was any, the first."""
    of_kind = [text for text in texts if text.kind == kind]
    begun = [text for text in of_kind if text.from_on <= day]
    return begun[-1] if begun else of_kind[0]
