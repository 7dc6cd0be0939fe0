"""Rules about exceptions for orders that are too early, pure: which one lifts the day of a line, what a client may ask for, and
what a practitioner may grant. An exception lifts the day of one product, for one order, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.approval_rules import approval_in_force, approval_reasons
from storefront.eligibility.early_models import EarlyAnswer, EarlyWish
from storefront.eligibility.models import Approval, Client
from storefront.eligibility.policy import Policy
from storefront.eligibility.product_rules import (
    Purchases,
    Wanted,
    allergen_reasons,
    opens_on,
    product_reasons,
    reacted_reasons,
)
from storefront.eligibility.reasons import day_in_words, reason

MEANING = "I judged that this client may order this once before its day, within these limits."
ASK_AGAIN = "You may ask again, or call the clinic."


@dataclass(frozen=True, slots=True)
class Grant:
    """At most so many of the product, in one order, ordered no later than that day."""

    quantity: int
    until: date


def exception_for(approval: Approval, line: Wanted, purchases: Purchases, ordered_on: date) -> EarlyAnswer | None:
    """The exception that lifts the day of this line: granted under this very approval for this product and at least as many,
    not past its last day when it was ordered, and used up by no other order."""
    used = {each.exception_id for each in purchases}
    for wish in approval.early_wishes:
        granted = wish.answer
        if granted is None or granted.quantity is None or granted.until is None or granted.id in used:
            continue
        if wish.product_id == line.product.id and line.quantity <= granted.quantity and ordered_on <= granted.until:
            return granted
    return None


def wishes_of(client: Client) -> list[EarlyWish]:
    """Everything that was ever asked for, the oldest first."""
    found = [wish for approval in client.approvals for wish in approval.early_wishes]
    return sorted(found, key=lambda wish: wish.id)


def standing_wishes(client: Client, today: date) -> list[EarlyWish]:
    """What was asked for under the approval in force; with another approval, or none, it is over."""
    approval = approval_in_force(client, today)
    return list(approval.early_wishes) if approval else []


def waiting_wishes(client: Client, today: date) -> list[EarlyWish]:
    """What a practitioner has not answered yet."""
    return [wish for wish in standing_wishes(client, today) if wish.answer is None]


def last_wishes(client: Client | None, today: date) -> dict[int, EarlyWish]:
    """The last that was asked for each product under the approval in force, by the product's id."""
    return {wish.product_id: wish for wish in standing_wishes(client, today)} if client else {}


def may_wish(
    client: Client, line: Wanted, why: str, purchases: Purchases, policy: Policy, today: date
) -> tuple[Verdict, date | None]:
    """Whether an exception may be asked for, and the day that it would lift. Refuses without an approval in force, for a product
    that it does not allow or that is not too early, for more than it allows, while one waits or is granted, or without a reason."""
    approval = approval_in_force(client, today)
    if approval is None:
        return Verdict(tuple(approval_reasons(client, today))), None
    found = [*product_reasons(approval, line, policy), *allergen_reasons(client, line), *reacted_reasons(client, line)]
    day = opens_on(approval, line.product, purchases, policy)
    if day is None or today >= day:
        text = f"{line.product.name} is not too early: no exception is needed."
        found.append(Reason("not-too-soon", text, "nobody", "Put it in your basket."))
    if line.quantity > approval.quantity:
        words = {"allowed": approval.quantity, "what": line.product.name, "wanted": line.quantity}
        found.append(reason("too-many", line.product.sku, **words))
    found += _asked_already(approval, line, purchases, today)
    if not why.strip():
        found.append(Reason("no-reason", "Your practitioner needs to know why.", "you", "Write it in a few words."))
    return Verdict(tuple(found)), day


def _asked_already(approval: Approval, line: Wanted, purchases: Purchases, today: date) -> Iterator[Reason]:
    if any(wish.answer is None for wish in approval.early_wishes if wish.product_id == line.product.id):
        text = f"You asked for an exception for {line.product.name} already."
        yield Reason("asked-already", text, "your practitioner", "You get a mail as soon as it is answered.")
    elif exception_for(approval, line, purchases, today) is not None:
        text = f"An exception for {line.product.name} is granted already."
        yield Reason("granted-already", text, "nobody", "Put it in your basket.")


def may_answer_wish(client: Client, wish: EarlyWish, grant: Grant | None, told: str, today: date) -> Verdict:
    """Whether a practitioner may answer so. Refuses when the approval that it hangs on is in force no longer, when it grants more
    or longer than that approval, or without a note."""
    approval = approval_in_force(client, today)
    if approval is None or approval.id != wish.approval_id:
        text = "The approval under which this was asked is no longer in force."
        return Verdict((Reason("approval-changed", text, "the practitioner", "Look at the record again."),))
    found = []
    if grant is not None and not 0 < grant.quantity <= approval.quantity:
        found.append(Reason("quantity", f"From 1 to {approval.quantity}.", "the practitioner", "Change the number."))
    if grant is not None and not today <= grant.until <= approval.valid_until:
        text = f"From today to {day_in_words(approval.valid_until)}, when the approval ends."
        found.append(Reason("until", text, "the practitioner", "Choose another day."))
    if not told.strip():
        found.append(Reason("note", "A note has to say why; the client reads it.", "the practitioner", "Write it."))
    return Verdict(tuple(found))
