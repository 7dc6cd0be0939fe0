"""A batch that fifty thousand clients have, held and recalled, in a process of its own: how long until nothing of it is sold, how
long until the list of clients and the balance are there, how long the notices take to be queued, how long a page of the board
takes, and the most memory of it all. `python -m tests.bench.recalling sqlite 5000` does it for fewer."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import config
from catalogue.batches import Batch
from catalogue.ledger import StockMovement
from catalogue.products import Product
from storefront import clock
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders import recall_board, recall_lists, recalling, stopping
from storefront.orders.models import Allocation, Order, OrderLine, Parcel
from tests.bench.databases import KINDS, fill, filling, shop_on
from tests.bench.figures import Figure
from tests.bench.importing import highest_memory
from tests.bench.tracing import DELIVERED
from tests.catalogue.samples import ADMIN, WHOLE_NOTICE
from tests.storefront.orders.recalled import PICTURE

CLIENTS = 50_000
AIMS = {
    "hold": ("s", 1),
    "list": ("s", 10),
    "open": ("s", 10),
    "sending": ("s", 60),
    "board": ("s", 2),
    "memory": ("MB", 300),
}


def figures() -> Iterator[Figure]:
    for kind in KINDS:
        command = [sys.executable, "-m", "tests.bench.recalling", kind, str(CLIENTS)]
        told = subprocess.run(command, cwd=config.ROOT, capture_output=True, text=True, check=True).stdout
        for (name, (unit, aim)), value in zip(AIMS.items(), map(float, told.split()), strict=True):
            yield Figure(f"recall-{name}-of-{CLIENTS}-clients-{kind}", value, unit, aim)


def make_rows(count: int) -> None:
    """One batch, of which each client was sent one unit in one order."""
    batch = {"code": "'B-1'", "supplier_lot": "'LOT-1'", "status": "'released'", "expires_on": "'2099-01-01'"}
    units = {"received": str(count + 10), "sold": str(count), "reserved": "0"}
    rest = dict.fromkeys(("returned", "destroyed", "corrected"), "0")
    papers = {"facts": "'{}'", "evidence": "'[]'", "findings": "'[]'"}
    moved = {"batch_id": "1", "reserved": "0", "returned": "0", "destroyed": "0"}
    arrived = moved | {"kind": "'received'", "free": str(count + 10), "sold": "0"}
    sold = moved | {"id": "n + 1", "kind": "'put-back'", "free": "-1", "sold": "1"}
    owned = {"order_id": "n", "line_id": "n", "client_id": "n", "batch_id": "1", "state": "'packed'", "returned": "0"}
    with filling() as tell:
        fill(tell, Product, 1, {"sku": "'RL-1'", "slug": "'rl-1'", "kind": "'roller'", "name": "'Roller'"})
        fill(tell, Batch, 1, batch | units | rest | papers | {"product_id": "1"})
        fill(tell, Client, count, {"number": "'C-' || n", "account_id": "n", "email": "'c' || n || '@example.org'"})
        fill(tell, Order, count, DELIVERED | {"number": "'O-' || n", "client_id": "n"})
        fill(tell, OrderLine, count, {"order_id": "n", "product_id": "1"})
        fill(tell, Allocation, count, owned)
        fill(tell, Parcel, count, {"order_id": "n", "dispatched_at": "'2026-01-02 12:00:00'"})
        fill(tell, StockMovement, 1, arrived)
        fill(tell, StockMovement, count, sold)


def seconds(do: Callable[[], object]) -> float:
    """On the wall, until the transaction is over."""
    db.session.rollback()
    begun = time.perf_counter()
    with transaction():
        do()
    took = time.perf_counter() - begun
    db.session.remove()
    return took


def measure(count: int) -> Iterator[float]:
    now = clock.now()
    yield seconds(lambda: stopping.hold_batch("B-1", ADMIN, now, "the maker warns"))
    yield seconds(the_list)
    opened: list[str] = []
    yield seconds(lambda: opened.append(recalling.open_recall(["B-1"], "serious", "Bent.", ADMIN, now).number))
    with transaction():
        recalling.write_notice(opened[0], WHOLE_NOTICE, PICTURE, ADMIN, now)
    yield seconds(lambda: recalling.send_notice(opened[0], ADMIN, now))
    yield seconds(lambda: the_board(opened[0], count))
    yield highest_memory()


def the_list() -> None:
    """What stands on the page before anybody presses "recall"."""
    batches = recall_lists.batches_named("LOT-1")
    assert recall_lists.balances(batches)[0].closes
    assert recall_lists.affected([batch.id for batch in batches])


def the_board(number: str, count: int) -> None:
    recall_id = recall_board.id_of(number) or 0
    assert recall_board.count_notices(recall_id, 3).clients == count
    page = db.session.scalars(recall_board.notices_of(recall_id, "phone").limit(30)).all()
    assert len(db.session.scalars(recall_board.notices_of(recall_id).limit(30)).all()) + len(page) == min(30, count)


if __name__ == "__main__":
    with shop_on(sys.argv[1]):
        make_rows(int(sys.argv[2]))
        print(*measure(int(sys.argv[2])))
