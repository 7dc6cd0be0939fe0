"""What invoices and credit notes say of money adds up to the penny, however often a part is given back."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from catalogue.money import Money, tax_within
from storefront.orders.invoice_rules import (
    InvoiceLine,
    RateSum,
    by_rate,
    credit,
    credit_line,
    credit_parts,
    in_units,
    remaining,
)

RATES = ("20", "5", "0", "17.5")


def line(name: str, gross: int, rate: str = "20", quantity: int = 1) -> InvoiceLine:
    return InvoiceLine(name, quantity, gross, rate, tax_within(Money(gross), Decimal(rate)).minor)


ROLLER, SERUM, POST = line("Roller", 2400), line("Serum", 1050, "5", 2), line("Post", 395)
GROSSES = st.lists(st.tuples(st.integers(1, 5000), st.sampled_from(RATES)), min_size=1, max_size=5)


def test_a_line_knows_its_price_without_tax() -> None:
    assert (ROLLER.net, ROLLER.tax, ROLLER.unit_net) == (2000, 400, 2000)
    assert (SERUM.net, SERUM.tax, SERUM.unit_net) == (1000, 50, 500)


def test_rates_are_summed_the_highest_first() -> None:
    assert by_rate([SERUM, ROLLER, POST]) == [RateSum("20", 2329, 466), RateSum("5", 1000, 50)]


def test_a_part_is_borne_by_every_line_and_the_whole_rest_takes_the_whole_tax() -> None:
    whole = [ROLLER, SERUM, POST]
    first = credit(whole, 1000)
    assert [(each.name, each.gross) for each in first] == [("Roller", 624), ("Serum", 273), ("Post", 103)]
    left = remaining(whole, first)
    last = credit(left, 2845)
    assert sum(each.tax for each in (*first, *last)) == sum(each.tax for each in whole)
    assert [each.gross for each in remaining(left, last)] == [0, 0, 0]


def test_one_lines_money_is_credited_to_it_first() -> None:
    assert credit_line([ROLLER, SERUM, POST], 1, 1050) == [SERUM]
    more = credit_line([ROLLER, SERUM, POST], 1, 1200)
    assert sum(each.gross for each in more) == 1200
    assert more[0] == SERUM
    assert credit_line([ROLLER, line("Serum", 1050)], 0, 100)[0].tax == 17


def test_the_lines_that_came_back_are_credited_and_what_is_over_is_borne_by_all() -> None:
    whole = [ROLLER, SERUM, POST]
    assert credit_parts(whole, {1: 1050, 2: 395}, 1445) == [SERUM, POST]
    (half,) = credit_parts(whole, {1: 525}, 525)
    assert (half.name, half.gross, half.tax) == ("Serum", 525, 25)
    more = credit_parts(remaining(whole, [half]), {1: 1050}, 1050)
    assert (sum(each.gross for each in more), len(more)) == (1050, 3)


def test_what_pays_units_back_says_how_many() -> None:
    three = line("Roller", 8300, quantity=3)  # less a discount that three cannot share alike
    for part, units in ((2766, 1), (2767, 1), (5533, 2), (8300, 3), (10, 1)):
        (told,) = in_units(credit_parts([three], {0: part}, part), [three])
        assert (told.quantity, told.gross) == (units, part)


@given(GROSSES, st.data())
def test_returns_line_by_line_credit_what_was_sold_and_all_its_tax(
    told: list[tuple[int, str]], drawn: st.DataObject
) -> None:
    whole = [line(f"Product {n}", gross, rate) for n, (gross, rate) in enumerate(told)]
    left, credited = whole, []
    while rest := sum(each.gross for each in left):
        wanted = {n: drawn.draw(st.integers(0, each.gross)) for n, each in enumerate(left)}
        amount = sum(wanted.values()) or rest
        lines = credit_parts(left, wanted, amount)
        assert sum(each.gross for each in lines) == amount
        credited += lines
        left = remaining(left, lines)
        assert all(0 <= each.tax <= each.gross for each in left)
    assert sum(each.tax for each in credited) == sum(each.tax for each in whole)


def test_pence_given_back_one_by_one_leave_no_tax_behind() -> None:
    left, taxes = [line("Roller", 9)], []
    while left[0].gross:
        (penny,) = credit(left, 1)
        left = remaining(left, [penny])
        assert 0 <= left[0].tax <= left[0].gross
        taxes.append(penny.tax)
    assert sum(taxes) == line("Roller", 9).tax == 2


@given(GROSSES, st.data())
def test_all_credit_notes_together_credit_what_was_invoiced_and_no_penny_more(
    told: list[tuple[int, str]], data: st.DataObject
) -> None:
    whole = [line(str(n), gross, rate) for n, (gross, rate) in enumerate(told)]
    left, given_back, taxes = list(whole), 0, 0
    while total := sum(each.gross for each in left):
        amount = data.draw(st.one_of(st.just(total), st.integers(1, total)))
        credited = credit(left, amount)
        assert sum(each.gross for each in credited) == amount
        assert all(0 <= each.tax <= each.gross for each in credited)
        left = remaining(left, credited)
        assert all(each.tax >= 0 and each.net >= 0 for each in left)
        given_back, taxes = given_back + amount, taxes + sum(each.tax for each in credited)
    assert (given_back, taxes) == (sum(each.gross for each in whole), sum(each.tax for each in whole))
