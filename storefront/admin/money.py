"""Money that is not where it should be, for the desk: what is contested, what could not be taken or was taken in another sum, what
ended for its payment, and what does not match Stripe's book. Each list is one query, cut at SHOWN."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, selectinload

from catalogue.money import Money
from storefront.db import db
from storefront.orders.dispute_models import Dispute
from storefront.orders.dispute_rules import TO_ANSWER
from storefront.orders.disputes import contested_orders
from storefront.orders.models import Capture, Order
from storefront.orders.stop_models import Cancellation, Hold
from storefront.payments.models import Reconciliation

SHOWN = 20
TOLD_FOR = timedelta(days=7)
OVERDUE = timedelta(hours=30)
ENDED_FOR = {
    "payment-lost": "The bank let go of the money; nothing was taken, and the client is told: nothing to send",
    "payment-differs": "Another amount or currency was authorised; it was let go of: call the client",
}


@dataclass(frozen=True)
class Line:
    """One thing to look at, with what to do. `number` is None where there is no order; `amount` is what it is about, and `by` the
    day until which it can be done."""

    code: str
    tone: str
    number: str | None
    name: str
    why: str
    amount: Money | None = None
    by: datetime | None = None


def money_to_look_at(compared: Reconciliation | None, now: datetime) -> list[Line]:
    """Everything, what does not match first. A fixed number of queries, however much it is."""
    return [*_mismatches(compared), *_contested(), *_won(), *_captures(), *_ended(now)]


def last_comparison() -> Reconciliation | None:
    """The last time that the books were compared, with what did not match."""
    done = select(Reconciliation).where(Reconciliation.done_at.is_not(None)).order_by(Reconciliation.done_at.desc())
    latest = done.order_by(Reconciliation.id.desc()).options(selectinload(Reconciliation.mismatches))
    return db.session.scalar(latest.limit(1))


def is_overdue(comparison: Reconciliation | None, now: datetime) -> bool:
    """Whether a night went by without it."""
    return comparison is not None and comparison.done_at is not None and comparison.done_at < now - OVERDUE


def _mismatches(compared: Reconciliation | None) -> Iterator[Line]:
    shown = compared.mismatches[:SHOWN] if compared else []
    asked = [each.order_number for each in shown]
    ours = set(db.session.scalars(select(Order.number).where(Order.number.in_(asked))))
    for each in shown:
        number = each.order_number if each.order_number in ours else None
        yield Line(each.kind, "stop", number, each.intent_id, f"{each.told} {each.what_to_do}")


def _contested() -> Iterator[Line]:
    found = select(Dispute).join(Dispute.order).options(contains_eager(Dispute.order))
    found = found.where(Dispute.ended_at.is_(None)).order_by(Dispute.answer_by, Dispute.id).limit(SHOWN)
    for dispute in db.session.scalars(found):
        is_ours = dispute.status in TO_ANSWER and dispute.answer_by is not None
        step = "answer at Stripe by" if is_ours else dispute.words
        why = f"is contested ({dispute.reason.replace('_', ' ')}): {step}"
        tone, by = ("stop", dispute.answer_by) if is_ours else ("soon", None)
        yield Line("disputed", tone, dispute.order.number, "Dispute", why, dispute.amount, by)


def _won() -> Iterator[Line]:
    """Orders that wait although their dispute has ended well: a person lets them go on."""
    kept = select(Dispute.order_id).where(Dispute.status.in_(("won", "warning_closed")))
    still = select(Hold.order_id).where(Hold.lifted_at.is_(None), Hold.codes.contains("disputed"))
    found = select(Order.number).where(Order.status == "on_hold", Order.owed_back_minor == 0)
    found = found.where(Order.id.in_(kept), Order.id.in_(still), Order.id.not_in(contested_orders()))
    for number in db.session.scalars(found.order_by(Order.id).limit(SHOWN)):
        yield Line("dispute-won", "soon", number, "Dispute won", "The money is ours: let the order go on")


def _captures() -> Iterator[Line]:
    """Captures that failed and are tried again, and those of another sum."""
    failing = (Capture.attempts > 0) & (Capture.last_error != "")
    owed = Capture.done_at.is_(None) & Capture.lost_at.is_(None)
    found = select(Capture, Order.number).join(Order, Capture.order_id == Order.id)
    found = found.where(owed, failing | Capture.taken_minor.is_not(None)).order_by(Capture.id).limit(SHOWN)
    for capture, number in db.session.execute(found):
        if capture.taken is not None:
            why = "was taken outside the shop: stop the order, and it goes back"
            yield Line("captured-differs", "stop", number, "Another sum was taken", why, capture.taken)
        else:
            why = f"Tried {capture.attempts} times, and tried again by itself; else call the client"
            why += ". The bank holds the money until" if capture.capture_before else ""
            yield Line("capture-failing", "soon", number, "Money not taken yet", why, by=capture.capture_before)


def _ended(now: datetime) -> Iterator[Line]:
    """Orders that ended in the last days because of their payment."""
    found = select(Order.number, Cancellation.codes).join(Order, Cancellation.order_id == Order.id)
    found = found.where(Cancellation.codes.in_(tuple(ENDED_FOR)), Cancellation.at >= now - TOLD_FOR)
    for number, code in db.session.execute(found.order_by(Cancellation.id.desc()).limit(SHOWN)):
        yield Line(code, "soon", number, "Ended for its payment", ENDED_FOR[code])
