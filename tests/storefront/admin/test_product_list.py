"""The list of products: what finds what, filters that stay in the address, and that its words agree with the shelf's own."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import drafts, shelf, specification
from catalogue.known_verdicts import KnownVerdict
from catalogue.lapsing import lapsing
from catalogue.products import Product, Vetting
from catalogue.standings import STANDINGS, low_stock, standing_is
from storefront import clock
from storefront.admin import products
from tests.catalogue import samples
from tests.storefront.admin.test_pages import stock_up

RULES = specification.load()


def listed(admin: FlaskClient, **asked: str) -> list[str]:
    text = admin.get("/admin/products", query_string=asked).text
    return [row.split('"')[0] for row in text.split('<tr data-sku="')[1:]]


@pytest.fixture
def shelves(session: Session) -> Session:
    """RL-000 on sale, SE-000 unsigned, XX-000 rejected, RL-LAPSED off its last day, RL-NONE without a batch."""
    stock_up(session)
    for sku in ("RL-LAPSED", "RL-NONE"):
        samples.on_sale(session, sku=sku, units=0, today=clock.today())
    lapsed = session.scalars(select(Vetting).join(Product).where(Product.sku == "RL-LAPSED")).one()
    lapsed.lapses_on = clock.today() - timedelta(days=1)
    session.commit()
    return session


FOUND: list[tuple[dict[str, str], list[str]]] = [
    ({"q": "l-lap"}, ["RL-LAPSED"]),
    ({"q": "smaple rollar rl-none"}, ["RL-NONE"]),
    ({"q": "panthenol"}, ["SE-000"]),
    ({"q": "r-instructions"}, ["RL-000", "RL-LAPSED", "RL-NONE", "XX-000"]),
    ({"kind": "serum"}, ["SE-000"]),
    ({"kind": "pen"}, ["RL-000", "RL-LAPSED", "RL-NONE", "XX-000", "SE-000"]),
    ({"verdict": "rejected"}, ["XX-000"]),
    ({"standing": "on-sale"}, ["RL-000"]),
    ({"standing": "no-batch"}, ["RL-NONE"]),
    ({"standing": "lapsed"}, ["RL-LAPSED"]),
    ({"standing": "unlisted"}, ["XX-000", "SE-000"]),
    ({"lapsing": "60", "sort": "sku"}, ["RL-000", "RL-NONE"]),
    ({"maker": "sample works", "kind": "serum", "q": "sample"}, ["SE-000"]),
    ({"maker": "nobody"}, []),
    ({"sort": "sku", "q": "roller"}, ["RL-000", "RL-LAPSED", "RL-NONE", "XX-000"]),
    ({"q": "%"}, []),
]


def test_what_an_address_finds(shelves: Session, admin: FlaskClient) -> None:
    for asked, found in FOUND:
        assert listed(admin, **asked) == found, asked


def test_each_standing_is_the_one_that_the_shelf_says(shelves: Session) -> None:
    today = clock.today()
    conditions = standing_is(today, RULES)
    for standing in STANDINGS:
        skus = shelves.scalars(select(Product.sku).where(conditions[standing])).all()
        told = {sku: shelf.standing(samples.loaded(shelves, sku), 1, today, RULES) for sku in skus}
        assert set(told.values()) == {standing}, told


def test_rules_of_the_same_name_that_say_something_else_count_for_nothing_signed(shelves: Session) -> None:
    today, others = clock.today(), replace(RULES, hash="0" * 64)
    product = samples.loaded(shelves, "RL-000")
    assert shelf.counting(product, RULES)
    assert shelf.counting(product, others) is None
    assert shelves.scalars(select(Product).where(standing_is(today, others)["on-sale"])).all() == []
    assert shelves.execute(low_stock(today, others, 1000)).all() == []
    assert lapsing(shelves, others, today, 10) == []
    assert lapsing(shelves, RULES, today, 10) != []


def test_filters_stay_in_the_page_its_pages_and_its_exports(
    shelves: Session, admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "PER_PAGE", 2)
    text = admin.get("/admin/products?kind=roller&sort=sku").text
    assert '<option value="roller" selected>' in text
    assert "page=2&amp;kind=roller&amp;sort=sku" in text
    assert "/admin/exports/products?format=csv&amp;kind=roller&amp;sort=sku" in text


def test_a_filter_by_verdict_says_as_of_when(shelves: Session, admin: FlaskClient) -> None:
    known = shelves.scalars(select(KnownVerdict)).first()
    assert known is not None
    known.judged_on = clock.today() - timedelta(days=400)
    assert f'datetime="{known.judged_on.isoformat()}"' in admin.get("/admin/products?verdict=rejected").text
    assert "as last judged" not in admin.get("/admin/products").text


def test_the_row_shows_what_holds_today_whatever_was_known(shelves: Session, admin: FlaskClient) -> None:
    known = shelves.get_one(KnownVerdict, drafts.locked_product(shelves, "XX-000").id)  # type: ignore[union-attr]
    known.verdict = "accepted"
    text = admin.get("/admin/products?q=xx-000&verdict=accepted").text
    assert 'data-verdict="rejected"' in text


NARROWED = (
    "?q=sample+roller&standing=on-sale&verdict=accepted&lapsing=60",
    "?q=rollr",
    "?standing=lapsed&sort=lapsing",
)


def test_a_narrowed_list_takes_as_many_queries_with_many_rows(
    session: Session, admin: FlaskClient, count_queries: Any
) -> None:
    counts: dict[str, list[int]] = {address: [] for address in NARROWED}
    for start, count in ((0, 1), (1, 3)):
        stock_up(session, count, start)
        for address, taken in counts.items():
            with count_queries() as sent:
                admin.get(f"/admin/products{address}")
            taken.append(len(sent))
    for address, (few, many) in counts.items():
        assert few == many <= 10, address
