"""Which batch is proposed for which line, and in which order the shelves are walked: pure, on rows that no database holds."""

from datetime import timedelta

from catalogue.batches import Batch
from catalogue.specification import load
from catalogue.validity import months_after
from storefront.orders.models import Allocation, Order, OrderLine
from storefront.orders.pick_list import by_shelf, propose
from tests.storefront.orders.world import TODAY

RULES = load()
LEAST = months_after(TODAY, RULES.shelf_life_months("roller"))


def batch(id: int, days: int, free: int = 0, sold: int = 0, shelf: str = "", status: str = "released") -> Batch:
    told = {"expires_on": LEAST + timedelta(days=days), "status": status, "shelf": shelf}
    counted = {"received": free + sold, "sold": sold, "reserved": 0, "returned": 0, "destroyed": 0, "corrected": 0}
    return Batch(id=id, product_id=1, code=f"B-{id}", **told, **counted)


def order(id: int, *holds: tuple[int, int]) -> Order:
    held = [Allocation(batch_id=batch_id, quantity=units, state="sold") for batch_id, units in holds]
    line = OrderLine(id=id, product_id=1, kind="roller", name="Roller", quantity=sum(units for _, units in holds))
    line.taken_out = 0
    line.allocations = held
    return Order(number=f"R-{id}", lines=[line])


def told(batches: list[Batch], *orders: Order) -> dict[int, list[tuple[str | None, int]]]:
    ordered = sorted(batches, key=lambda one: (one.expires_on, one.id))
    found = propose(orders, ordered, RULES, TODAY)
    return {
        id: [(one.batch.code if one.batch else None, one.units) for one in proposals] for id, proposals in found.items()
    }


def test_what_is_held_is_proposed_where_nothing_free_expires_before() -> None:
    late, soon = batch(1, 300, free=9, sold=2), batch(2, 200, sold=1)
    assert told([late, soon], order(1, (1, 2)), order(2, (2, 1))) == {1: [("B-1", 2)], 2: [("B-2", 1)]}


def test_free_units_that_expire_first_are_taken_first_and_promised_once() -> None:
    late, soon = batch(1, 300, sold=4), batch(2, 0, free=3)
    assert told([late, soon], order(1, (1, 2)), order(2, (1, 2))) == {1: [("B-2", 2)], 2: [("B-2", 1), ("B-1", 1)]}


def test_what_lasts_too_short_or_is_stopped_is_replaced_or_named_as_missing() -> None:
    short, held, good = batch(1, -1, free=5, sold=2), batch(2, 9, free=5, sold=1, status="held"), batch(3, 90, free=2)
    assert told([short, held, good], order(1, (1, 2)), order(2, (2, 1))) == {1: [("B-3", 2)], 2: [(None, 1)]}


def test_the_shelves_are_walked_by_number_and_what_lies_nowhere_comes_last() -> None:
    batches = [batch(1, 10, sold=1), batch(2, 20, sold=3, shelf="A-10"), batch(3, 30, sold=1, shelf="A-2")]
    orders = [order(1, (1, 1)), order(2, (2, 2)), order(3, (2, 1)), order(4, (3, 1))]
    walked = by_shelf(orders, propose(orders, batches, RULES, TODAY))
    assert [(name, [(pick.batch.code, pick.units, pick.orders) for pick in picks]) for name, picks in walked] == [
        ("A-2", [("B-3", 1, (("R-4", 1),))]),
        ("A-10", [("B-2", 3, (("R-2", 2), ("R-3", 1)))]),
        ("", [("B-1", 1, (("R-1", 1),))]),
    ]
