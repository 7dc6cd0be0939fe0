"""Laying a payment as Stripe has it beside the order as our books have it. Pure: both in, what does not match out, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from catalogue.money import Money
from storefront.orders.rules import ACCEPTED, WORDS
from storefront.payments.stripe_values import Intent

PAID_WITHOUT_ORDER, ORDER_WITHOUT_PAYMENT = "paid-without-order", "order-without-payment"
AMOUNT, REFUNDS, DISPUTE = "amount-differs", "refunds-differ", "dispute-differs"
# What a person does about each kind.
KINDS = {
    PAID_WITHOUT_ORDER: "Find out at Stripe who paid; give it back there when it is for no order.",
    ORDER_WITHOUT_PAYMENT: "Do not send it; stop the order, and ask the client to order again.",
    AMOUNT: "Stop the order: what was taken goes back. Or ask Stripe what happened.",
    REFUNDS: "Compare the refunds at Stripe with those on the order’s page, and tell the accountant.",
    DISPUTE: "Look at the dispute at Stripe, and tell the accountant.",
}
HELD, TAKEN = "requires_capture", "succeeded"


@dataclass(frozen=True, slots=True)
class Books:
    """An order as our books have it. `refunded` went back by the payment provider, and stayed there; `released` are the payments
    that are to be let go of; `disputes` by their name at Stripe."""

    number: str
    status: str
    total: Money
    intent_id: str | None
    captured: Money
    refunded: Money
    released: frozenset[str] = frozenset()
    disputes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not match."""

    kind: str
    order_number: str | None
    intent_id: str
    told: str


def compare(intent: Intent, books: Books | None) -> list[Difference]:
    """What does not match; nothing when the payment and its order say the same, or when what is due will bring it about."""
    number = books.number if books else intent.order_number
    return [Difference(kind, number, intent.id, told) for kind, told in _differences(intent, books)]


def _differences(intent: Intent, books: Books | None) -> Iterator[tuple[str, str]]:
    if books is None or books.intent_id != intent.id or books.status not in ACCEPTED:
        yield from _without_order(intent, books)
        return
    if intent.status not in (HELD, TAKEN):
        yield ORDER_WITHOUT_PAYMENT, f"The order is {WORDS[books.status]}, its payment is {intent.status}."
    elif intent.status == TAKEN and intent.received != books.captured:
        yield AMOUNT, f"{shown(intent.received)} was taken, the books say {shown(books.captured)}."
    elif intent.status == HELD and (books.captured.minor or intent.capturable != books.total):
        yield (
            AMOUNT,
            f"{shown(intent.capturable)} is held, the books say {shown(books.captured)} of {shown(books.total)}.",
        )
    elif intent.refunded.minor != books.refunded.minor:
        yield REFUNDS, f"{shown(intent.refunded)} was given back, the books say {shown(books.refunded)}."
    yield from _disputes(intent, books)


def _without_order(intent: Intent, books: Books | None) -> Iterator[tuple[str, str]]:
    """Money of a payment that no order is accepted for; what is to be let go of is on its way."""
    money = intent.capturable if intent.status == HELD else intent.kept
    if money.minor and intent.id not in (books.released if books else ()):
        about = f"its order is {WORDS[books.status]}" if books else "there is no order for it"
        yield PAID_WITHOUT_ORDER, f"{shown(money)} is {'held' if intent.status == HELD else 'taken'}, and {about}."


def _disputes(intent: Intent, books: Books) -> Iterator[tuple[str, str]]:
    for dispute in intent.disputes:
        known = books.disputes.get(dispute.id)
        if known != dispute.status:
            yield DISPUTE, f"{dispute.id} is {dispute.status} at Stripe, the books say {known or 'nothing'}."


def shown(money: Money) -> str:
    return f"{money.minor // 100}.{money.minor % 100:02d} {money.currency}"
