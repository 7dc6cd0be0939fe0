"""What the clinic may change of an order that a client has paid for: take out of it, and put right where it goes. Whatever costs
more only the client can pay. Pure: no session, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalogue.verdicts import YES, Reason, Verdict
from storefront.orders.delivery_terms import HOME
from storefront.orders.rules import EDITABLE, UNPAID, WORDS, Delivery

COLLECTION = "collection"
CLIENT_ORDERS = "Ask them to order it themselves: the gate is asked again, and they pay for it."


@dataclass(frozen=True, slots=True)
class Content:
    """What an order holds and where it goes; `units` by the id of their line."""

    units: Mapping[int, int]
    delivery: Delivery

    @property
    def is_empty(self) -> bool:
        return not any(self.units.values())


def may_edit(status: str, before: Content, after: Content) -> Verdict:
    """Refuses with every reason why an order of this status cannot become so."""
    found = [*_status(status)]
    if any(n > before.units.get(line_id, 0) for line_id, n in after.units.items()):
        text = "More units, or another product, cost more than was paid."
        found.append(Reason("edit-adds", text, "the client", CLIENT_ORDERS))
    if before.delivery.kind == COLLECTION != after.delivery.kind:
        text = "To send by post what was to be collected costs more than was paid."
        step = "Let them collect it, or stop it and ask them to order it by post."
        found.append(Reason("edit-adds", text, "the client", step))
    if after.delivery.kind == COLLECTION and before.delivery.country != HOME:
        text = "It was sold without the tax that is due at the clinic, because it was to go abroad."
        step = "Send it there, or stop it and ask them to order it for collection."
        found.append(Reason("edit-country", text, "nobody", step))
    if after == before:
        text = "Nothing is different from what the order says already."
        found.append(Reason("edit-nothing", text, "you", "Change what is to be changed, or leave it as it is."))
    return Verdict(tuple(found))


def _status(status: str) -> tuple[Reason, ...]:
    if status in EDITABLE:
        return ()
    text, step = f"An order that is {WORDS.get(status, status)} cannot be changed.", "Look at the order again."
    if status in UNPAID:
        text, step = (
            "It is not paid, and its payment page asks for the whole.",
            "The client may cancel it and order anew.",
        )
    if status == "packed":
        step = "Stop it for good, or send it and take back what is too much."
    if status == "on_hold":
        step = "Let it go on first, or stop it for good."
    return (Reason("wrong-state", text, "you", step),)


def leaves_something(left_minor: int) -> Verdict:
    """Refuses when nothing of the price would be left: nothing is sold for nothing, and what all goes back is never taken."""
    if left_minor > 0:
        return YES
    text = "Nothing of what was paid would be left for the goods that stay."
    step = "Leave it as it is, or stop it for good; they may order anew."
    return Verdict((Reason("edit-free", text, "nobody", step),))


def less(before: Content, after: Content) -> dict[int, int]:
    """How many units each line loses, by its id."""
    lost = {line_id: n - after.units.get(line_id, n) for line_id, n in before.units.items()}
    return {line_id: n for line_id, n in lost.items() if n}
