"""Search among a hundred thousand products, by each thing that an admin may remember: a part of a SKU, a misspelt name, an INCI
name that very many have and one that few have, a document's reference, several words at once."""

import random
from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import insert

from catalogue.dossiers import Dossier, Evidence
from catalogue.inci import listed_names
from catalogue.products import Product
from catalogue.search import found
from catalogue.search_words import SearchEntry, SearchPart, SearchWord, parts_of, words_of
from storefront.db import db
from tests.bench.databases import KINDS, fill, filling, look, milliseconds, shop_on
from tests.bench.figures import Figure

PRODUCTS = 100_000
AT_ONCE = 100_000
NAMES = ("Calm", "Dew", "Barrier", "Feather", "Northern", "Quiet", "Silver", "Harbour", "Meadow", "Linden")
QUERIES = {
    "sku-part": "-04711",
    "misspelt-name": "Fether roler",
    "frequent-inci-name": "glycerin",
    "rare-inci-name": "hydrolyzed",
    "reference": "ST-2026-00815",
    "three-words": "Harbour serum panthenol",
    "first-letters": "se",
    "parts-that-very-many-words-have": "se- glyc",
    "two-frequent-words": "glycerin aqua",
    "two-frequent-words-that-never-meet": "roller glycerin",
}
NOWHERE = "two-frequent-words-that-never-meet"


def figures() -> Iterator[Figure]:
    for kind in KINDS:
        with shop_on(kind):
            make_rows(PRODUCTS)
            for name, query in QUERIES.items():
                assert bool(found(db.session(), query).ids) is (name != NOWHERE), query
                took = milliseconds(lambda query=query: found(db.session(), query))
                yield Figure(f"search-by-{name}-{kind}", took, "ms", 30)


def make_rows(count: int) -> None:
    """The products, each found by its own words."""
    chance = random.Random(2)
    names = sorted(listed_names())
    numbers: dict[str, int] = {}
    entries = []
    for number in range(1, count + 1):
        for word in words_of(dossier(number, names, chance)):
            entries.append({"word_id": numbers.setdefault(word, len(numbers) + 1), "product_id": number})
    with filling() as tell:
        fill(tell, Product, count, {"sku": "'P-' || n", "slug": "'p-' || n", "kind": "'serum'"})
    _keep(SearchWord, [{"id": number, "text": word} for word, number in numbers.items()])
    _keep(SearchPart, [{"part": p, "word_id": number} for word, number in numbers.items() for p in parts_of(word)])
    _keep(SearchEntry, entries)
    look()


def dossier(number: int, names: Sequence[str], chance: random.Random) -> Dossier:
    """As various as a catalogue is: twelve ingredients, of which two are in nearly every serum."""
    kind = chance.choice(("roller", "serum"))
    listed = ["Aqua", "Glycerin", *chance.sample(names, 10)]
    paper = Evidence("certificate", (), "", "", f"ST-2026-{number:05d}", date(2026, 3, 1))
    return Dossier(
        kind=kind,
        sku=f"{kind[:2].upper()}-{number:05d}",
        name=f"{chance.choice(NAMES)} {kind}",
        brand=chance.choice(NAMES),
        manufacturer=f"{chance.choice(NAMES)} Works {number % 300}",
        gtin=f"{5_000_000_000_000 + number}",
        price=None,
        facts={"ingredients": ", ".join(listed)} if kind == "serum" else {},
        evidence=(paper,),
    )


def _keep(model: type[SearchWord | SearchPart | SearchEntry], rows: Sequence[dict[str, object]]) -> None:
    with db.engine.begin() as connection:
        for start in range(0, len(rows), AT_ONCE):
            connection.execute(insert(model), rows[start : start + AT_ONCE])
