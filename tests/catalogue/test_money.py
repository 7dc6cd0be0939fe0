"""Money is whole pence; the one rounding of tax is half up, per line."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.money import Money, shared, tax_within

RATES = [Decimal(0), Decimal(5), Decimal(20)]


@pytest.mark.parametrize(
    ("gross", "rate", "tax"),
    [
        (3400, "20", 567),
        (120, "20", 20),
        (1, "20", 0),
        (3, "20", 1),
        (2100, "5", 100),
        (999, "0", 0),
        (2990, "20", 498),
    ],
)
def test_the_tax_within_a_price_is_rounded_half_up(gross: int, rate: str, tax: int) -> None:
    assert tax_within(Money(gross), Decimal(rate)) == Money(tax)


@given(st.integers(0, 10**9), st.sampled_from(RATES))
def test_the_tax_is_never_more_than_half_a_penny_off(gross: int, rate: Decimal) -> None:
    tax = tax_within(Money(gross), rate)
    assert Money(0) <= tax <= Money(gross)
    assert abs(tax.minor - Decimal(gross) * rate / (100 + rate)) <= Decimal("0.5")


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.data())
def test_shares_add_up_and_none_is_larger_than_what_bears_it(among: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(among)))
    shares = shared(amount, among)
    assert sum(shares) == amount
    assert all(0 <= share <= each for share, each in zip(shares, among, strict=True))
    whole = sum(among) or 1
    assert all(abs(share * whole - each * amount) < whole for share, each in zip(shares, among, strict=True))


def test_more_than_there_is_cannot_be_shared() -> None:
    for amount in (-1, 11):
        with pytest.raises(ValueError, match="cannot be shared"):
            shared(amount, [4, 6])
    assert shared(0, []) == []


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot mix GBP and EUR"):
        Money(1) + Money(1, "EUR")
    assert Money(100) + Money(50) * 2 - Money(10) == Money(190)
