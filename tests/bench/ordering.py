"""Orders from the press that places them to their acceptance, each as in real life: placed, its payment page opened and recorded,
the event of the authorised payment taken. Every commit reaches the disk before it is answered, on PostgreSQL too; only Stripe is a
book in memory. Beside it, on the same disk in the same run, as many commits that do nothing else: a turn of orders, a turn of bare
commits, so that whatever else the machine does slows both. `python -m tests.bench.ordering sqlite 20` does it for fewer.

A clinic sells some dozens in a day. The aim is the worst minute that it may make for itself: three hundred clients who all order
in the minute after one mail. The bare commits have the orders' own as their aim: nearer to those, the disk would be what slows."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event, text

import config
from storefront import clock
from storefront.db import db, transaction
from storefront.orders import actions, baskets
from storefront.orders.audit import broken_rows
from storefront.payments import EXTENSION, paying, webhook
from tests.bench.databases import KINDS, look, shop_on
from tests.bench.figures import Figure
from tests.postgres import LASTING
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, BY_POST, NOTHING_NEW, NOW, TODAY
from tests.storefront.payments.ledger import Ledger

ORDERS, TURN = 100, 10
AIM = 300 / 60
ONE_ROW = {"sqlite": "INSERT INTO bare (id) VALUES (NULL)", "postgresql": "INSERT INTO bare DEFAULT VALUES"}
TABLE = {
    "sqlite": "CREATE TABLE bare (id INTEGER PRIMARY KEY)",
    "postgresql": "CREATE TABLE bare (id SERIAL PRIMARY KEY)",
}


def figures() -> Iterator[Figure]:
    for kind in KINDS:
        command = [sys.executable, "-m", "tests.bench.ordering", kind, str(ORDERS)]
        told = subprocess.run(command, cwd=config.ROOT, capture_output=True, text=True, check=True).stdout
        orders, commits, bare = map(float, told.split())
        yield Figure(f"orders-placed-to-accepted-{kind}", orders, "per-second", AIM, True)
        yield Figure(f"bare-commits-beside-them-{kind}", bare, "per-second", commits, True)


def open_shop(clients: int) -> list[int]:
    """Approved clients with the roller in their baskets; their ids."""
    with transaction():
        product = world.on_sale(units=clients)
    people = []
    for number in range(clients):
        with transaction():
            people.append(world.approved_client(f"P{number}", f"p{number}@example.org").id)
            baskets.put_in_basket(people[-1], product.sku, 1, NOW, TODAY)
    return people


def order(client_id: int, ledger: Ledger) -> None:
    with transaction():
        number = actions.place_order(client_id, BY_POST, NOTHING_NEW, ADMIN, NOW, TODAY).number
    paying.start_payment(number)
    assert webhook.take(ledger.knock(ledger.pay(number).id), NOW) == "accepted"
    db.session.remove()


def commit(_nth: int) -> None:
    with transaction():
        db.session.execute(text(ONE_ROW[db.engine.dialect.name]))
    db.session.remove()


def seconds(do: Callable[[Any], None], turns: Sequence[Any]) -> float:
    begun = time.perf_counter()
    for each in turns:
        do(each)
    return time.perf_counter() - begun


@contextmanager
def counted() -> Iterator[list[bool]]:
    """Every commit of a transaction that wrote."""
    commits: list[bool] = []

    def note(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            commits.append(True)

    event.listen(db.engine, "commit", note)
    yield commits
    event.remove(db.engine, "commit", note)


def measure(app: Flask, count: int) -> tuple[float, float, float]:
    """Orders, the commits that they made, and bare commits: each per second."""
    ledger = app.extensions[EXTENSION] = Ledger(NOW)
    people, commits, ordering, committing = open_shop(count), 0, 0.0, 0.0
    with transaction():
        db.session.execute(text(TABLE[db.engine.dialect.name]))
    look()
    for first in range(0, count, TURN):
        with counted() as made:
            ordering += seconds(lambda client_id: order(client_id, ledger), people[first : first + TURN])
        committing += seconds(commit, made)
        commits += len(made)
    assert list(broken_rows(TODAY)) == []
    return count / ordering, commits / ordering, commits / committing


if __name__ == "__main__":
    with shop_on(sys.argv[1], LASTING) as shop, pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        print(*measure(shop, int(sys.argv[2])))
