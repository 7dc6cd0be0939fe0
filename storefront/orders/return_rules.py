"""What may come back and what is paid for it, from the reasons in `returns.toml`. Pure: no session, no clock. The hygiene rule is
asked twice, of what the client says when they ask and of what is seen when it arrives."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from catalogue.verdicts import Reason, Verdict
from storefront.orders.rules import worth

DELIVERY = None  # the part of a refund that pays the delivery back, beside those of lines
Parts = Mapping[int | None, int]


@dataclass(frozen=True, slots=True)
class ReturnReason:
    """`desk`: as the desk reads it, without a word of anybody's skin. `days`: None means always."""

    code: str
    name: str
    desk: str
    days: int | None
    opened: bool
    comes_back: bool
    source: str
    url: str


@dataclass(frozen=True, slots=True)
class LineLeft:
    """A line as a return sees it: the units not yet asked for, how many there were and what was paid for all of them, how many are
    `back`, those that are just being paid back among them, and what of the line is not yet paid back."""

    line_id: int
    units: int
    quantity: int
    paid_minor: int
    back: int
    left_minor: int

    def worth(self, n: int) -> int:
        """What was paid for the last `n` of the units that are back; for all units together it is to the penny what was paid."""
        return worth(self.paid_minor, self.quantity, self.back - n, self.back)


@cache
def return_reasons() -> dict[str, ReturnReason]:
    rows = _read()["reasons"]
    return {code: ReturnReason(code=code, **{"days": None, "url": "", **row}) for code, row in rows.items()}


@cache
def restocked_kinds() -> frozenset[str]:
    """Kinds of product that may be sold again when their seal is unbroken."""
    return frozenset(_read()["restock"]["kinds"])


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "returns.toml").read_text("utf-8"))


def last_day(reason: ReturnReason, delivered_on: date | None) -> date | None:
    """Until when it may be asked for; None where no day ends it, or the parcel has not arrived."""
    if reason.days is None or delivered_on is None:
        return None
    return delivered_on + timedelta(days=reason.days)


def hygiene(reason: ReturnReason, is_opened: bool) -> tuple[Reason, ...]:
    if reason.opened or not is_opened:
        return ()
    text = "Once the seal is broken it cannot come back, unless it is faulty or your skin reacted."
    return (Reason("return-opened", text, "nobody", "If something is wrong with it, say so as the reason."),)


def may_ask(
    reason: ReturnReason,
    is_opened: bool,
    wanted: Mapping[int, int],
    left: Collection[LineLeft],
    delivered_on: date | None,
    today: date,
) -> Verdict:
    """Refuses with every reason why these units may not come back."""
    found = [*hygiene(reason, is_opened)]
    until = last_day(reason, delivered_on)
    if until is not None and today > until:
        text = f"Sealed goods could come back until {until.isoformat()}: {reason.days} days from delivery."
        found.append(Reason("return-too-late", text, "nobody", "If something is wrong with it, say so as the reason."))
    units = {line.line_id: line.units for line in left}
    if not any(wanted.values()) or min(wanted.values()) < 0:
        found.append(Reason("return-nothing", "No unit is chosen.", "you", "Say how many come back."))
    if any(n > units.get(line_id, 0) for line_id, n in wanted.items()):
        text = "More units are chosen than are left of this order to come back."
        found.append(Reason("return-too-many", text, "you", "Look at your other returns of this order."))
    return Verdict(tuple(found))


def unpaid(units: Mapping[int, int], left: Collection[LineLeft]) -> dict[int, int]:
    """Of so many units of each line those that are not paid back yet, for whatever reason; no unit is paid back twice."""
    found = {line.line_id: min(units.get(line.line_id, 0), line.quantity - line.back) for line in left}
    return {line_id: n for line_id, n in found.items() if n > 0}


def counted(left: Collection[LineLeft], paid: Mapping[int, int]) -> list[LineLeft]:
    """The same lines with these units among those that are back."""
    return [replace(line, back=line.back + paid.get(line.line_id, 0)) for line in left]


def parts_of(
    paid: Mapping[int, int], left: Collection[LineLeft], delivery_left: int, is_whole: bool, most: int
) -> dict[int | None, int]:
    """What is paid back for so many units of each line, the delivery with the last of them; never more than is left of a line,
    and of the whole order (`most`)."""
    wanted: list[tuple[int | None, int]] = [
        (line.line_id, min(line.worth(paid.get(line.line_id, 0)), line.left_minor)) for line in left
    ]
    if is_whole:
        wanted.append((DELIVERY, delivery_left))
    found: dict[int | None, int] = {}
    for part, amount in wanted:
        given = min(amount, most - sum(found.values()))
        if given > 0:
            found[part] = given
    return found
