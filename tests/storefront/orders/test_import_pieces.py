"""A piece of a supplier's file goes in by a few statements for all of its rows, and leaves what its rows would leave one by one."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import columns
from catalogue.drafts import LOADING
from catalogue.journal import JournalEntry
from catalogue.known_verdicts import KnownVerdict
from catalogue.products import DossierChange, Listing, Product
from catalogue.search_words import SearchEntry, SearchWord
from storefront.orders import importing
from storefront.orders.models import OrderLine
from tests.storefront.orders import world
from tests.storefront.orders.test_importing import begun, imported, read, reasons, rows, states
from tests.storefront.orders.world import NOW, TODAY

HEAD = "SKU;Name;Maker;Price;Needle length (µm);Uses\n"
SHEET = (
    HEAD + "RL-1;One;Works;34,00;250;8\nRL-2;One;Works;29,50;200;\nRL-020;;;;150;\nRL-3;Three;;12;;\nRL-4;Four;;12;;\n"
)


def told(session: Session) -> list[Any]:
    """All that an import leaves of products, without the ids of rows."""
    session.flush()
    products = session.scalars(select(Product).options(*LOADING).order_by(Product.sku)).all()
    skus = {product.id: product.sku for product in products}
    left: list[Any] = [
        (one.sku, one.slug, one.name, one.manufacturer, one.price_minor, one.dossier.facts, one.dossier.hash)
        for one in products
    ]
    changes = select(DossierChange.hash, DossierChange.changed, DossierChange.state, DossierChange.by_name)
    left += map(tuple, session.execute(changes.order_by(DossierChange.hash, DossierChange.state)))
    verdicts = select(KnownVerdict.product_id, KnownVerdict.verdict, KnownVerdict.dossier_hash)
    left += sorted((skus[row[0]], *row[1:]) for row in session.execute(verdicts))
    words = select(SearchEntry.product_id, SearchWord.text).join(SearchWord, SearchWord.id == SearchEntry.word_id)
    left += sorted((skus[product_id], text) for product_id, text in session.execute(words))
    left += [skus[product_id] for product_id in session.scalars(select(Listing.product_id))]
    noted = select(JournalEntry.verb, JournalEntry.reference, JournalEntry.particulars)
    return left + sorted(map(tuple, session.execute(noted.where(JournalEntry.subject == "product"))))


def test_at_once_leaves_what_one_by_one_leaves(session: Session) -> None:
    world.on_sale()
    session.commit()
    file = begun(read(SHEET, kind="roller"))
    asked, waiting = columns.asked_on(session, TODAY), rows(file)
    waiting[3].cells = json.dumps(["RL-3", "Three", "", "no price"])
    session.flush()
    before, by_one = told(session), session.begin_nested()
    for row in waiting:
        importing.enter_row(file, row, asked, NOW)
    one_by_one = told(session), [(row.state, row.told) for row in waiting]
    by_one.rollback()
    assert told(session) == before
    importing.enter_rows(file, waiting, asked, NOW)
    assert (told(session), [(row.state, row.told) for row in waiting]) == one_by_one
    assert [row.state for row in waiting] == ["imported", "imported", "imported", "failed", "imported"]
    assert "RL-020" not in told(session)[-20:], "what changed is off sale"


def test_a_longer_piece_asks_no_more(session: Session, count_queries: Any) -> None:
    taken = []
    for first, length in ((100, 3), (200, 30)):
        file = begun(read(HEAD + "".join(f"RL-{first + n};N{first + n};;34;250;\n" for n in range(length))))
        with count_queries() as sent:
            importing.carry_on(file.id, NOW)
        assert states(file) == ["imported"] * length
        taken.append(sum(not text.startswith("INSERT") for text in sent))  # SQLite is told of rows one by one
    assert taken[0] == taken[1]


def test_what_the_database_refuses_of_a_piece_fails_alone(session: Session) -> None:
    """Two names that lead to one address are seen by the database only."""
    file = imported(read("SKU;Name;Price\nRL-1;X;34\nRL-2;X RL-9;34\nRL-9;X;34\nRL-4;Y;34\n", kind="roller"))
    assert states(file) == ["imported", "imported", "failed", "imported"]
    assert "at the same moment" in reasons(rows(file)[2])[0][1]
    assert session.scalars(select(Product.sku).order_by(Product.sku)).all() == ["RL-1", "RL-2", "RL-4"]


def test_what_was_ordered_stops_its_orders_beside_what_was_not(session: Session) -> None:
    product, client = world.on_sale(), world.approved_client()
    session.commit()
    placed = world.placed(client, product)
    session.commit()
    assert session.scalar(select(OrderLine.product_id)) == product.id
    file = imported(read(SHEET, kind="roller"))
    session.refresh(placed)
    assert (placed.status, states(file)) == ("cancelled", ["imported"] * 5)
