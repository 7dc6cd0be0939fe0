"""Both books laid side by side: found without any webhook, settled where that can be, and the rest named."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.money import Money
from storefront import cli, clock
from storefront.clock import day_of
from storefront.db import transaction
from storefront.orders import holding
from storefront.orders.owing import owe_refund
from storefront.orders.records import locked
from storefront.payments import reconciling
from storefront.payments.models import Reconciliation
from storefront.payments.reconciling_rules import KINDS, Books, compare
from storefront.payments.stripe_values import Intent
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW
from tests.storefront.till import Till

TOTAL = Money(3795)
NONE = Money(0)


def payment(**also: object) -> Intent:
    taken = Intent(
        "pi_1", "succeeded", TOTAL, NONE, TOTAL, NONE, "R-1", None, None, False, None, None, NOW
    )  # fmt: skip
    return replace(taken, **also)  # type: ignore[arg-type]


def order(**also: object) -> Books:
    return replace(Books("R-1", "accepted", TOTAL, "pi_1", TOTAL, NONE), **also)  # type: ignore[arg-type]


HELD = {"status": "requires_capture", "capturable": TOTAL, "received": NONE}


@pytest.mark.parametrize(
    ("intent", "books", "kinds"),
    [
        (payment(), order(), []),
        (payment(), None, ["paid-without-order"]),
        (payment(refunded=TOTAL), None, []),
        (payment(**HELD), None, ["paid-without-order"]),
        (payment(**HELD), order(captured=NONE), []),
        (payment(**HELD), order(), ["amount-differs"]),
        (payment(**HELD), order(status="cancelled", captured=NONE), ["paid-without-order"]),
        (payment(**HELD), order(status="cancelled", captured=NONE, released=frozenset({"pi_1"})), []),
        (payment(), order(intent_id="pi_2"), ["paid-without-order"]),
        (payment(status="canceled", received=NONE), order(), ["order-without-payment"]),
        (payment(status="canceled", received=NONE), order(status="cancelled", captured=NONE), []),
        (payment(received=Money(3794)), order(), ["amount-differs"]),
        (payment(received=Money(3795, "EUR"), refunded=Money(0, "EUR")), order(), ["amount-differs"]),
        (payment(refunded=Money(1)), order(), ["refunds-differ"]),
        (payment(), order(refunded=Money(1)), ["refunds-differ"]),
        (payment(refunded=Money(1)), order(refunded=Money(1)), []),
    ],
)
def test_what_does_not_match_is_named(intent: Intent, books: Books | None, kinds: list[str]) -> None:
    found = compare(intent, books)
    assert [each.kind for each in found] == kinds
    assert all(KINDS[each.kind] and each.order_number == "R-1" and each.told.endswith(".") for each in found)


def compared(till: Till) -> list[tuple[str, str | None]]:
    run = reconciling.compare_now(till.now - reconciling.LOOKS_BACK, till.now)
    return [(row.kind, row.order_number) for row in run.mismatches]


def test_all_that_no_webhook_told_is_settled_in_one_night(session: Session, till: Till) -> None:
    intent = till.pay()
    assert compared(till) == []
    assert till.order.status == "accepted"
    till.work()
    with transaction():
        owe_refund(locked(till.number), 500, "a dent", ADMIN, till.now)
    till.work()
    (refund,) = till.ledger.refunds
    till.ledger.send_back(refund)
    assert compared(till) == []  # the refund that came back was found, and is no difference
    till.ledger.contest(intent.id, "warning_needs_response")
    assert compared(till) == []
    assert till.order.status == "on_hold"
    till.ledger.contest(intent.id, "warning_closed", name="dp_1")
    assert compared(till) == []
    with pytest.raises(Exception, match="wrong-state"), transaction():  # money was promised back for it
        holding.lift_order(till.number, ADMIN, till.now, world.TODAY)
    assert till.is_whole()


def test_what_cannot_be_settled_is_kept_and_printed(app: Flask, session: Session, till: Till) -> None:
    intent = till.pay()
    till.knock(intent)
    till.work()
    till.ledger.intents["pi_x"] = payment(id="pi_x", order_number=None)
    till.ledger.intents["pi_y"] = payment(id="pi_y", order_number="R-NOTHERE")
    del till.ledger.intents[intent.id]
    answer = app.test_cli_runner().invoke(cli.reconcile)
    assert answer.exit_code == 1
    assert [line.split(",")[0] for line in answer.output.splitlines()] == [
        f"order-without-payment: {till.number}", "paid-without-order: no order", "paid-without-order: R-NOTHERE",
    ]  # fmt: skip
    till.ledger.intents = {intent.id: replace(intent, status="succeeded", received=intent.amount)}
    assert app.test_cli_runner().invoke(cli.reconcile).exit_code == 0
    till.ledger.down = True
    unreachable = app.test_cli_runner().invoke(cli.reconcile)
    assert (unreachable.exit_code, "cannot be asked" in unreachable.output) == (1, True)


def test_it_is_done_once_a_night_and_again_until_stripe_answers(session: Session, till: Till) -> None:
    till.work()
    assert session.scalars(select(Reconciliation)).all() == []  # nothing was ever paid
    session.rollback()
    till.knock(till.pay())
    till.work()
    (run,) = session.scalars(select(Reconciliation))
    assert (run.done_at, run.due_at, run.night) == (
        None,
        clock.next_hour(3, till.now),
        run.due_at and day_of(run.due_at),
    )
    due_at = clock.next_hour(3, till.now)
    session.rollback()
    till.at(due_at)
    till.ledger.down = True
    till.work()
    run = session.scalars(select(Reconciliation).order_by(Reconciliation.id)).first()
    assert run is not None
    assert (run.done_at, "PaymentUnavailable" in run.last_error) == (None, True)
    session.rollback()
    till.ledger.down = False
    till.later(hours=1)
    till.work()
    till.work()
    run, coming = session.scalars(select(Reconciliation).order_by(Reconciliation.id))
    assert (run.done_at, run.looked_at, run.last_error, coming.done_at) == (till.now, 1, "", None)
    session.rollback()


def test_the_books_are_read_in_few_queries_however_many_they_are(
    session: Session, till: Till, count_queries: Any
) -> None:
    with count_queries() as sent:
        found = reconciling.books_of({till.number, *(f"R-{n}" for n in range(400))})
    assert (set(found), len(sent)) == ({till.number}, 4)
