"""What a discount code takes off, and when it counts. Pure: no session, no clock. It lowers what is paid for goods and nothing
else: delivery stays as it is, and what a client may have is the gate's matter, asked as if there were no code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from catalogue.money import in_pounds, shared
from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.reasons import day_in_words
from storefront.orders.discount_models import Discount

OTHER = "Try another code, or order without one."


@dataclass(frozen=True, slots=True)
class Goods:
    """One line as a code sees it: `full_minor` is the whole line at its price."""

    kind: str
    sku: str
    full_minor: int


def plain(code: str) -> str:
    """A code as it is kept: case and spaces are no matter."""
    return "".join(code.split()).upper()


def shares(discount: Discount, goods: Sequence[Goods]) -> list[int]:
    """What is taken off each line, in pence. What the code is for bears it by price, to the penny; nothing goes below zero."""
    bearing = [one.full_minor if _is_for(discount, one) else 0 for one in goods]
    whole = sum(bearing)
    part = (whole * (discount.per_cent or 0) + 50) // 100
    return shared(part if discount.amount_minor is None else min(discount.amount_minor, whole), bearing)


def _is_for(discount: Discount, one: Goods) -> bool:
    only = discount.limited_to.split()
    return not only or one.kind in only or one.sku in only


def may_use(discount: Discount, goods: Sequence[Goods], has_used: bool, today: date) -> Verdict:
    """Refuses with every reason why a code takes nothing off these goods today. `has_used`: an order of this client has it."""
    found = [*_reasons_of_time(discount, today)]
    if discount.most_uses is not None and discount.used >= discount.most_uses:
        found.append(Reason("discount-used-up", f"{discount.code} is used up.", "nobody", OTHER))
    if has_used and discount.is_once:
        text = f"You have used {discount.code} already; it counts once for each client."
        found.append(Reason("discount-used-by-you", text, "nobody", OTHER))
    whole = sum(one.full_minor for one in goods)
    if whole < discount.least_goods_minor:
        least, has = in_pounds(discount.least_goods_minor), in_pounds(whole)
        text = f"{discount.code} counts from {least} of goods on; yours are {has}."
        found.append(Reason("discount-least-total", text, "you", "Put more in your basket."))
    if goods and not any(_is_for(discount, one) for one in goods):
        text = f"{discount.code} is for other products: {told_only(discount)}."
        found.append(Reason("discount-other-goods", text, "you", OTHER))
    return Verdict(tuple(found))


def _reasons_of_time(discount: Discount, today: date) -> list[Reason]:
    if discount.ended_at is not None or (discount.ends_on is not None and today > discount.ends_on):
        on = f" since {day_in_words(discount.ends_on)}" if discount.ends_on and today > discount.ends_on else ""
        return [Reason("discount-over", f"{discount.code} is over{on}.", "nobody", OTHER)]
    if today < discount.starts_on:
        text = f"{discount.code} does not count yet: it begins on {day_in_words(discount.starts_on)}."
        return [Reason("discount-not-yet", text, "nobody", "Wait until then, or order without it.")]
    return []


def standing(discount: Discount, today: date) -> str:
    """Where a code stands, as the desk reads it."""
    if discount.ended_at is not None:
        return "ended"
    codes = [reason.code for reason in _reasons_of_time(discount, today)]
    if codes:
        return "over" if "discount-over" in codes else "not yet"
    return "used up" if discount.most_uses is not None and discount.used >= discount.most_uses else "in use"


def told_worth(discount: Discount) -> str:
    """10 %, or £5.00."""
    return f"{discount.per_cent} %" if discount.per_cent is not None else in_pounds(discount.amount_minor or 0)


def told_only(discount: Discount) -> str:
    """What it is for, in words."""
    words = {"roller": "rollers", "serum": "serums"}
    return ", ".join(words.get(one, one) for one in discount.limited_to.split()) or "all products"
