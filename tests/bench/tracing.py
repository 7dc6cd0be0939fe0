"""The clients of one batch among ten million order lines, of a batch that was sold five hundred times and of one that was sold
fifty thousand times."""

from collections.abc import Iterator

from storefront.eligibility.models import Client
from storefront.orders.models import Allocation, Order, OrderLine
from storefront.orders.tracing import clients_of_batch
from tests.bench.databases import KINDS, fill, filling, milliseconds, shop_on
from tests.bench.figures import Figure

LINES = 10_000_000
CLIENTS = 200_003  # a prime, so that the lines of a batch belong to as many clients
# Batch 1 has every 20,000th line, batch 2 every 200th, some two thousand others the rest.
BATCH = "CASE WHEN n % 20000 = 7 THEN 1 WHEN n % 200 = 3 THEN 2 ELSE 3 + n % 1999 END"
DELIVERED = {
    "status": "'delivered'",
    "delivery": "'post'",
    "way": "'post'",
    "way_name": "'Delivery by post'",
    "country": "'GB'",
    "total_minor": "6200",
    "captured_minor": "6200",
    "owed_back_minor": "0",
    "refunded_minor": "0",
    "accepted_at": "'2026-01-01 12:00:00'",
    "intent_id": "'pi_' || n",
}
SOLD = {1: (LINES // 20_000, 5), 2: (LINES // 200, 150)}


def figures() -> Iterator[Figure]:
    for kind in KINDS:
        with shop_on(kind):
            make_rows(LINES)
            for batch, (times, aim) in SOLD.items():
                assert len(clients_of_batch(batch)) == times
                took = milliseconds(lambda batch=batch: clients_of_batch(batch))
                yield Figure(f"clients-of-a-batch-sold-{times}-times-{kind}", took, "ms", aim)


def make_rows(lines: int) -> None:
    """Orders of two lines each, each line with one unit of one batch."""
    of_order = {"order_id": "(n + 1) / 2", "client_id": _client("(n + 1) / 2")}
    with filling() as tell:
        fill(tell, Client, CLIENTS, {"number": "'C-' || n", "account_id": "n"})
        fill(tell, Order, lines // 2, DELIVERED | {"number": "'O-' || n", "client_id": _client("n")})
        fill(tell, OrderLine, lines, {"order_id": of_order["order_id"], "product_id": "1 + n % 2"})
        fill(
            tell,
            Allocation,
            lines,
            of_order | {"line_id": "n", "batch_id": BATCH, "state": "'packed'", "returned": "0"},
        )


def _client(order: str) -> str:
    return f"1 + ({order}) % {CLIENTS} * 7919 % {CLIENTS}"
