"""Finding products by a part of a SKU, a misspelt name, an ingredient or a document's reference. A search is a few exact look-ups
among the words that are kept of them, on every kind of database, however many products there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    case,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from catalogue.misspellings import is_one_letter_off
from catalogue.products import Product
from catalogue.search_words import SearchEntry, SearchPart, SearchWord, gaps_of, words_in

MOST_WORDS = 8  # of a query
MOST = 1_000  # products that a search shows; who finds more is told so, and types more
MOST_ROWS = 2 * MOST + 1  # that are read for them: a product has several words in which a part is
RARE = 10_000  # words of a part, products of a word: how far their rarity is told
BY_WORD = 8  # words up to which a product is looked up under each, instead of each of its own being compared
AT_FIRST = 4_000  # products that are asked one by one before two lists are laid side by side
PER_WORD, PER_PRODUCT = (
    4,
    40,
)  # look-ups that it takes to come from a word to its product, and to compare a product's own words
FEW = 1_000  # words with the same part in them, up to which each is looked up by itself


class Found(NamedTuple):
    """The ids of products; and whether there are more than these."""

    ids: list[int]
    is_cut: bool


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

    @property
    def steps(self) -> int:
        """What it costs to come to one of its products, in look-ups."""
        return PER_WORD if self.is_many else 1

    @property
    def is_frequent(self) -> bool:
        """A word or a few, which very many products have."""
        return not self.is_many and self.products >= RARE and len(self.ids) <= BY_WORD

    @property
    def asks(self) -> int:
        """What it costs to ask a product of another word for this one, in look-ups."""
        return PER_PRODUCT if self.is_many else min(len(self.ids), BY_WORD)


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
    letter off any of them, each once."""
    parts = {word: [word[at : at + 3] for at in range(len(word) - 2)] or ["^" + word] for word in asked}
    gaps = {gap for word in asked for gap in gaps_of(word)}
    near = _counted(SearchWord.id.in_(select(SearchPart.word_id).where(SearchPart.part.in_(gaps))))
    counted: list[Select[Any]] = []
    for part in dict.fromkeys(part for some in parts.values() for part in some):
        first = select(SearchPart.word_id).where(SearchPart.part == part).limit(RARE).subquery()
        counted.append(select(literal(0), literal(part), select(func.count()).select_from(first).scalar_subquery()))
    rows = session.execute(union_all(near, *counted)).all()
    words = {row.text: row.products for row in rows if row.id == 0}
    rarest = {word: min((words[part], part) for part in some) for word, some in parts.items()}
    return rarest, [row for row in rows if row.id]


def _kept(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Words by one of their parts, counted."""
    return _counted(*conditions).join(SearchPart, SearchPart.word_id == SearchWord.id)


def _counted(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Words: id, text, and how many products have them, up to where it is no longer rare."""
    some = select(SearchEntry.product_id).where(SearchEntry.word_id == SearchWord.id).correlate(SearchWord)
    products = select(func.count()).select_from(some.limit(RARE).subquery()).scalar_subquery()
    return select(SearchWord.id, SearchWord.text, products.label("products")).where(*conditions)


def _walk(
    session: Session, query: str, conditions: Sequence[ColumnElement[bool]], most: int | None
) -> Select[int] | None:
    """Through the products of the word that costs least, one row for each of its words, in an order that costs nothing. None
    where nothing is asked."""
    asked = words_in(query)[:MOST_WORDS]
    if not asked:
        return None
    looks = _looked_for(session, asked)
    look = min(looks, key=lambda look: look.products * (look.steps + sum(one.asks for one in looks if one is not look)))
    others = sorted((other for other in looks if other is not look), key=lambda other: other.asks)
    if look.is_many:
        return _by_part(look, others, conditions, most)
    entries = select(SearchEntry.product_id).where(SearchEntry.word_id.in_(look.ids))
    known = _narrowed(entries, others, conditions, most)
    if session.get_bind().dialect.name != "postgresql" or not (others and others[0].is_frequent and look.is_frequent):
        return known
    # Two frequent words may never meet. PostgreSQL asks first some products of the one for the other, which mostly is enough,
    # and else lays both lists side by side; SQLite asks one by one faster than it compares.
    first = _narrowed(entries.limit(AT_FIRST), others, conditions, most)
    return _either(first, _narrowed(_meeting(look, others[0]), others[1:], conditions, most), most)


def _by_part(
    look: _Look, others: Sequence[_Look], conditions: Sequence[ColumnElement[bool]], most: int | None
) -> Select[int]:
    """Through the words that are known, which mostly are enough, then through all that have the part."""
    entries = select(SearchEntry.product_id)
    known = _narrowed(entries.where(SearchEntry.word_id.in_(look.ids)), others, conditions, most)
    every = entries.join(SearchWord, SearchWord.id == SearchEntry.word_id)
    every = every.join(SearchPart, SearchPart.word_id == SearchWord.id)
    every = every.where(SearchPart.part == look.part, _contains(look.word))
    return _either(known, _narrowed(every, others, conditions, most), most)


def _meeting(one: _Look, other: _Look) -> Select[int]:
    """The products of both, as the join of two lists that are read once."""
    lists = [select(SearchEntry.product_id).where(SearchEntry.word_id.in_(look.ids)) for look in (one, other)]
    first, second = (each.order_by(SearchEntry.product_id).subquery() for each in lists)
    return select(first.c.product_id).join(second, second.c.product_id == first.c.product_id)


def _either(first: Select[int], then: Select[int], most: int | None) -> Select[int]:
    either = union_all(select(first.subquery()), select(then.subquery())).subquery()
    return select(either.c.product_id).limit(most)


def _narrowed(
    walked: Select[int], others: Sequence[_Look], conditions: Sequence[ColumnElement[bool]], most: int | None
) -> Select[int]:
    """What is walked through, where it has the other words too and meets the conditions. Offset 0: both are asked of what was
    come to, never the other way round."""
    product_id = walked.offset(0).subquery().c.product_id
    found = select(product_id).where(*(_has(other, product_id) for other in others))
    found = found.join(Product, Product.id == product_id).where(*conditions) if conditions else found
    return found.limit(most)


def _has(look: _Look, product_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The product has such a word too. Of many words it is asked for its own. No `exists`: PostgreSQL would compare whole
    tables."""
    own = aliased(SearchEntry)
    mine = select(own.word_id).where(own.product_id == product_id).correlate_except(own, SearchWord)
    if look.is_many:
        mine = mine.join(SearchWord, SearchWord.id == own.word_id)
        mine = mine.where(or_(_contains(look.word), SearchWord.id.in_(look.near)))
    elif len(look.ids) <= BY_WORD:
        mine = mine.where(own.word_id.in_(look.ids))
    else:
        mine = mine.where((own.word_id + 0).in_(look.ids))  # + 0: SQLite shall not try every word
    return mine.limit(1).scalar_subquery().is_not(None)


def _contains(word: str) -> ColumnElement[bool]:
    """The kept word has this in it; what is shorter than three letters only begins one."""
    if len(word) < 3:
        return SearchWord.text.startswith(word, autoescape=True)
    return SearchWord.text.contains(word, autoescape=True)
