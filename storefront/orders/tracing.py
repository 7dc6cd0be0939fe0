"""Forward from a batch: who has units of it, by which order, and where every unit is. One index answers for a batch that was
sold fifty thousand times as for one that was sold once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, tuple_

from catalogue.batches import Batch
from catalogue.ledger import MassBalance, mass_balance
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.orders.models import Allocation, Order, OrderLine
from storefront.orders.rules import LEFT

BOUGHT_STATES = ("sold", "packed")
Place = tuple[int, int, int]  # batch, client and order, by their ids: from where a long list is read on


@dataclass(frozen=True, slots=True)
class Buyer:
    """A client who bought units of a batch. `returned` of them came back."""

    client_id: int
    units: int
    returned: int
    orders: int


@dataclass(frozen=True, slots=True)
class Sold:
    """Units of one batch in one order."""

    batch_id: int
    client_id: int
    number: str
    status: str
    delivery: str
    units: int
    returned: int
    vetting: int
    client_number: str
    client_name: str


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Every unit of a batch: in stock (free, reserved, waiting to be sent), with clients, returned, destroyed."""

    balance: MassBalance
    waiting: int
    with_clients: int

    @property
    def in_stock(self) -> int:
        return self.balance.in_stock + self.waiting

    @property
    def closes(self) -> bool:
        """The ledger closes, and what orders hold is what it says was sold."""
        return self.balance.closes and self.waiting + self.with_clients == self.balance.sold


def clients_of_batch(batch_id: int) -> list[Buyer]:
    """Everybody who bought units of a batch, sent or not, in the order of their ids. One index is read, no order and no line."""
    sums = (func.sum(Allocation.quantity), func.sum(Allocation.returned), func.count(Allocation.order_id.distinct()))
    found = select(Allocation.client_id, *sums).where(*_bought(batch_id)).group_by(Allocation.client_id)
    rows = db.session.execute(found.order_by(Allocation.client_id))
    return [Buyer(client_id, int(units), int(returned), orders) for client_id, units, returned, orders in rows]


def orders_of_batches(
    batch_ids: Sequence[int], most: int, after: Place | None = None, *only: ColumnElement[bool]
) -> tuple[list[Sold], Place | None]:
    """At most so many orders with units of these batches, in the order of the index; and after which row to read on."""
    told = (Order.number, Order.status, Order.delivery, Allocation.quantity, Allocation.returned, OrderLine.vetting_id)
    place = (Allocation.batch_id, Allocation.client_id, Allocation.order_id)
    found = select(*place, *told, Client.number, Client.name).join(Order, Order.id == Allocation.order_id)
    found = found.join(OrderLine, OrderLine.id == Allocation.line_id).join(Client, Client.id == Allocation.client_id)
    found = found.where(Allocation.batch_id.in_(batch_ids), Allocation.state.in_(BOUGHT_STATES), *only)
    if after is not None:
        found = found.where(tuple_(*place) > tuple_(*after))
    rows: list[Any] = [tuple(row) for row in db.session.execute(found.order_by(*place).limit(most + 1))]
    sold = [Sold(*row[:2], *row[3:]) for row in rows[:most]]
    return sold, rows[most - 1][:3] if len(rows) > most else None


def whereabouts(batch: Batch) -> Whereabouts:
    """Two queries. The batch is read as it stands in the session."""
    units = Allocation.quantity - Allocation.returned
    left = func.coalesce(func.sum(case((Order.status.in_(LEFT), units), else_=0)), 0)
    told = select(func.coalesce(func.sum(units), 0), left).join(Order, Order.id == Allocation.order_id)
    sold, with_clients = db.session.execute(told.where(*_bought(batch.id))).one()
    return Whereabouts(mass_balance(db.session(), batch), int(sold) - int(with_clients), int(with_clients))


def _bought(batch_id: int) -> tuple[ColumnElement[bool], ...]:
    return Allocation.batch_id == batch_id, Allocation.state.in_(BOUGHT_STATES)
