"""An honest book of payments in memory that speaks the words of `StripeApi`: it remembers by idempotency key, refuses what
Stripe refuses, and insists that nobody asks it with a transaction open. The stand-in process is used where a real one matters."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from threading import Lock
from typing import Any

from catalogue.money import Money
from storefront.db import db
from storefront.orders.dispute_rules import Contested
from storefront.payments.stripe_values import (
    Checkout,
    Intent,
    Knock,
    PaymentRefused,
    PaymentUnavailable,
    RefundMade,
)

LEAST = timedelta(minutes=30)
NONE = Money(0)


class Ledger:
    """`now` is moved by the test. `declines` makes the bank refuse what is to be taken, `down` makes Stripe unreachable;
    `lose_answers` does the work but loses the answer."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.sessions: dict[str, Checkout] = {}
        self.intents: dict[str, Intent] = {}
        self.refunds: dict[str, RefundMade] = {}
        self.answers: dict[str, tuple[Any, Any]] = {}
        self.disputes: dict[str, tuple[str, Contested]] = {}
        self.calls: list[str] = []
        self.down = self.lose_answers = self.declines = False
        self._numbers = count(1)
        self._book = Lock()

    def go_on_from(self, other: "Ledger") -> None:
        """Everything that stands in the other book stands in this one too."""
        self.now, self.calls = other.now, [*other.calls]
        self.sessions, self.intents = {**other.sessions}, {**other.intents}
        self.refunds, self.answers = {**other.refunds}, {**other.answers}
        self.disputes = {**other.disputes}
        self._numbers = count(next(other._numbers))

    # What the shop asks.

    def open_checkout(self, *, key: str, **asked: Any) -> Checkout:
        def work() -> Checkout:
            if asked["expires_at"] < self.now + LEAST:
                raise PaymentRefused("invalid_request_error", "expires_at is too soon")
            total = asked["delivery"]
            for line in asked["lines"]:
                total += line.unit * line.quantity
            name = f"cs_{next(self._numbers)}"
            page = Checkout(
                name, f"http://127.0.0.1:9/pay/{name}", "open", total, asked["expires_at"], None, asked["order_number"]
            )
            self.sessions[name] = page
            return page

        return self._once(f"checkout-{asked['order_number']}-{key}", repr(sorted(asked.items())), work)

    def read_session(self, id_: str) -> Checkout:
        self._ask("read_session")
        return self._page(id_)

    def expire_session(self, id_: str, key: str) -> Checkout:
        def work() -> Checkout:
            page = self._page(id_)
            if page.status != "open":
                raise PaymentRefused("invalid_request_error", f"the session is {page.status}")
            self.sessions[id_] = replace(page, status="expired", url=None)
            return self.sessions[id_]

        return self._once(f"expire-{id_}-{key}", "", work)

    def read_intent(self, id_: str, is_contested: bool = False) -> Intent:
        self._ask("read_intent")
        if id_ not in self.intents:
            raise PaymentRefused("resource_missing", "No such payment_intent")
        return replace(self.intents[id_], disputes=tuple(self._contested(id_)))

    def capture(self, intent: str, amount: Money | None, key: str) -> Intent:
        def work() -> Intent:
            held = self._held(intent)
            if self.declines:
                raise PaymentRefused("card_declined", "The bank said no.")
            taken = replace(held, status="succeeded", received=amount or held.amount, capturable=NONE)
            self.intents[intent] = taken
            return taken

        return self._once(f"capture-{intent}-{key}", repr(amount), work)

    def cancel(self, intent: str, key: str) -> Intent:
        def work() -> Intent:
            self.intents[intent] = replace(self._held(intent), status="canceled", capturable=NONE)
            return self.intents[intent]

        return self._once(f"cancel-{intent}-{key}", "", work)

    def refund(self, intent: str, amount: Money, key: str) -> RefundMade:
        def work() -> RefundMade:
            paid = self.intents[intent]
            if any(dispute.status == "needs_response" for dispute in self._contested(intent)):
                raise PaymentRefused("charge_disputed", "it has been charged back")
            if paid.status != "succeeded" or paid.refunded + amount > paid.received:
                raise PaymentRefused("charge_already_refunded", "more than was taken")
            self.intents[intent] = replace(paid, refunded=paid.refunded + amount)
            made = RefundMade(f"re_{next(self._numbers)}", "succeeded", amount, intent, None, key)
            self.refunds[made.id] = made
            return made

        return self._once(f"refund-{intent}-{key}", repr(amount), work)

    def read_refund(self, id_: str) -> RefundMade:
        self._ask("read_refund")
        return self.refunds[id_]

    def refunds_of(self, intent: str) -> list[RefundMade]:
        self._ask("refunds_of")
        return [made for made in self.refunds.values() if made.intent == intent]

    def intents_since(self, since: datetime) -> list[Intent]:
        self._ask("intents_since")
        return [intent for intent in self.intents.values() if intent.created_at >= since]

    def touched_since(self, since: datetime) -> tuple[set[str], set[str]]:
        self._ask("touched_since")
        contested = {intent for intent, dispute in self.disputes.values() if dispute.opened_at >= since}
        return {str(made.intent) for made in self.refunds.values()}, contested

    # What a client and the bank do.

    def contest(self, intent: str, status: str = "needs_response", minor: int = 0, name: str = "") -> Knock:
        """The card's holder contests the payment, or the bank decides: a new event about a dispute."""
        paid = self.intents[intent]
        name = name or f"dp_{len(self.disputes) + 1}"
        opened_at = self.disputes[name][1].opened_at if name in self.disputes else self.now
        amount = Money(minor or paid.received.minor)
        back = 0 if status in ("won", "warning_needs_response") else amount.minor
        found = Contested(name, status, amount, "fraudulent", opened_at, self.now + timedelta(days=7), back, 2000)
        self.disputes[name] = (intent, found)
        self.intents[intent] = replace(paid, is_disputed=True)
        return Knock(f"evt_{next(self._numbers)}", "charge.dispute.updated", self.now, "dispute", name, intent, None)

    def take_elsewhere(self, intent: str, money: Money) -> Knock:
        """Somebody takes another sum at Stripe's own desk."""
        zero = Money(0, money.currency)
        self.intents[intent] = replace(self._held(intent), status="succeeded", received=money, refunded=zero)
        return self.knock(intent, "payment_intent.succeeded")

    def pay(self, order_number: str, amount: Money | None = None) -> Intent:
        """The client authorises the payment on the open page."""
        page = next(page for page in self.sessions.values() if page.order_number == order_number)
        page = self._page(page.id)
        if page.status != "open":
            raise PaymentRefused("expired", "this page is closed")
        money = amount or page.total
        name = f"pi_{next(self._numbers)}"
        zero = Money(0, money.currency)
        self.intents[name] = Intent(
            name, "requires_capture", money, money, zero, zero, order_number, None, None, False, None, None, self.now
        )
        self.sessions[page.id] = replace(page, status="complete", url=None, intent=name)
        return self.intents[name]

    def lose(self, intent: str) -> None:
        """The bank lets go of the money before it was taken."""
        self.intents[intent] = replace(self._held(intent), status="canceled", capturable=NONE)

    def send_back(self, refund: str) -> Knock:
        """The client's bank does not take the money: Stripe has it again, and says so."""
        made = self.refunds[refund] = replace(self.refunds[refund], status="failed")
        paid = self.intents[str(made.intent)]
        self.intents[paid.id] = replace(paid, refunded=paid.refunded - made.amount)
        name = f"evt_{next(self._numbers)}"
        return Knock(name, "refund.failed", self.now, "refund", refund, paid.id, paid.order_number)

    def knock(self, intent: str, kind: str = "payment_intent.amount_capturable_updated") -> Knock:
        """A new event about a payment."""
        number = self.intents[intent].order_number
        return Knock(f"evt_{next(self._numbers)}", kind, self.now, "payment_intent", intent, intent, number)

    # How it keeps its book.

    def _ask(self, verb: str) -> None:
        assert not db.session().in_transaction(), f"{verb} was asked with a transaction open"
        self.calls.append(verb)
        if self.down:
            raise PaymentUnavailable("the network")

    def _once(self, key: str, asked: str, work: Any) -> Any:
        self._ask(key.split("-")[0])
        with self._book:
            if key not in self.answers:
                self.answers[key] = (asked, work())
            before, answer = self.answers[key]
        if before != asked:
            raise PaymentRefused("idempotency_error", "the same key with other words")
        if self.lose_answers:
            raise PaymentUnavailable("the answer was lost")
        return answer

    def _page(self, id_: str) -> Checkout:
        page = self.sessions[id_]
        if page.status == "open" and self.now >= page.expires_at:
            page = self.sessions[id_] = replace(page, status="expired", url=None)
        return page

    def _contested(self, intent: str) -> list[Contested]:
        return [dispute for of, dispute in self.disputes.values() if of == intent]

    def _held(self, intent: str) -> Intent:
        found = self.intents[intent]
        if found.status != "requires_capture":
            raise PaymentRefused("payment_intent_unexpected_state", f"it is {found.status}")
        return found
