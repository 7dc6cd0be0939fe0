"""What whoever packs takes from which shelf: the units that the paid orders hold, or others where those expire first or may no
longer be packed. It only proposes; what is really packed is named by a scan."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from catalogue import shelf
from catalogue.batches import Batch
from catalogue.specification import Specification
from storefront.db import db
from storefront.eligibility.reasons import day_in_words
from storefront.orders import gate
from storefront.orders.models import Allocation, Order, OrderLine

LOADING = selectinload(Order.lines).selectinload(OrderLine.allocations).joinedload(Allocation.batch)


class Proposal(NamedTuple):
    """So many units of a batch for a line; of none where no batch of the product may be packed."""

    batch: Batch | None
    units: int

    @property
    def in_words(self) -> str:
        if self.batch is None:
            return f"{self.units} of no batch: none that lasts long enough is free"
        place = f", shelf {self.batch.shelf}" if self.batch.shelf else ""
        return f"Take {self.units} of {self.batch.code}{place}, use by {day_in_words(self.batch.expires_on)}"


class Pick(NamedTuple):
    """What is taken of one batch, and the order and units of each."""

    batch: Batch
    name: str
    units: int
    orders: tuple[tuple[str, int], ...]


def orders_to_pack(most: int) -> list[Order]:
    """Accepted, paid, and not all of it given back: the oldest first."""
    waiting = select(Order).where(Order.status == "accepted", Order.captured_minor == Order.total_minor)
    waiting = waiting.where(Order.owed_back_minor < Order.total_minor).order_by(Order.accepted_at, Order.id)
    return list(db.session.scalars(waiting.options(LOADING, joinedload(Order.client)).limit(most)))


def proposals_for(orders: Sequence[Order], today: date) -> dict[int, list[Proposal]]:
    """The batches proposed for every line of these orders, by its id. A fixed number of queries."""
    wanted = {line.product_id for order in orders for line in order.lines}
    found = (
        select(Batch)
        .where(Batch.product_id.in_(wanted), Batch.status == "released")
        .order_by(Batch.expires_on, Batch.id)
    )
    return propose(orders, db.session.scalars(found).all(), gate.rules_on(today), today)


def propose(
    orders: Iterable[Order], batches: Sequence[Batch], rules: Specification, today: date
) -> dict[int, list[Proposal]]:
    """Pure, of batches in the order in which they expire: free units that expire before those which a line holds come first, then
    what it holds. Free units that one line was promised are no other's; those it holds and that may not be packed are replaced."""
    free = Counter({batch.id: batch.free for batch in batches})
    told: dict[int, list[Proposal]] = {}
    for line in (line for order in orders for line in order.kept_lines):
        months = rules.shelf_life_months(line.kind)
        of_product = (batch for batch in batches if batch.product_id == line.product_id)
        told[line.id] = _for_line(line, [one for one in of_product if shelf.is_for_sale(one, today, months)], free)
    return told


def _for_line(line: OrderLine, good: Sequence[Batch], free: Counter[int]) -> list[Proposal]:
    holds = Counter[int]()
    for allocation in line.held:
        holds[allocation.batch_id] += allocation.quantity
    found, missing = [], line.units
    for batch in good:
        taken = min(missing, holds[batch.id] + free[batch.id])
        if taken > 0:
            free[batch.id] -= taken - min(taken, holds[batch.id])
            found.append(Proposal(batch, taken))
            missing -= taken
    return [*found, Proposal(None, missing)] if missing else found


def by_shelf(orders: Sequence[Order], proposals: Mapping[int, Sequence[Proposal]]) -> list[tuple[str, list[Pick]]]:
    """The round past the shelves: at each, what to take of every batch and for whom. What lies nowhere comes last."""
    taken: dict[int, list[tuple[OrderLine, str, Proposal]]] = {}
    for order in orders:
        for line in order.kept_lines:
            for one in proposals[line.id]:
                if one.batch is not None:
                    taken.setdefault(one.batch.id, []).append((line, order.number, one))
    shelves: dict[str, list[Pick]] = {}
    for group in taken.values():
        line, _, first = group[0]
        assert first.batch is not None
        told = tuple((number, one.units) for _, number, one in group)
        pick = Pick(first.batch, line.name, sum(units for _, units in told), told)
        shelves.setdefault(first.batch.shelf, []).append(pick)
    return [(name, sorted(shelves[name], key=lambda one: one.batch.code)) for name in sorted(shelves, key=_as_walked)]


def _as_walked(name: str) -> tuple[bool, list[tuple[int, str]]]:
    """A-2 comes before A-10, and no shelf at all after every shelf."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return not name, [(int(part), "") if part.isdigit() and part.isascii() else (0, part.lower()) for part in parts]
