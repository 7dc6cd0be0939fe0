"""The moves of an order and its sums: every status can be reached and left, and nothing else moves."""

from decimal import Decimal
from itertools import product

import pytest

from catalogue.money import Money
from storefront.orders.models import STATUSES
from storefront.orders.rules import FINAL, FIRST, MOVES, Priced, delivery_parts, may_move, totals

ALLOWED = {
    ("awaiting_payment", "accepted"), ("awaiting_payment", "cancelled"), ("awaiting_payment", "expired"),
    ("expired", "accepted"), ("expired", "cancelled"),
    ("accepted", "packed"), ("accepted", "on_hold"), ("accepted", "cancelled"),
    ("packed", "dispatched"), ("packed", "on_hold"), ("packed", "accepted"),
    ("on_hold", "accepted"), ("on_hold", "refunded"), ("on_hold", "cancelled"),
    ("dispatched", "delivered"), ("dispatched", "returned_in_part"), ("dispatched", "returned"),
    ("delivered", "returned_in_part"), ("delivered", "returned"), ("returned_in_part", "returned"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), list(product(STATUSES, STATUSES)))
def test_an_order_moves_only_as_the_table_says(old: str, new: str) -> None:
    assert may_move(old, new).is_yes == ((old, new) in ALLOWED)


def test_every_status_can_be_reached_and_left() -> None:
    reached = {new for moves in MOVES.values() for new in moves} | {FIRST}
    assert reached == set(STATUSES)
    assert {status for status, moves in MOVES.items() if not moves} == set(FINAL)


def test_an_unknown_status_moves_nowhere() -> None:
    assert may_move("lost", "accepted").codes == ("wrong-state",)


def priced(minor: int, quantity: int = 1, percent: str = "20") -> Priced:
    return Priced(Money(minor), quantity, Decimal(percent))


@pytest.mark.parametrize(
    ("lines", "delivery", "total", "tax"),
    [
        ([priced(3400)], 395, 3795, 567 + 66),
        ([priced(3400, 2), priced(1999)], 0, 8799, 1133 + 333),
        ([priced(1, 3), priced(1)], 0, 4, 1 + 0),
        ([priced(1000, 1, "0"), priced(1050, 1, "5")], 0, 2050, 0 + 50),
        ([priced(3400, 1, "0")], 595, 3995, 0),
        (
            [priced(3000, 1, "20"), priced(1000, 1, "0")],
            400,
            4400,
            500 + 50,
        ),  # of 400, 300 follow what bears 20 per cent
    ],
)
def test_totals_include_the_tax_of_each_line_and_delivery_follows_them(
    lines: list[Priced], delivery: int, total: int, tax: int
) -> None:
    costs = totals(lines, Money(delivery))
    assert (costs.total, costs.tax) == (Money(total), Money(tax))
    assert sum(part.gross.minor for part in delivery_parts(lines, Money(delivery))) == delivery
