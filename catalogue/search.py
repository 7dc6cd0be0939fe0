"""Finding products by a part of a SKU, a misspelt name, an ingredient or a document's reference. Every word is kept once, with
its parts: each three letters of it, its first letters, and itself with one letter left out. A search is then a few exact
look-ups on every kind of database, however many products there are."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Row,
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
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from catalogue.base import Base
from catalogue.dossiers import Dossier
from catalogue.misspellings import is_one_letter_off, shortened
from catalogue.products import Product

LONGEST_WORD = 120
LONGEST_NAME, SHORTEST_NAME = 40, 4  # letters of a word that may be misspelt
MOST_WORDS = 8  # of a query
MOST = 1_000  # products that a search shows; who finds more is told so, and types more
MOST_ROWS = 2 * MOST + 1  # that are read for them: a product has several words in which a part is
COUNTED = 10_000  # words: how far the rarity of a part is told
RARE = 5_000  # products: how far the rarity of a word is told
BY_WORD = 8  # words up to which a product is looked up under each, instead of each of its own being compared
AT_ONCE = 10_000  # words of which the ids are asked in one query
FEW = 1_000  # words with the same part in them, up to which each is looked up by itself
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


class Found(NamedTuple):
    """The ids of products; and whether there are more than these."""

    ids: list[int]
    is_cut: bool


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


def found(session: Session, query: str, *conditions: ColumnElement[bool]) -> Found:
    """The products that meet the conditions and have each word of the query as a part of one of theirs, or one letter off. Takes
    three queries: the first two see where to look, and the last walks through the products of the rarest word, asking each for
    the other words, until it has enough; so a word that half the catalogue has costs little more than a rare one."""
    walk = _walk(session, query, conditions, MOST_ROWS)
    rows = session.scalars(walk).all() if walk is not None else []
    ids = list(dict.fromkeys(rows))
    return Found(ids[:MOST], len(rows) == MOST_ROWS or len(ids) > MOST)


def hits(session: Session, query: str, *conditions: ColumnElement[bool]) -> Select[int]:
    """All of them, as a select to be laid into another; two queries see where to look."""
    walk = _walk(session, query, conditions, None)
    return select(Product.id).where(false()) if walk is None else select(walk.subquery().c.product_id).distinct()


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


@dataclass(frozen=True)
class _Look:
    """What is looked for: a word, its rarest part, the ids of the kept words that do (of many only some), those of them that
    are one letter off, and how many products have them at least."""

    word: str
    part: str
    ids: list[int]
    is_many: bool
    near: list[int]
    products: int


def _looked_for(session: Session, asked: Sequence[str]) -> list[_Look]:
    """Each word with the kept words that have it in them or are one letter off."""
    rarest, near = _rarest_and_near(session, asked)
    having = [
        select(literal(number), *_kept(SearchPart.part == rarest[word][1], _contains(word)).limit(FEW + 1).subquery().c)
        for number, word in enumerate(asked)
    ]
    rows = session.execute(union_all(*having)).all()
    looks = []
    for number, word in enumerate(asked):
        off = {row.id: row.products for row in near if is_one_letter_off(word, row.text)}
        ids = {word_id: products for place, word_id, _, products in rows if place == number}
        (words, part), is_many, every = rarest[word], len(ids) > FEW, ids | off
        products = max(words if is_many else 0, sum(every.values()))
        looks.append(_Look(word, part, sorted(every), is_many, sorted(off), products))
    return looks


def _rarest_and_near(session: Session, asked: Sequence[str]) -> tuple[dict[str, tuple[int, str]], list[Row[Any]]]:
    """For each word the part that the fewest words have, where looking costs least; and the kept words that are perhaps one
    letter off any of them."""
    parts = {word: [word[at : at + 3] for at in range(len(word) - 2)] or ["^" + word] for word in asked}
    near = _kept(SearchPart.part.in_({gap for word in asked for gap in gaps_of(word)}))
    counted: list[Select[Any]] = []
    for part in dict.fromkeys(part for some in parts.values() for part in some):
        first = select(SearchPart.word_id).where(SearchPart.part == part).limit(COUNTED).subquery()
        counted.append(select(literal(0), literal(part), select(func.count()).select_from(first).scalar_subquery()))
    rows = session.execute(union_all(near, *counted)).all()
    words = {row.text: row.products for row in rows if row.id == 0}
    rarest = {word: min((words[part], part) for part in some) for word, some in parts.items()}
    return rarest, [row for row in rows if row.id]


def _kept(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Words by their parts: id, text, and how many products have them, up to where it is no longer rare."""
    some = select(SearchEntry.product_id).where(SearchEntry.word_id == SearchWord.id).correlate(SearchWord)
    products = select(func.count()).select_from(some.limit(RARE).subquery()).scalar_subquery()
    found = select(SearchWord.id, SearchWord.text, products.label("products"))
    return found.join(SearchPart, SearchPart.word_id == SearchWord.id).where(*conditions)


def _walk(
    session: Session, query: str, conditions: Sequence[ColumnElement[bool]], most: int | None
) -> Select[int] | None:
    """Through the products of the rarest word, one row for each of its words, in an order that costs nothing. None where
    nothing is asked."""
    asked = words_in(query)[:MOST_WORDS]
    if not asked:
        return None
    look, *others = sorted(_looked_for(session, asked), key=lambda look: look.products)
    entries = select(SearchEntry.product_id).where(*map(_has, others))
    if conditions:
        entries = entries.join(Product, Product.id == SearchEntry.product_id).where(*conditions)
    known = entries.where(SearchEntry.word_id.in_(look.ids)).limit(most)
    if not look.is_many:
        return known
    by_part = entries.join(SearchPart, SearchPart.word_id == SearchEntry.word_id)
    by_part = by_part.join(SearchWord, SearchWord.id == SearchEntry.word_id)
    by_part = by_part.where(SearchPart.part == look.part, _contains(look.word)).limit(most)
    either = union_all(select(known.subquery()), select(by_part.subquery())).subquery()  # the known mostly are enough
    return select(either.c.product_id).limit(most)


def _has(look: _Look) -> ColumnElement[bool]:
    """The product of the entry has such a word too. Of many words it is asked for its own."""
    own = aliased(SearchEntry)
    mine = select(own.word_id).where(own.product_id == SearchEntry.product_id).correlate(SearchEntry)
    if not look.is_many and len(look.ids) <= BY_WORD:
        return mine.where(own.word_id.in_(look.ids)).exists()
    if not look.is_many:
        return mine.where((own.word_id + 0).in_(look.ids)).exists()  # + 0: SQLite shall not try every word
    mine = mine.join(SearchWord, SearchWord.id == own.word_id)
    mine = mine.where(or_(_contains(look.word), SearchWord.id.in_(look.near)))
    return mine.limit(1).scalar_subquery().is_not(None)  # no `exists`: PostgreSQL would compare whole tables


def _contains(word: str) -> ColumnElement[bool]:
    """The kept word has this in it; what is shorter than three letters only begins one."""
    if len(word) < 3:
        return SearchWord.text.startswith(word, autoescape=True)
    return SearchWord.text.contains(word, autoescape=True)
