"""The words that products are found by: each is kept once, with its parts: each three letters of it, its first letters, and itself
with one letter left out; and which products have it. `search.py` looks in them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, ForeignKey, Index, String, Table, delete, event, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogue.base import Base
from catalogue.dossiers import Dossier
from catalogue.misspellings import shortened

LONGEST_WORD = 120
LONGEST_NAME, SHORTEST_NAME = 40, 4  # letters of a word that may be misspelt
AT_ONCE = 10_000  # words of which the ids are asked in one query
_WORD = re.compile(r"[^\s,;()\[\]{}\"'\x00-\x1f\x7f]+")
_NEW_WORD = text("INSERT INTO search_word (text) VALUES (:text) ON CONFLICT DO NOTHING")
_NEW_PART = text("INSERT INTO search_part (part, word_id) VALUES (:part, :word_id) ON CONFLICT DO NOTHING")


class SearchWord(Base):
    """A word of any product, folded: lower case, without accents."""

    __tablename__ = "search_word"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(LONGEST_WORD), unique=True)


class SearchPart(Base):
    """Three letters of a word; "^" and its first one or two; "~" and the word without one of its letters."""

    __tablename__ = "search_part"
    __table_args__ = {"sqlite_with_rowid": False}

    part: Mapped[str] = mapped_column(String(LONGEST_NAME + 1), primary_key=True)
    word_id: Mapped[int] = mapped_column(ForeignKey("search_word.id"), primary_key=True)


# PostgreSQL guesses from a sample how many parts there are, and sees the frequent ones only: it would read whole tables.
PARTS_ARE_MANY = "ALTER TABLE search_part ALTER COLUMN part SET (n_distinct = -0.05)"


@event.listens_for(SearchPart.__table__, "after_create")
def _say_how_many(_table: Table, connection: Connection, **_: object) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(PARTS_ARE_MANY)


class SearchEntry(Base):
    """Which product has the word."""

    __tablename__ = "search_entry"
    __table_args__ = (
        Index("ix_search_entry_product_id_word_id", "product_id", "word_id"),
        {"sqlite_with_rowid": False},
    )

    word_id: Mapped[int] = mapped_column(ForeignKey("search_word.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)


def words_in(written: str) -> tuple[str, ...]:
    """The words of a text as they are kept and looked for."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", written) if not unicodedata.combining(letter))
    return tuple(dict.fromkeys(word[:LONGEST_WORD] for word in _WORD.findall(plain.casefold())))


def words_of(dossier: Dossier) -> frozenset[str]:
    """What a product is found by: SKU, names, maker, GTIN, ingredients and the references of its documents."""
    texts = [dossier.sku, dossier.name, dossier.brand, dossier.manufacturer, dossier.gtin or ""]
    listed = dossier.facts.get("ingredients")
    texts += [str(name) for name in listed] if isinstance(listed, tuple) else [str(listed or "")]
    texts += [evidence.reference for evidence in dossier.evidence]
    return frozenset(word for written in texts for word in words_in(written))


def parts_of(word: str) -> frozenset[str]:
    """Every part under which a word is kept."""
    threes = {word[at : at + 3] for at in range(len(word) - 2)}
    return frozenset({*threes, "^" + word[:1], "^" + word[:2], *gaps_of(word)})


def gaps_of(word: str) -> frozenset[str]:
    """The word and the word with one letter left out, which two words one letter off have in common; no codes."""
    if not SHORTEST_NAME <= len(word) <= LONGEST_NAME or any(letter.isdigit() for letter in word):
        return frozenset()
    return frozenset("~" + spelling for spelling in (word, *shortened(word)))


def keep_words(session: Session, dossiers: Mapping[int, Dossier]) -> None:
    """The products, by their ids, are found by their words as they are now, and no longer by those that are gone."""
    words = {product_id: words_of(dossier) for product_id, dossier in dossiers.items()}
    ids = _ids_of(session, frozenset().union(*words.values()))
    known: dict[int, set[int]] = {product_id: set() for product_id in words}
    entries = select(SearchEntry.product_id, SearchEntry.word_id).where(SearchEntry.product_id.in_(words))
    for product_id, word_id in session.execute(entries):
        known[product_id].add(word_id)
    fresh = []
    for product_id, own in words.items():
        wanted = {ids[word] for word in own}
        if gone := known[product_id] - wanted:
            mine = SearchEntry.product_id == product_id
            session.execute(delete(SearchEntry).where(mine, SearchEntry.word_id.in_(gone)))
        fresh += [{"word_id": word_id, "product_id": product_id} for word_id in sorted(wanted - known[product_id])]
    if fresh:
        session.execute(insert(SearchEntry), fresh)


def _ids_of(session: Session, words: frozenset[str]) -> dict[str, int]:
    """The ids of the words. New ones are kept in alphabetical order, in which no two transactions wait for each other."""
    known = _known(session, sorted(words))
    if missing := sorted(words - known.keys()):
        session.execute(_NEW_WORD, [{"text": word} for word in missing])
        fresh = _known(session, missing)
        parts = [{"part": part, "word_id": fresh[word]} for word in missing for part in sorted(parts_of(word))]
        session.execute(_NEW_PART, parts)
        known |= fresh
    return known


def _known(session: Session, words: Sequence[str]) -> dict[str, int]:
    known: dict[str, int] = {}
    for at in range(0, len(words), AT_ONCE):
        some = SearchWord.text.in_(words[at : at + AT_ONCE])
        known |= {row.text: row.id for row in session.execute(select(SearchWord.text, SearchWord.id).where(some))}
    return known
