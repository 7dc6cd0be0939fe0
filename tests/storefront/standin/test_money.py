"""Whatever is asked of a payment, in whatever order: nothing is taken twice, no more is given back than was taken, and the
events tell the same story as the objects."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storefront.standin import moves
from storefront.standin.cards import CARDS, Card
from storefront.standin.errors import ApiError
from storefront.standin.store import SCHEMA, Book

AMOUNT = 100
amounts = st.sampled_from([None, 1, 30, 60, AMOUNT, AMOUNT + 5])
cards = st.sampled_from(
    ["4242424242424242", "4242424242424242", "4000002760003184", "4000000000000002", "4000000000000259"]
)
asked = st.one_of(
    st.tuples(st.just("confirm"), cards),
    st.tuples(st.just("answer"), st.booleans()),
    st.tuples(st.just("capture"), amounts),
    st.tuples(st.just("cancel"), st.none()),
    st.tuples(st.just("refund"), amounts),
    st.tuples(st.just("refund"), amounts),
    st.tuples(st.just("week"), st.none()),
)
HELD = [("confirm", "4242424242424242")]
begun = st.sampled_from([[], HELD, [*HELD, ("capture", None)], [*HELD, ("capture", 60)]])


class Payment:
    """One intent in a book of its own, driven; each step answers as the API would, and a refusal leaves no trace."""

    def __init__(self) -> None:
        self.sql = sqlite3.connect(":memory:", isolation_level=None)
        self.sql.executescript(SCHEMA)
        given = {"amount": AMOUNT, "currency": "gbp", "capture_method": "manual"}
        self.id = moves.new_intent(self.book(), given)["id"]

    def book(self) -> Book:
        return Book(self.sql, {}, delivers=False)

    def intent(self) -> dict[str, Any]:
        return self.book().known(self.id)

    def step(self, verb: str, value: Any) -> None:
        self.sql.execute("SAVEPOINT step")
        try:
            getattr(self, verb)(self.book(), self.intent(), value)
        except ApiError:
            self.sql.execute("ROLLBACK TO step")

    def confirm(self, book: Book, intent: dict[str, Any], number: str) -> None:
        moves.confirm(book, intent, moves.new_method(book, CARDS[number], 12, 2040), None, "")

    def answer(self, book: Book, intent: dict[str, Any], says_yes: bool) -> None:
        if intent["status"] == "requires_action":
            if says_yes:
                moves.settle(book, intent)
            else:
                method = book.known(intent["payment_method"])
                moves.fail(book, intent, "payment_intent_authentication_failure", None, method)

    def capture(self, book: Book, intent: dict[str, Any], amount: int | None) -> None:
        moves.capture(book, intent, amount)

    def cancel(self, book: Book, intent: dict[str, Any], _: None) -> None:
        moves.cancel(book, intent, None)

    def refund(self, book: Book, intent: dict[str, Any], amount: int | None) -> None:
        if intent["latest_charge"]:
            moves.refund(book, book.known(intent["latest_charge"]), {} if amount is None else {"amount": amount})

    def week(self, book: Book, _: dict[str, Any], __: None) -> None:
        book.now += 8 * 24 * 3600
        moves.sweep(book)


def count(book: Book, kind: str) -> int:
    return sum(event["type"] == kind for event in book.all("event"))


def holds(book: Book, intent: dict[str, Any]) -> None:
    charges = book.all("charge", payment_intent=intent["id"])
    taken = sum(charge["amount_captured"] for charge in charges)
    back = sum(refund["amount"] for refund in book.all("refund"))
    held = AMOUNT if intent["status"] == "requires_capture" else 0
    assert 0 <= back <= taken <= AMOUNT
    assert (intent["amount_received"], intent["amount_capturable"]) == (taken, held)
    assert sum(charge["amount_refunded"] for charge in charges) == back
    assert (taken > 0) == (intent["status"] == "succeeded")
    assert count(book, "payment_intent.succeeded") == count(book, "charge.captured") == int(taken > 0)
    assert count(book, "payment_intent.canceled") == int(intent["status"] == "canceled")
    assert count(book, "charge.refunded") == len(book.all("refund"))
    assert sum(charge["status"] == "succeeded" for charge in charges) <= 1


@given(begun, st.lists(asked, max_size=10))
@settings(max_examples=100, deadline=None)
def test_money_is_right_after_every_step(begun: list[Any], steps: list[Any]) -> None:
    payment = Payment()
    with closing(payment.sql):
        for verb, value in begun + steps:
            payment.step(verb, value)
            holds(payment.book(), payment.intent())
            assert payment.intent()["amount_received"] <= payment.intent()["amount"]


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.does)
def test_each_card_leads_where_it_is_said_to(card: Card) -> None:
    payment = Payment()
    with closing(payment.sql):
        payment.step("confirm", card.number)
        status = payment.intent()["status"]
    ends = {"is accepted": "requires_capture", "the bank": "requires_action"}
    assert status == next(
        (end for words, end in ends.items() if card.does.startswith(words)), "requires_payment_method"
    )
