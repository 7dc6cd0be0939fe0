"""The ground of a story that is driven at random: its clock, its payments, and what always holds in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import event, select

from catalogue.batches import Batch
from catalogue.verdicts import Refused
from storefront import clock, jobs
from storefront.db import db, transaction
from storefront.orders.audit import broken_rows
from storefront.orders.models import Order
from storefront.payments import EXTENSION
from storefront.payments.stripe_values import Knock
from tests.storefront.books import books_agree
from tests.storefront.orders.world import NOW
from tests.storefront.payments.ledger import Ledger


class Story(RuleBasedStateMachine):
    """A shop whose time and payments are in the test's hands; what happens in it is added below."""

    app: Flask
    begin: Callable[[], Any]

    def __init__(self) -> None:
        super().__init__()
        self.example = self.begin()
        self.now: datetime = NOW
        self.ledger = Ledger(NOW)
        self.app.extensions[EXTENSION] = self.ledger
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(clock, "now", lambda: self.now)
        self.events: list[Knock] = []
        self.is_changed = True
        event.listen(db.session, "after_commit", self.note_change)

    def note_change(self, _session: Any) -> None:
        self.is_changed = True

    @property
    def today(self) -> date:
        return self.now.astimezone(UTC).date()

    def teardown(self) -> None:
        try:
            self.come_to_rest()
        finally:
            event.remove(db.session, "after_commit", self.note_change)
            self.patch.undo()
            db.session.remove()
            self.example.rollback()

    @contextmanager
    def trying(self) -> Iterator[None]:
        """A press of a button: the shop may say no, and then nothing happened."""
        with suppress(Refused, LookupError), transaction():
            yield
        db.session.rollback()

    def pick(self, rows: Any, number: int) -> Any:
        """One of the rows, the same for the same number; None when there is none."""
        found = db.session.execute(rows).scalars().all()
        db.session.rollback()
        return found[number % len(found)] if found else None

    def order(self, number: int, *statuses: str) -> str | None:
        found = select(Order.number).where(Order.status.in_(statuses)).order_by(Order.id)
        return self.pick(found, number)  # type: ignore[no-any-return]

    # What always holds.

    @invariant()
    def nothing_is_broken(self) -> None:
        """Asked after every step that wrote anything."""
        if self.is_changed:
            assert list(broken_rows(self.today)) == []
            db.session.rollback()
            self.is_changed = False
            self.money_agrees()

    def money_agrees(self) -> None:
        for order in self.orders():
            taken = [intent for intent in self.ledger.intents.values() if self.is_taken_for(intent, order)]
            assert len(taken) <= 1
            if taken:
                assert (order.accepted_at is not None, taken[0].id) == (True, order.intent_id)
                assert taken[0].received.minor == order.total_minor
                assert order.refunded_minor <= taken[0].refunded.minor <= order.owed_back_minor
            else:
                assert order.captured_minor == 0

    def orders(self) -> list[Order]:
        found = list(db.session.scalars(select(Order).order_by(Order.id)))
        db.session.rollback()
        return found

    def is_taken_for(self, intent: Any, order: Order) -> bool:
        return bool(intent.order_number == order.number and intent.received.minor)

    def come_to_rest(self) -> None:
        """Left alone for some hours, everything that was owed is done, at Stripe and in the rows alike."""
        for _ in range(4):
            self.now = self.ledger.now = self.now + timedelta(hours=2)
            jobs.run_due(self.now)
        self.money_agrees()
        books_agree(self.today)
        assert {intent.status for intent in self.ledger.intents.values()} <= {"succeeded", "canceled"}
        assert "open" not in {page.status for page in self.ledger.sessions.values()}
        for order in self.orders():
            assert order.refunded_minor == order.owed_back_minor
            assert order.status not in ("awaiting_payment",)
        assert set(db.session.scalars(select(Batch.reserved))) <= {0}
