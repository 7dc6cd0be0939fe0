"""Asking for a return, and ending it: what was seen of the goods decides, the units go where the rule lets them, the money is
promised, and the order says how much of it came back, all in one transaction."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update

from catalogue.journal import Who, note
from catalogue.money import Money
from catalogue.verdicts import Reason, Refused, Stale, Verdict, require
from storefront.db import db, rows_changed
from storefront.orders.models import Order, Refund
from storefront.orders.moving import move, tell
from storefront.orders.owing import owe_refund
from storefront.orders.records import locked
from storefront.orders.return_models import GoodsReturn, ReturnLine
from storefront.orders.return_records import (
    delivered_on,
    delivery_left,
    find_return,
    lines_left,
    report_of,
    with_client,
)
from storefront.orders.return_rules import counted, hygiene, may_ask, parts_of, restocked_kinds, return_reasons, unpaid
from storefront.orders.returning import take_back
from storefront.orders.rules import has_left
from storefront.orders.slips import LETTERS

NUMBER_LENGTH = 7


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client wants to give back: units by the id of their line."""

    reason: str
    is_opened: bool
    units: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """What arrived, by the code of its batch: units put back on the shelf, and units destroyed. `why` is for the ledger;
    `refusal`: the words with which the clinic pays nothing back, for the client to read."""

    is_opened: bool
    restocked: Mapping[str, int]
    destroyed: Mapping[str, int]
    why: str = ""
    refusal: str = ""


def ask_return(number: str, asked: Asked, by: Who, now: datetime, today: date) -> GoodsReturn:
    """A return that waits for the goods, or for the clinic's word. Refuses when nothing was sent, it is too late, the seal is
    broken without a fault, or more is asked back than is left."""
    order = locked(number)
    require(has_left(order.status))
    reason, wanted = return_reasons()[asked.reason], {line_id: n for line_id, n in asked.units.items() if n}
    require(may_ask(reason, asked.is_opened, wanted, lines_left(order.id), delivered_on(order.id), today))
    name = "RT-" + "".join(secrets.choice(LETTERS) for _ in range(NUMBER_LENGTH))
    mine = GoodsReturn(number=name, order_id=order.id, reason=asked.reason, is_opened=asked.is_opened)
    mine.asked_at, mine.asked_by, mine.ended_at, mine.ended_by = now, by.name, None, None
    mine.reaction_id = report_of(order, wanted) if asked.reason == "reaction" else None
    mine.lines = [ReturnLine(line_id=line_id, quantity=n, paid_back=0) for line_id, n in wanted.items()]
    db.session.add(mine)
    note(db.session(), "return asked for", "order", number, by, now, number=name)
    tell(order, "return_asked", now, number=name, comes_back=reason.comes_back)
    db.session.flush()
    return mine


def end_return(name: str, seen: Seen, by: Who, now: datetime) -> GoodsReturn:
    """Lays the units where they go and promises the money for them; without any it is refused, and says why.

    Refuses when it has ended, more arrived than was asked for, or something would be restocked that may not be.
    """
    mine = find_return(name)
    if mine is None:
        raise LookupError(name)
    order = locked(mine.order.number)
    db.session.refresh(mine, ["ended_at"])
    if mine.ended_at is not None:
        raise Stale.because("wrong-state", "This return has ended.", "nobody", "Look at it again.")
    arrived = _arrived(mine, seen)
    for fate, units in (("restocked", seen.restocked), ("destroyed", seen.destroyed)):
        for code, n in sorted(units.items()):
            if n:
                take_back(order.number, code, n, by, now, seen.why or f"return {name}", fate)
    refusal = _refusal(mine, seen)
    paid = {} if refusal else arrived if mine.why.comes_back else {each.line_id: each.quantity for each in mine.lines}
    refund = _pay(mine, order, {line_id: n for line_id, n in paid.items() if n}, by, now)
    ended = update(GoodsReturn).where(GoodsReturn.id == mine.id, GoodsReturn.ended_at.is_(None))
    told = {"ended_at": now, "ended_by": by.name, "was_opened": seen.is_opened, "words": _words(refusal, refund)}
    if rows_changed(ended.values(refund_id=refund and refund.id, **told)) != 1:
        raise Stale.because("wrong-state", "This return has ended.", "nobody", "Look at it again.")
    note(db.session(), "return ended", "order", order.number, by, now, number=name, is_paid=refund is not None)
    back = Money(refund.amount_minor if refund else 0, order.currency)
    tell(order, "return_ended", now, number=name, amount=back, is_paid=refund is not None)
    return mine


def _refusal(mine: GoodsReturn, seen: Seen) -> str:
    """Why nothing is paid back, in words for the client; nothing where it is."""
    if hygiene(mine.why, seen.is_opened):
        return "It arrived with its seal broken, so for reasons of hygiene it cannot come back."
    return seen.refusal.strip()


def _words(refusal: str, refund: Refund | None) -> str:
    return "" if refund else refusal or "Nothing arrived, or nothing of it was left to pay back."


def _arrived(mine: GoodsReturn, seen: Seen) -> dict[int, int]:
    """Units by line. Refuses what was not asked for, and to restock what may not be sold again."""
    kinds = {each.line_id: each.line.kind for each in mine.lines}
    found, wrong = dict.fromkeys(kinds, 0), []
    lines = {batch.code: unit.line_id for unit, batch in with_client(mine.number)}
    for code in {*seen.restocked, *seen.destroyed}:
        if code not in lines:
            raise Refused.because(
                "no-batch", f"No unit of {code} is on its way back.", "you", "Look at its pack again."
            )
        restocked = seen.restocked.get(code, 0)
        found[lines[code]] += restocked + seen.destroyed.get(code, 0)
        if restocked and (seen.is_opened or kinds[lines[code]] not in restocked_kinds()):
            text = f"{code}: only a serum in its unbroken seal may be sold again."
            wrong.append(Reason("not-restocked", text, "nobody", "Destroy it."))
    if any(found[each.line_id] > each.quantity for each in mine.lines):
        text = "More units arrived than this return was asked for."
        wrong.append(Reason("return-too-many", text, "you", "Ask the client to return the others by themselves."))
    require(Verdict(tuple(wrong)))
    return found


def _pay(mine: GoodsReturn, order: Order, paid: Mapping[int, int], by: Who, now: datetime) -> Refund | None:
    """The refund of these units, with the delivery when they are the last of the order; None when nothing is left to pay."""
    left = lines_left(order.id)
    paid = unpaid(paid, left)
    if not paid:
        return None
    for each in mine.lines:
        each.paid_back = paid.get(each.line_id, 0)
    db.session.flush()
    left, most = counted(left, paid), order.total_minor - order.owed_back_minor
    is_whole = all(line.back == line.quantity for line in left)
    parts = parts_of(paid, left, delivery_left(order), is_whole, most)
    status = "returned" if is_whole else "returned_in_part"
    if order.status != status:
        move(order, status, by, now)
    return owe_refund(order, sum(parts.values()), mine.why.desk, by, now, parts) if parts else None
