"""The long lists of the desk among ten thousand products and a hundred thousand orders, through the pages themselves: how long the
slowest of them takes of the processor, with all that is drawn, and on PostgreSQL on the wall, because there the database works
beside us. `python -m tests.bench.listing` tells of each page."""

import sys
import time
from collections.abc import Iterator

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from catalogue.batches import Batch
from catalogue.drafts import LOADING, dossier_of
from catalogue.journal import SYSTEM
from catalogue.known_verdicts import KnownVerdict
from catalogue.ledger import StockMovement
from catalogue.products import Product
from catalogue.search_words import keep_words
from catalogue.specification import load
from storefront import clock
from storefront.accounts.actions import make_account
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders.models import Allocation, Order, OrderLine, Parcel
from tests.bench import publishing
from tests.bench.databases import fill, filling, shop_on
from tests.bench.figures import Figure
from tests.bench.tracing import DELIVERED

PRODUCTS, ORDERS, CLIENTS = 10_000, 100_000, 20_000
PAGES = {
    "desk": "/admin",
    "products": "/admin/products",
    "products-last": "/admin/products?page=300",
    "products-on-sale": "/admin/products?standing=on-sale&sort=lapsing",
    "products-lapsed": "/admin/products?standing=lapsed&sort=price",
    "products-rejected": "/admin/products?verdict=rejected&kind=roller",
    "products-of-maker": "/admin/products?maker=works",
    "products-found": "/admin/products?q=r-instructions",
    "orders": "/admin/orders",
    "orders-last": "/admin/orders?page=3000",
    "orders-found": "/admin/orders?q=O-4711",
    "dossiers": "/admin/dossiers",
    "batches": "/admin/batches",
    "batches-found": "/admin/batches?q=lot-77",
    "recalls": "/admin/recalls",
    "recall-by-document": "/admin/recalls/new?q=R-instructions",
    "trace": "/admin/trace?q=LOT-77",
    "people": "/admin/people",
    "imports": "/admin/imports",
    "charts": "/admin/charts",
    "shelf": "/products",
    "specifications": "/admin/specifications",
}


def figures() -> Iterator[Figure]:
    for kind in ("sqlite", "postgres"):
        with shop_on(kind) as app:
            make()
            browser = signed_in(app)
            yield Figure(
                f"slowest-of-{len(PAGES)}-lists-{kind}",
                max(milliseconds(browser, at) for at in PAGES.values()),
                "ms",
                500,
            )


def make() -> None:
    """Products of `publishing`, each with two batches and its words; orders of two lines each, a hundred of them on hold."""
    publishing.make(PRODUCTS)
    with filling() as tell:
        units = {"received": "50", "sold": "20", "reserved": "0"} | dict.fromkeys(
            ("returned", "destroyed", "corrected"), "0"
        )
        papers = {"facts": "'{}'", "evidence": "'[]'", "findings": "'[]'"}
        batch = {
            "product_id": "1 + n % 10000",
            "code": "'B-' || n",
            "supplier_lot": "'LOT-' || n",
            "status": "'released'",
        }
        fill(tell, Batch, 2 * PRODUCTS, batch | units | papers | {"expires_on": "'2099-01-01'"})
        moved = dict.fromkeys(("reserved", "sold", "returned", "destroyed"), "0")
        fill(tell, StockMovement, 2 * PRODUCTS, moved | {"batch_id": "n", "kind": "'received'", "free": "50"})
        known = {"product_id": "n", "verdict": "'accepted'", "specification_version": f"'{load().version}'"}
        fill(tell, KnownVerdict, PRODUCTS, known | {"judged_on": f"'{clock.today()}'", "dossier_hash": publishing.HASH})
        client = {"number": "'C-' || n", "account_id": "n + 1000", "name": "'Client ' || n"}
        fill(tell, Client, CLIENTS, client)
        status = "CASE WHEN n % 1000 = 7 THEN 'on_hold' ELSE 'delivered' END"
        order = {"number": "'O-' || n", "client_id": f"1 + n % {CLIENTS}", "status": status}
        fill(tell, Order, ORDERS, DELIVERED | order)
        of_order = {
            "order_id": "(n + 1) / 2",
            "product_id": f"1 + n % {PRODUCTS}",
            "sku": f"'P-' || (1 + n % {PRODUCTS})",
        }
        fill(tell, OrderLine, 2 * ORDERS, of_order)
        held = {"order_id": "(n + 1) / 2", "line_id": "n", "batch_id": f"1 + n % {2 * PRODUCTS}", "state": "'packed'"}
        fill(tell, Allocation, 2 * ORDERS, held | {"client_id": f"1 + (n + 1) / 2 % {CLIENTS}", "returned": "0"})
        fill(tell, Parcel, ORDERS, {"order_id": "n", "dispatched_at": "'2026-01-02 12:00:00'"})
    products = select(Product).options(*LOADING).execution_options(yield_per=500)
    with transaction():
        for some in db.session.scalars(products).partitions():
            keep_words(db.session(), {product.id: dossier_of(product) for product in some})


def signed_in(app: Flask) -> FlaskClient:
    with transaction():
        make_account("lists@example.org", "Lia Strand", "admin", SYSTEM, clock.now())
    browser = app.test_client()
    assert browser.post("/demo/person", data={"email": "lists@example.org"}).status_code == 303
    return browser


def milliseconds(browser: FlaskClient, address: str, times: int = 3) -> float:
    """The quickest of several; the first may still have templates to read."""
    is_beside = db.engine.dialect.name == "postgresql"
    now = time.perf_counter if is_beside else time.process_time
    took = []
    for _ in range(times):
        begun = now()
        assert browser.get(address).status_code == 200, address
        took.append((now() - begun) * 1000)
    return min(took)


if __name__ == "__main__":
    for kind in sys.argv[1:] or ("sqlite", "postgres"):
        with shop_on(kind) as app:
            make()
            browser = signed_in(app)
            for name, address in PAGES.items():
                print(f"{kind} {name} {milliseconds(browser, address):.0f} ms", flush=True)
