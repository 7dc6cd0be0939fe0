"""Orders found among a hundred thousand by each thing that somebody may remember of one, and the desk's count of what must be done
next with them."""

from collections.abc import Iterator
from datetime import UTC, datetime

from catalogue.batches import Batch
from catalogue.products import Product
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.orders import finding
from storefront.orders.models import Allocation, Order, OrderLine, Parcel
from storefront.orders.next_orders import steps_counted
from tests.bench.databases import KINDS, fill, filling, milliseconds, shop_on
from tests.bench.figures import Figure
from tests.bench.tracing import DELIVERED

ORDERS, CLIENTS, BATCHES, PRODUCTS = 100_000, 20_000, 20_000, 10_000
AIM, COUNT_AIM = 30, 50
QUERIES = {
    "number": "R-306298",
    "end-of-a-number": "6298",
    "two-letters-of-every-number": "r-",
    "two-letters-of-no-number": "zq",
    "name": "lient 4711",
    "what-every-name-has": "client",
    "sku": "P-4711",
    "what-every-sku-has": "p-",
    "batch": "B-4711",
    "lot": "LOT-4711",
    "tracking": "jd00021306298",
    "what-every-tracking-has": "JD0002",
    "nothing": "nowhere",
}


UNITS = (
    {"status": "'released'", "received": "50", "sold": "20"}
    | dict.fromkeys(("reserved", "returned", "destroyed", "corrected"), "0")
    | dict.fromkeys(("facts", "evidence", "findings"), "'[]'")
)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def figures() -> Iterator[Figure]:
    for kind in KINDS:
        with shop_on(kind):
            make_rows()
            for name, query in QUERIES.items():
                assert bool(finding.found(db.session(), query).ids) is (query not in ("zq", "nowhere")), query
                took = milliseconds(lambda query=query: finding.found(db.session(), query))
                yield Figure(f"order-by-{name}-{kind}", took, "ms", AIM)
            assert sum(count for _, count in steps_counted(db.session(), NOW)) == ORDERS // 100
            took = milliseconds(lambda: steps_counted(db.session(), NOW))
            yield Figure(f"orders-by-what-is-next-{kind}", took, "ms", COUNT_AIM)


def make_rows() -> None:
    """Orders of two lines each; every hundredth has something left to do. Numbers begin alike, and trackings too."""
    status = "CASE WHEN n % 200 = 7 THEN 'on_hold' WHEN n % 200 = 107 THEN 'accepted' ELSE 'delivered' END"
    order = {"number": "'R-' || (n * 7919 % 1000003)", "client_id": f"1 + n % {CLIENTS}", "status": status}
    product = {"sku": "'P-' || n", "slug": "'p-' || n", "kind": "'serum'"}
    line = {"order_id": "(n + 1) / 2", "product_id": f"1 + n % {PRODUCTS}", "sku": f"'P-' || (1 + n % {PRODUCTS})"}
    units = {"order_id": "(n + 1) / 2", "line_id": "n", "batch_id": f"1 + n % {BATCHES}", "state": "'packed'"}
    batch = {"code": "'B-' || n", "supplier_lot": "'LOT-' || n", "product_id": f"1 + n % {PRODUCTS}"}
    with filling() as tell:
        fill(tell, Product, PRODUCTS, product)
        fill(tell, Batch, BATCHES, batch | UNITS)
        fill(tell, Client, CLIENTS, {"number": "'C-' || n", "account_id": "n", "name": "'Client ' || n"})
        fill(tell, Order, ORDERS, DELIVERED | order)
        fill(tell, OrderLine, 2 * ORDERS, line)
        fill(tell, Allocation, 2 * ORDERS, units | {"client_id": f"1 + (n + 1) / 2 % {CLIENTS}", "returned": "0"})
        fill(tell, Parcel, ORDERS, {"order_id": "n", "tracking": "'JD0002' || (1000000 + n * 7919 % 1000003)"})
        for table, column, order_id in (('"order"', "number", "id"), ("parcel", "tracking", "order_id")):
            for letters in (2, 3):
                tell(PARTS.format(table=table, column=column, order_id=order_id, letters=letters, less=letters - 1))


# As the migration does it for orders that are older than the table.
PARTS = (
    "WITH RECURSIVE places(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM places WHERE n < 79)"
    " INSERT INTO order_part (part, order_id) SELECT DISTINCT lower(substr({column}, n, {letters})), {order_id}"
    " FROM {table} JOIN places ON n <= length({column}) - {less} WHERE true ON CONFLICT DO NOTHING"
)
