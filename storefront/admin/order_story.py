"""The story of one order in one column: what was done, what the client answered, what the gate said each time, and what the
client was told, in the order in which it came. Nothing of anybody's care is in it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy import select

from catalogue import journal
from catalogue.journal import JournalEntry
from catalogue.money import Money
from catalogue.verdicts import Refused
from storefront.db import db, transaction
from storefront.eligibility.models import Recheck
from storefront.messages.models import Message
from storefront.orders import gate_reports
from storefront.orders.asked import Asked
from storefront.orders.editing import CHANGED, edits_of
from storefront.orders.gate_reports import GateClosed, GateReport, reports_of
from storefront.orders.models import Order
from storefront.orders.rules import MOVES, WHY, WORDS
from storefront.orders.stop_models import Cancellation, Hold
from storefront.orders.telling import kept_for_the_desk

GATE_ASKED = {
    "placing": "when the order was placed",
    "payment": "when the payment came",
    "daily": "on the day, as on every day until it leaves",
    "change": "because something had changed",
    "packing": "before packing",
    "dispatch": "before it leaves",
    "lifting": "before it goes on",
}
UNSENT = {"waiting": "not sent yet", "failing": "to be tried again", "given-up": "given up", "came-back": "came back"}


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the story. `kind`: what it is about; `more`: lines that belong to it."""

    at: datetime
    kind: str
    text: str
    by: str = ""
    href: str = ""
    tone: str = ""
    more: tuple[str, ...] = ()
    amount: Money | None = None


def keep_the_no(error: Refused) -> None:
    """Where the gate closed on a step, which is rolled back by now: what it said is kept, in a transaction of its own."""
    if isinstance(error, GateClosed):
        with transaction():
            gate_reports.keep(error)


def story_of(order: Order) -> list[Told]:
    """The oldest first; of one instant what was asked comes before the act, and its mail after it. Six queries at most."""
    told = [*_answered(order), *_authorised(order), *_asked(order), *_done(order), *_changed(order), *_written(order)]
    return sorted(told, key=lambda each: each.at)


def _done(order: Order) -> Iterator[Told]:
    for entry in journal.entries_of(db.session(), "order", order.number):
        if entry.verb == CHANGED:  # told whole by its own row
            continue
        particulars = json.loads(entry.particulars)
        minor = particulars.get("amount_minor")
        sum_of = None if minor is None else Money(minor, order.currency)
        why = _why(order, particulars.get("was", ""), entry)
        yield Told(entry.at, "act", entry.verb[:1].upper() + entry.verb[1:], entry.by_name, more=why, amount=sum_of)


def _authorised(order: Order) -> Iterator[Told]:
    if order.authorised_at:
        yield Told(order.authorised_at, "act", "Payment authorised", "the bank", more=("It holds the money for us.",))


def _why(order: Order, was: str, entry: JournalEntry) -> tuple[str, ...]:
    """Why an order moved: by its table, or by the reason that was kept with its hold or its end."""
    new = next((status for status in MOVES.get(was, ()) if entry.verb == f"order {WORDS[status]}"), "")
    ends = [order.cancellation] if order.cancellation and new == "cancelled" else []
    kept: list[Hold | Cancellation] = [*order.holds] if new == "on_hold" else [*ends]
    own = [text for row in kept if row.at == entry.at for text in kept_for_the_desk(row.why, row.codes)]
    return tuple(own) or ((WHY[was, new],) if WHY.get((was, new)) else ())


def _changed(order: Order) -> Iterator[Told]:
    """What the clinic changed before it was packed: how it was, how it is, and why."""
    for edit in edits_of(order.id):
        yield Told(edit.at, "edit", "Order changed", edit.by_name, more=(*edit.changes, f"Why: {edit.why}"))


def _answered(order: Order) -> Iterator[Told]:
    """That the two short questions were asked; an order stands on nothing new alone."""
    found = select(Recheck).join(Asked, Asked.recheck_id == Recheck.id).where(Asked.order_id == order.id)
    for recheck in db.session.scalars(found):
        yield Told(recheck.at, "question", "The two short questions were asked, and nothing was new", recheck.by_name)


def _asked(order: Order) -> Iterator[Told]:
    for report in reports_of(order):
        answer, tone = ("yes", "ok") if report.is_yes else ("no", "stop")
        text = f"The gate was asked {GATE_ASKED[report.moment]}: {answer}"
        yield Told(report.at, "gate", text, tone=tone, more=_reasons(report))


def _reasons(report: GateReport) -> tuple[str, ...]:
    """What the desk may read of a no; under which specification a yes was said."""
    if report.is_yes:
        return (f"Specification {report.rests_on['Specification']}",)
    return tuple(dict.fromkeys(kept_for_the_desk(report.why, report.codes)))


def _written(order: Order) -> Iterator[Told]:
    found = select(Message).where(Message.about == order.number).order_by(Message.id)
    for mail in db.session.scalars(found):
        href = url_for("admin.message", reference=mail.reference)
        state = () if mail.state == "sent" else (UNSENT[mail.state],)
        yield Told(mail.queued_at, "mail", mail.subject, href=href, more=state)
