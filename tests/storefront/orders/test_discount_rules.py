"""What a discount code takes off, to the penny, and every reason why it takes nothing off: and the days at its ends."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.money import Money
from storefront.orders.discount_models import Discount
from storefront.orders.discount_rules import Goods, may_use, plain, shares, standing, told_only, told_worth
from storefront.orders.invoice_rules import InvoiceLine, credit, remaining
from storefront.orders.rules import LEAST_MINOR, Priced, Totals, may_be_charged, totals

TODAY = date(2026, 11, 22)
ROLLER, SERUM = Goods("roller", "RL-020", 3400), Goods("serum", "SE-CALM", 1999)


def code(**others: Any) -> Discount:
    usual: dict[str, Any] = {
        "code": "AUTUMN", "per_cent": 10, "starts_on": TODAY, "ends_on": TODAY, "most_uses": 3, "used": 2, "is_once": True,
        "least_goods_minor": 5399, "limited_to": "",
    }  # fmt: skip
    return Discount(**{**usual, **others})


def pounds_off(minor: int, **others: Any) -> Discount:
    return code(per_cent=None, amount_minor=minor, **others)


@pytest.mark.parametrize(
    ("discount", "off"),
    [
        (code(), [340, 200]),
        (code(per_cent=100), [3400, 1999]),
        (code(per_cent=1), [34, 20]),
        (pounds_off(500), [315, 185]),
        (pounds_off(1), [1, 0]),
        (pounds_off(99999), [3400, 1999]),
        (code(limited_to="serum"), [0, 200]),
        (pounds_off(500, limited_to="RL-020"), [500, 0]),
        (pounds_off(2500, limited_to="serum"), [0, 1999]),
        (code(limited_to="RL-025"), [0, 0]),
    ],
)
def test_goods_bear_a_discount_by_their_price(discount: Discount, off: list[int]) -> None:
    assert shares(discount, [ROLLER, SERUM]) == off


OVER, YET, LEAST = "discount-over", "discount-not-yet", "discount-least-total"


@pytest.mark.parametrize(
    ("discount", "has_used", "codes"),
    [
        (code(), False, ()),
        (code(ends_on=TODAY - timedelta(days=1), starts_on=TODAY - timedelta(days=9)), False, (OVER,)),
        (code(starts_on=TODAY + timedelta(days=1), ends_on=None), False, (YET,)),
        (code(ended_at=datetime(2026, 11, 1, tzinfo=UTC)), False, (OVER,)),
        (code(used=3), False, ("discount-used-up",)),
        (code(most_uses=None, used=999), False, ()),
        (code(), True, ("discount-used-by-you",)),
        (code(is_once=False), True, ()),
        (code(least_goods_minor=5400), False, (LEAST,)),
        (code(limited_to="RL-025 roller"), False, ()),
        (code(limited_to="RL-025"), False, ("discount-other-goods",)),
        (
            code(starts_on=TODAY + timedelta(days=1), used=3, least_goods_minor=9999, limited_to="RL-025"),
            True,
            (YET, "discount-used-up", "discount-used-by-you", LEAST, "discount-other-goods"),
        ),
    ],
)
def test_every_reason_against_a_code_is_given(discount: Discount, has_used: bool, codes: tuple[str, ...]) -> None:
    said = may_use(discount, [ROLLER, SERUM], has_used, TODAY)
    assert said.codes == codes
    assert all(reason.text and reason.next_step and reason.lifted_by for reason in said.reasons)


def test_a_code_is_told_in_words_and_typed_in_any_way() -> None:
    assert plain(" au tumn-10 ") == "AUTUMN-10"
    assert (told_worth(code()), told_worth(pounds_off(1250))) == ("10 %", "£12.50")
    assert (told_only(code()), told_only(code(limited_to="serum RL-020"))) == ("all products", "serums, RL-020")
    told = [standing(each, TODAY) for each in (code(), code(used=3), code(ended_at=datetime(2026, 11, 1, tzinfo=UTC)))]
    assert told == ["in use", "used up", "ended"]
    assert standing(code(starts_on=TODAY + timedelta(days=1), ends_on=None), TODAY) == "not yet"
    assert standing(code(ends_on=TODAY - timedelta(days=1), starts_on=TODAY - timedelta(days=1)), TODAY) == "over"


def test_no_card_is_charged_with_less_than_stripe_takes() -> None:
    def costs(minor: int) -> Totals:
        return totals([Priced(Money(3400), 1, Decimal(20), 3400 - minor)], Money(0))

    assert may_be_charged(costs(LEAST_MINOR)).is_yes
    for minor in (LEAST_MINOR - 1, 1, 0):
        (reason,) = may_be_charged(costs(minor)).reasons
        assert (reason.code, reason.next_step != "") == ("total-too-small", True)


PRICES = st.tuples(
    st.sampled_from(["roller", "serum"]), st.integers(1, 20000), st.integers(1, 5), st.sampled_from([0, 5, 20])
)
CODES = st.one_of(
    st.builds(lambda n, only: code(per_cent=n, limited_to=only), st.integers(1, 100), st.sampled_from(["", "serum"])),
    st.builds(
        lambda n, only: pounds_off(n, limited_to=only), st.integers(1, 50000), st.sampled_from(["", "S0", "roller"])
    ),
)


@given(st.lists(PRICES, min_size=1, max_size=5), CODES, st.integers(0, 999))
def test_a_discounted_order_is_the_same_to_the_penny_wherever_it_is_added_up(
    lines: list[tuple[str, int, int, int]], discount: Discount, post: int
) -> None:
    goods = [Goods(kind, f"S{n}", price * units) for n, (kind, price, units, _) in enumerate(lines)]
    off = shares(discount, goods)
    priced = [Priced(Money(each[1]), each[2], Decimal(each[3]), share) for each, share in zip(lines, off, strict=True)]
    costs = totals(priced, Money(post))
    assert all(Money(0) <= line.gross <= line.full for line in priced)
    assert all(Money(0) <= line.tax <= line.gross for line in priced)
    assert (costs.off.minor, costs.goods - costs.off) == (sum(off), Money(sum(line.gross.minor for line in priced)))
    assert costs.total.minor == sum(line.gross.minor for line in priced) + post
    assert costs.tax.minor == sum(line.tax.minor for line in priced) + costs.delivery_tax.minor
    named = [
        InvoiceLine(str(n), line.quantity, line.gross.minor, str(line.tax_percent), line.tax.minor, line.off_minor)
        for n, line in enumerate(priced)
    ]
    paid = sum(line.gross for line in named)
    if paid:
        assert all((line.gross, line.tax) == (0, 0) for line in remaining(named, credit(named, paid)))
