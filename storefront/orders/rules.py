"""What an order may become, as one table, and what it costs, by one function. Pure: no session, no clock. Prices include VAT;
the tax that they contain is rounded per line, and for delivery by itself at each rate."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from catalogue.money import Money, in_pounds, in_proportion, tax_within
from catalogue.verdicts import YES, Reason, Verdict
from storefront.orders.delivery_terms import HOME

# `expired`: the payment page closed unpaid. Money that was authorised in its last second may still be accepted.
# `on_hold`: stopped after acceptance; it is lifted, refunded, or cancelled when the authorisation was lost uncaptured.
MOVES: dict[str, tuple[str, ...]] = {
    "awaiting_payment": ("accepted", "cancelled", "expired"),
    "expired": ("accepted", "cancelled"),
    "accepted": ("packed", "on_hold", "cancelled"),
    "packed": ("dispatched", "on_hold", "accepted"),
    "on_hold": ("accepted", "refunded", "cancelled"),
    "dispatched": ("delivered", "returned_in_part", "returned"),
    "delivered": ("returned_in_part", "returned"),
    "returned_in_part": ("returned",),
    "returned": (),
    "cancelled": (),
    "refunded": (),
}
# Why an order moves so. "": a person's or the gate's own reason is kept beside it (a hold, a cancellation).
WHY: dict[tuple[str, str], str] = {
    ("awaiting_payment", "accepted"): "Its payment was authorised, and the gate said yes.",
    ("awaiting_payment", "cancelled"): "",
    ("awaiting_payment", "expired"): "The time to pay ran out.",
    ("expired", "accepted"): "It was paid in the last moment, its units were there, and the gate said yes.",
    ("expired", "cancelled"): "",
    ("accepted", "packed"): "Every unit was named by its batch, and the gate said yes.",
    ("accepted", "on_hold"): "",
    ("accepted", "cancelled"): "",
    ("packed", "dispatched"): "It was handed over, and the gate said yes.",
    ("packed", "on_hold"): "",
    ("packed", "accepted"): "Its parcel was opened, to be packed again.",
    ("on_hold", "accepted"): "What held it was put right, and the gate said yes.",
    ("on_hold", "refunded"): "All that was paid has been given back.",
    ("on_hold", "cancelled"): "",
    ("dispatched", "delivered"): "It arrived, or was collected.",
    ("dispatched", "returned_in_part"): "Units of it were paid back.",
    ("dispatched", "returned"): "All its units were paid back.",
    ("delivered", "returned_in_part"): "Units of it were paid back.",
    ("delivered", "returned"): "All its units were paid back.",
    ("returned_in_part", "returned"): "The last of its units were paid back.",
}
FIRST = "awaiting_payment"
FINAL = ("returned", "cancelled", "refunded")
UNPAID = ("awaiting_payment", "expired")
TO_SEND = ("accepted", "packed")
STOPPABLE = ("accepted", "packed", "on_hold")
CLIENT_MAY_CANCEL = ("awaiting_payment", "expired", "accepted")
EDITABLE = ("accepted",)
LEFT = ("dispatched", "delivered", "returned_in_part", "returned")
# A return brings no order nearer: what was sent counts as bought, whatever came back of it.
BOUGHT = (*STOPPABLE, *LEFT)
ACCEPTED = (*BOUGHT, "refunded")
# Nothing was taken for it, so its discount code may be used again.
UNPAID_ENDS = ("expired", "cancelled")
NEVER_LEFT = ("cancelled", "refunded")
# What time alone brings about: such an order waits on hold, and may go on when it is put right.
OF_TIME = frozenset({"approval-expired", "screening-due", "not-vetted"})
# In pence of GBP, what Stripe charges at least: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
LEAST_MINOR = 30
WORDS = {status: status.replace("_", " ") for status in MOVES}


def may_move(old: str, new: str) -> Verdict:
    """Refuses when an order of status `old` cannot become `new`."""
    if new in MOVES.get(old, ()):
        return YES
    text = f"An order that is {WORDS.get(old, old)} cannot become {WORDS.get(new, new)}."
    return Verdict((Reason("wrong-state", text, "nobody", "Look at the order again: somebody may have moved it."),))


def has_left(status: str) -> Verdict:
    """Refuses when nothing of this order is with its client yet."""
    if status in LEFT:
        return YES
    text = f"An order that is {WORDS.get(status, status)} has sent nothing that could come back."
    return Verdict((Reason("wrong-state", text, "you", "Look at the number of the order."),))


def is_of_safety(verdict: Verdict) -> bool:
    """Whether the gate closed on an accepted order for more than the time that passed: then its money goes back."""
    return not OF_TIME.issuperset(verdict.codes)


@dataclass(frozen=True, slots=True)
class Priced:
    """One line as money sees it: `unit` includes VAT of `tax_percent`; a discount takes `off_minor` off the whole line, and what
    is left is what is taxed."""

    unit: Money
    quantity: int
    tax_percent: Decimal
    off_minor: int = 0

    @property
    def full(self) -> Money:
        return self.unit * self.quantity

    @property
    def off(self) -> Money:
        return Money(self.off_minor, self.unit.currency)

    @property
    def gross(self) -> Money:
        return self.full - self.off

    @property
    def tax(self) -> Money:
        return tax_within(self.gross, self.tax_percent)


@dataclass(frozen=True, slots=True)
class Totals:
    """What an order costs. `goods` are at their prices, `off` is what a discount takes off them; `tax` is contained in `total`."""

    goods: Money
    off: Money
    delivery: Money
    delivery_tax: Money
    tax: Money

    @property
    def to_pay_for_goods(self) -> Money:
        return self.goods - self.off

    @property
    def total(self) -> Money:
        return self.to_pay_for_goods + self.delivery


def totals(lines: Iterable[Priced], delivery: Money) -> Totals:
    """Goods, what is taken off them, delivery, the tax in the rest. Tax is rounded per line, so that the lines printed add up."""
    lines = list(lines)
    goods = off = tax = delivery_tax = Money(0, delivery.currency)
    for line in lines:
        goods, off, tax = goods + line.full, off + line.off, tax + line.tax
    for part in delivery_parts(lines, delivery):
        delivery_tax += part.tax
    return Totals(goods, off, delivery, delivery_tax, tax + delivery_tax)


def delivery_parts(lines: Iterable[Priced], delivery: Money) -> list[Priced]:
    """The price of delivery by the rates of the goods that it brings, which it follows: all of it at one rate where they bear
    one, else shared by what is paid for them, the lowest rate first. Where nothing is paid for any, the highest rate bears it."""
    goods: dict[Decimal, int] = {}
    for line in lines:
        goods[line.tax_percent] = goods.get(line.tax_percent, 0) + line.gross.minor
    rates = sorted(rate for rate in goods if goods[rate]) or sorted(goods)[-1:]
    parts = in_proportion(delivery.minor, [goods[rate] or 1 for rate in rates])
    return [Priced(Money(part, delivery.currency), 1, rate) for part, rate in zip(parts, rates, strict=True) if part]


def may_be_charged(costs: Totals) -> Verdict:
    """Refuses a total so small that no card is charged with it."""
    if costs.total.minor >= LEAST_MINOR:
        return YES
    text = f"That would be {in_pounds(costs.total.minor)}; no card is charged with less than {in_pounds(LEAST_MINOR)}."
    step = "Have it sent by post, choose something more, or take the discount code out of your basket."
    return Verdict((Reason("total-too-small", text, "you", step),))


def worth(paid_minor: int, quantity: int, first: int, last: int) -> int:
    """What was paid for some units of a line, from one on until another: a price that a discount made uneven is laid on them so
    that all units together are the whole line to the penny."""
    return paid_minor * last // quantity - paid_minor * first // quantity


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where an order goes: `kind` is a way of the terms of delivery. An empty recipient means the client."""

    kind: str
    recipient: str = ""
    address: str = ""
    country: str = HOME
