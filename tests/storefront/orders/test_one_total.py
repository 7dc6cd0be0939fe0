"""What an order costs, and the tax in it, is the same to the penny wherever it stands: in the basket, on the payment page, in the
order, on its invoice and credit notes, in the accounts and in what programs read, wherever it goes and whatever code it bears."""

import re
from collections.abc import Callable
from csv import DictReader
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask.testing import FlaskClient
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM
from catalogue.money import shared
from catalogue.products import KINDS, Product
from storefront import jobs
from storefront.accounts import keys
from storefront.accounts.actions import make_account
from storefront.accounts.models import Account
from storefront.api.accounting import accounted
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.eligibility.recheck_rules import NOTHING_NEW
from storefront.orders import accounts
from storefront.orders.actions import place_order
from storefront.orders.baskets import put_in_basket
from storefront.orders.delivery_terms import Terms, load_terms
from storefront.orders.discount_models import Discount
from storefront.orders.discount_uses import InBasket
from storefront.orders.invoice_models import Invoice
from storefront.orders.invoice_rules import by_rate, credit_parts, remaining
from storefront.orders.invoicing import (
    issue_credit_note,
    issue_invoice,
    lines_of,
    orders_to_invoice,
    refunds_to_credit,
)
from storefront.orders.models import Order, OrderLine
from storefront.orders.owing import owe_refund
from storefront.orders.pricing import priced, totals_of
from storefront.orders.records import locked
from storefront.orders.rules import Delivery, Totals, may_be_charged
from storefront.payments import paying, webhook
from storefront.payments.paying import checkout_line
from tests.catalogue import samples
from tests.storefront.books import books_agree
from tests.storefront.orders import world
from tests.storefront.orders.world import NOW, TODAY
from tests.storefront.payments.ledger import Ledger

OURS = load_terms()
RATES = st.sampled_from([Decimal(rate) for rate in ("0", "5", "20", "17.5")])


@dataclass(frozen=True)
class Line:
    """So many of a product, as a basket has them."""

    product: Product
    quantity: int


@st.composite
def some_terms(draw: Any) -> Terms:
    """Ours, with other rates for each class in each country, and other prices of each way."""
    countries = {
        code: replace(each, rates={kind: draw(RATES) for kind in KINDS}) for code, each in OURS.countries.items()
    }
    prices = st.integers(0, 2500)
    ways = {code: replace(way, prices={to: draw(prices) for to in way.prices}) for code, way in OURS.ways.items()}
    return replace(OURS, countries=countries, ways=ways)


@st.composite
def some_lines(draw: Any) -> list[Line]:
    wanted = st.tuples(st.sampled_from(KINDS), st.integers(1, 20_000), st.integers(1, 6))
    found = draw(st.lists(wanted, min_size=1, max_size=5))
    return [
        Line(Product(id=n, kind=kind, sku=f"S{n}", name="It", price_minor=price, currency="GBP"), units)
        for n, (kind, price, units) in enumerate(found, 1)
    ]


def some_code(per_cent: int | None, amount: int | None, only: str) -> InBasket:
    plain = {
        "amount_minor": amount,
        "starts_on": TODAY,
        "ends_on": None,
        "most_uses": None,
        "used": 0,
        "is_once": False,
    }
    return InBasket(Discount(code="X", per_cent=per_cent, limited_to=only, least_goods_minor=0, **plain), False)


ONLY = st.sampled_from(["", "serum", "S1"])
PER_CENT, AMOUNTS = st.integers(1, 100), st.integers(1, 60_000)
CODES = st.one_of(
    st.none(), st.builds(some_code, PER_CENT, st.none(), ONLY), st.builds(some_code, st.none(), AMOUNTS, ONLY)
)


def kept(wanted: list[Line], offer: tuple[str, str], terms: Terms, code: InBasket | None, costs: Totals) -> Order:
    """The order as placing it writes it down."""
    way, country = offer
    order = Order(
        number="R-1", client=Client(number="C-1"), status="accepted", currency="GBP", country=country, way=way
    )
    order.way_name, order.delivery, order.discount_code = terms.ways[way].name, terms.ways[way].leaves, "X"
    order.delivery_minor, order.delivery_tax_minor = costs.delivery.minor, costs.delivery_tax.minor
    order.total_minor, order.placed_at, order.accepted_at = costs.total.minor, NOW, NOW
    order.captured_minor = order.owed_back_minor = order.refunded_minor = 0
    lines = priced(wanted, country, terms, code, TODAY)
    order.lines = [
        OrderLine(
            id=n, sku=f"S{n}", name="It", kind="serum", quantity=each.quantity, unit_minor=each.unit.minor, taken_out=0,
            tax_percent=each.tax_percent, tax_minor=each.tax.minor, off_minor=each.off_minor,
        )
        for n, each in enumerate(lines, 1)
    ]  # fmt: skip
    return order


@given(some_lines(), some_terms(), st.sampled_from(list(OURS.offers())), CODES, st.data())
def test_one_function_counts_the_money_of_an_order_wherever_it_stands(
    wanted: list[Line], terms: Terms, offer: tuple[str, str], code: InBasket | None, draw: Any
) -> None:
    costs = totals_of(wanted, offer, terms, code, TODAY)
    assume(may_be_charged(costs).is_yes)  # else it is never placed
    order = kept(wanted, offer, terms, code, costs)
    assert order.costs == costs, "the order"
    paid = [checkout_line(line, "GBP") for line in order.lines]
    assert sum(line.unit.minor * line.quantity for line in paid) + costs.delivery.minor == costs.total.minor, "the page"
    invoice = lines_of(order)
    assert (sum(line.gross for line in invoice), sum(line.tax for line in invoice)) == (
        costs.total.minor,
        costs.tax.minor,
    ), "the invoice"
    assert len({line.name for line in invoice}) == len(invoice), "names tell its lines apart"
    by_rates = by_rate(invoice)
    assert sum(each.net + each.tax for each in by_rates) == costs.total.minor, "the accounts"
    assert sum(each.tax for each in by_rates) == costs.tax.minor
    told = accounted(order)
    assert (told["total_minor"], told["tax_minor"]) == (costs.total.minor, costs.tax.minor), "what programs read"
    if costs.total.minor:
        given_back_in_parts(invoice, draw)


def given_back_in_parts(invoice: list[Any], draw: Any) -> None:
    """However it is given back, line by line or over all of them, the notes together are the invoice."""
    left, parts = invoice, draw.draw(st.lists(st.integers(1, 5000), max_size=3))
    for part in [*parts, 10**9]:
        whole = sum(line.gross for line in left)
        if not whole:
            break
        amount = min(part, whole)
        named = shared(amount, [line.gross for line in left]) if draw.draw(st.booleans()) else []
        note = credit_parts(left, {n: part for n, part in enumerate(named) if part}, amount)
        assert sum(line.gross for line in note) == amount
        left = remaining(left, note)
        assert all(0 <= line.tax <= line.gross for line in left)
    assert [line.tax for line in left] == [0] * len(left), "no penny of tax is over"


HOME = Delivery("tracked", "", "1 Example Road\nLondon\nN1 9GU")
JERSEY = Delivery("post", "", "1 Example Road\nSt Helier\nJE2 3AB", "JE")


def paid_order(nth: int, delivery: Delivery, ledger: Ledger) -> str:
    """A roller and two serums, ordered and paid for."""
    with transaction():
        serum = samples.loaded(db.session(), "SE-01")
        client = world.approved_client(f"Client {nth}", f"client{nth}@example.org", serums=(serum.id,), quantity=2)
        for sku, units in (("RL-020", 1), ("SE-01", 2)):
            put_in_basket(client.id, sku, units, NOW, TODAY)
    with transaction():
        number = place_order(client.id, delivery, NOTHING_NEW, world.client_who(client), NOW, TODAY).number
    paying.start_payment(number)
    webhook.take(ledger.knock(ledger.pay(number).id), NOW)
    return number


def take_and_give_back(numbers: list[str]) -> None:
    """All is taken, 10 pounds of each given back, and the papers of it issued; of their sheets, which are dear, none is drawn."""
    jobs.run_due(NOW)
    for number in numbers:
        with transaction():
            owe_refund(locked(number), 1000, "a gesture", world.ADMIN, NOW)
    jobs.run_due(NOW)
    owed = (orders_to_invoice, issue_invoice), (refunds_to_credit, issue_credit_note)
    for found, issue in owed:
        while (row := db.session.scalar(found())) is not None:
            db.session.rollback()
            with transaction():
                issue(row, NOW)


def test_orders_to_two_countries_stand_the_same_in_every_book(
    on_the_day: None, session: Session, ledger: Ledger, signed_in: Callable[[Account], FlaskClient]
) -> None:
    with transaction():
        world.on_sale()
        world.on_sale("SE-01", "serum")
        key = keys.make_key("The accountant", SYSTEM, NOW)
        boss = make_account("alba@example.org", "Alba Reed", "admin", SYSTEM, NOW)
    admin = signed_in(boss)
    home, jersey = numbers = [paid_order(nth, delivery, ledger) for nth, delivery in enumerate((HOME, JERSEY))]
    take_and_give_back(numbers)
    books_agree(TODAY)
    totals = {row[0]: row[1] for row in session.execute(select(Order.number, Order.total_minor).order_by(Order.id))}
    assert totals[home] - totals[jersey] == 795 - 595, "delivery alone differs"
    assert {page.order_number: page.total.minor for page in ledger.sessions.values()} == totals
    assert {each.order_number: each.received.minor for each in ledger.intents.values()} == totals
    exported = DictReader(admin.get("/admin/exports/orders").text.lstrip("\ufeff").splitlines())
    assert {row["Order"]: round(float(row["Total (£)"]) * 100) for row in exported} == totals
    told = admin.get("/api/accounting/orders", headers={"Authorization": f"Bearer {key}"}).json["orders"]
    assert {each["number"]: each["total_minor"] for each in told} == totals
    invoiced = select(Order.number, Invoice.gross_minor, Invoice.tax_minor).join(Invoice, Invoice.order_id == Order.id)
    papers = session.execute(invoiced.where(Invoice.kind == "invoice")).all()
    assert {row[0]: (row[1], row[2]) for row in papers} == {
        each["number"]: (each["total_minor"], each["tax_minor"]) for each in told
    }
    assert {row[0]: row[2] > 0 for row in papers} == {home: True, jersey: False}, "no VAT abroad"
    for number in numbers:
        page = admin.get(f"/admin/orders/{number}").text
        assert re.findall(r'data-total="(\d+)"', page) == [str(totals[number])]
    booked = list(accounts.accounts_of(session, TODAY.replace(day=1)))
    assert sum(each.gross for each in booked if each.what == "Invoice") == sum(totals.values())
    sums = {each.rate: each.gross for each in booked if each.what == "Sum at this rate"}
    assert sums == {"20": totals[home] - 1000, "0": totals[jersey] - 1000}
    assert [each.gross for each in booked if each.what == "Difference"] == [0]
