"""Finding products by a part of a SKU, a misspelt name, an ingredient or a document's reference. Every word is kept once, with
its parts: each three letters of it, its first letters, and itself with one letter left out. A search is then a few exact
look-ups on every kind of database, however many products there are."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Select,
    String,
    Table,
    case,
    delete,
    event,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogue.base import Base
from catalogue.dossiers import Dossier
from catalogue.misspellings import is_one_letter_off, shortened
from catalogue.products import Product

LONGEST_WORD = 120
LONGEST_NAME, SHORTEST_NAME = 40, 4  # letters of a word that may be misspelt
MOST_WORDS = 8  # of a query
MOST = 1000  # products that a search tells apart; who finds more types more
COUNTED = 2000  # how far the rarity of a part is told
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
    __table_args__ = {"sqlite_with_rowid": False}

    word_id: Mapped[int] = mapped_column(ForeignKey("search_word.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True, index=True)


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


def keep_words(session: Session, product_id: int, dossier: Dossier) -> None:
    """The product is found by its words as they are now, and no longer by those that are gone."""
    wanted = _ids_of(session, words_of(dossier))
    known = set(session.scalars(select(SearchEntry.word_id).where(SearchEntry.product_id == product_id)))
    mine = SearchEntry.product_id == product_id
    if gone := known - wanted:
        session.execute(delete(SearchEntry).where(mine, SearchEntry.word_id.in_(gone)))
    if fresh := sorted(wanted - known):
        session.execute(insert(SearchEntry), [{"word_id": word_id, "product_id": product_id} for word_id in fresh])


def found(session: Session, query: str, *conditions: ColumnElement[bool]) -> list[int]:
    """The ids of the products that meet the conditions and have each word of the query as a part of one of theirs, or one
    letter off; MOST and one more at most, so that a word that half the catalogue has costs little more than a rare one. Takes
    three queries; the first two see where to look."""
    return list(session.scalars(hits(session, query, *conditions).limit(MOST + 1)))


def hits(session: Session, query: str, *conditions: ColumnElement[bool]) -> Select[int]:
    """All of them, as a select to be laid into another; two queries see where to look."""
    asked = words_in(query)[:MOST_WORDS]
    if not asked:
        return select(Product.id).where(false())
    rarest, near = _rarest_parts(session, asked), _near(session, asked)
    first, *others = sorted(asked, key=lambda word: rarest[word].words)
    entries = select(SearchEntry.product_id).join(Product, Product.id == SearchEntry.product_id)
    entries = entries.where(*conditions, *(_has(word, rarest[word], near[word]) for word in others))
    by_part = entries.join(SearchPart, SearchPart.word_id == SearchEntry.word_id)
    by_part = by_part.join(SearchWord, SearchWord.id == SearchEntry.word_id)
    by_part = by_part.where(SearchPart.part == rarest[first].text, _contains(first))
    either = union_all(by_part, entries.where(SearchEntry.word_id.in_(near[first]))).subquery()
    return select(either.c.product_id).distinct()


def rank(query: str) -> ColumnElement[int]:
    """What is meant first, first: the SKU itself, a SKU that begins so, a name with it, then the rest."""
    asked = query.strip().lower()
    sku, name = func.lower(Product.sku), func.lower(Product.name)
    ranks = (
        (sku == asked, 0),
        (sku.startswith(asked, autoescape=True), 1),
        (name.contains(asked, autoescape=True), 2),
    )
    return case(*ranks, else_=3)


def _ids_of(session: Session, words: frozenset[str]) -> set[int]:
    """The ids of the words. New ones are kept in alphabetical order, in which no two transactions wait for each other."""
    known = _known(session, words)
    if missing := sorted(words - known.keys()):
        session.execute(_NEW_WORD, [{"text": word} for word in missing])
        fresh = _known(session, missing)
        parts = [{"part": part, "word_id": fresh[word]} for word in missing for part in sorted(parts_of(word))]
        session.execute(_NEW_PART, parts)
        known |= fresh
    return set(known.values())


def _known(session: Session, words: Iterable[str]) -> dict[str, int]:
    found = select(SearchWord.text, SearchWord.id).where(SearchWord.text.in_(list(words)))
    return {row.text: row.id for row in session.execute(found)}


class _Part(NamedTuple):
    text: str
    words: int


def _rarest_parts(session: Session, asked: Sequence[str]) -> dict[str, _Part]:
    """For each word the part that the fewest words have: that is where looking costs least."""
    parts = {word: [word[at : at + 3] for at in range(len(word) - 2)] or ["^" + word] for word in asked}
    counted = []
    for part in dict.fromkeys(part for some in parts.values() for part in some):
        first = select(SearchPart.word_id).where(SearchPart.part == part).limit(COUNTED).subquery()
        counted.append(select(literal(part), select(func.count()).select_from(first).scalar_subquery()))
    counts = [_Part(*row) for row in session.execute(union_all(*counted))]
    return {
        word: min((one for one in counts if one.text in some), key=lambda one: one.words)
        for word, some in parts.items()
    }


def _near(session: Session, asked: Sequence[str]) -> dict[str, list[int]]:
    """For each word the ids of the words that are one letter off."""
    gaps = {gap for word in asked for gap in gaps_of(word)}
    kept = select(SearchWord.text, SearchWord.id).join(SearchPart, SearchPart.word_id == SearchWord.id)
    rows = session.execute(kept.where(SearchPart.part.in_(gaps)).distinct()).all()
    return {word: [word_id for text, word_id in rows if is_one_letter_off(word, text)] for word in asked}


def _has(word: str, part: _Part, near: list[int]) -> ColumnElement[bool]:
    """The product has a word with this in it, or one that is near. Few such words: their products are counted up; many: each
    product that was found by a rarer word is asked for its own."""
    if part.words < COUNTED:
        words = select(SearchPart.word_id).join(SearchWord, SearchWord.id == SearchPart.word_id)
        words = words.where(SearchPart.part == part.text, _contains(word))
        either = union_all(words, select(SearchWord.id).where(SearchWord.id.in_(near)))
        has_it = select(SearchEntry.product_id).where(SearchEntry.word_id.in_(either))
        return (Product.id + 0).in_(has_it)  # + 0: SQLite shall not begin with the longer list
    mine = select(SearchEntry.word_id).join(SearchWord, SearchWord.id == SearchEntry.word_id)
    mine = mine.where(SearchEntry.product_id == Product.id, or_(_contains(word), SearchWord.id.in_(near)))
    return mine.correlate(Product).exists()


def _contains(word: str) -> ColumnElement[bool]:
    """The kept word has this in it; what is shorter than three letters only begins one."""
    if len(word) < 3:
        return SearchWord.text.startswith(word, autoescape=True)
    return SearchWord.text.contains(word, autoescape=True)
