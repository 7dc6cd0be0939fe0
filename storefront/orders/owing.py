"""The money that is owed at the payment provider, as rows: captures, releases, refunds, and sessions to be closed. This room
only promises and records; `payments/` carries out. A promise to give back is guarded, so that it never exceeds the order."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Select, Update, delete, literal, select, update

from catalogue.journal import SYSTEM, Who, note
from catalogue.money import Money, shared
from catalogue.verdicts import Reason, Refused, Stale, Verdict
from storefront.db import db, rows_changed
from storefront.orders.models import Capture, Closing, Order, Refund, Release
from storefront.orders.moving import add_cancellation, give_back, move, tell, tell_clinic
from storefront.orders.return_models import RefundPart
from storefront.orders.return_rules import Parts
from storefront.orders.rules import ACCEPTED

NEVER_TAKEN = Reason(
    "never-taken", "The order was stopped before its money was taken.", "the clinic", "Read why above."
)
WARNED_BEFORE = timedelta(days=1)
PAYMENT_LOST = Reason(
    "payment-lost", "The bank let go of the money before it was taken.", "you", "You may order again."
)


def owe_capture(order: Order, now: datetime, capture_before: datetime | None = None) -> None:
    """Promises the one capture of an order that was just accepted; after `capture_before` the bank lets go of the money."""
    capture = Capture(order_id=order.id, intent_id=order.intent_id, amount_minor=order.total_minor)
    capture.capture_before = capture_before
    capture.owed_at = capture.due_at = now
    db.session.add(capture)


def owe_release(order: Order, intent_id: str, now: datetime) -> bool:
    """Promises to cancel an authorisation, once, however often it is asked for; what was taken meanwhile goes back. False when
    that is promised already."""
    if db.session.scalar(select(Release.id).where(Release.intent_id == intent_id)) is not None:
        return False
    release = Release(order_id=order.id, intent_id=intent_id)
    release.owed_at = release.due_at = now
    db.session.add(release)
    return True


def owe_closing(order: Order, now: datetime) -> None:
    """Promises to close the payment page of an order that will not be paid; its units come back after that."""
    if db.session.scalar(select(Closing.id).where(Closing.order_id == order.id)) is None:
        closing = Closing(order_id=order.id)
        closing.owed_at = closing.due_at = now
        db.session.add(closing)


def owe_refund(
    order: Order,
    amount_minor: int,
    why: str,
    by: Who,
    now: datetime,
    parts: Parts = MappingProxyType({}),
    units: Mapping[int, int] = MappingProxyType({}),
) -> Refund:
    """Promises money back; `parts` say what of it pays back which line, or the delivery, and `units` for how many without a return.

    Refuses when more would be given back than the order cost, or none was taken for it.
    """
    guarded = update(Order).where(Order.id == order.id, Order.status.in_(ACCEPTED), literal(amount_minor) > 0)
    guarded = guarded.where(Order.owed_back_minor + amount_minor <= Order.total_minor)
    if rows_changed(guarded.values(owed_back_minor=Order.owed_back_minor + amount_minor)) != 1:
        text = "No more can be given back than was paid, and nothing twice."
        raise Refused.because("refund-too-large", text, "nobody", "Look at the refunds that the order already has.")
    refund = Refund(order_id=order.id, amount_minor=amount_minor, why=why, by_id=by.id, by_name=by.name)
    refund.owed_at = refund.due_at = now
    db.session.add(refund)
    if parts:
        db.session.flush()
    for line_id, part in parts.items():
        told = RefundPart(refund_id=refund.id, line_id=line_id, amount_minor=part, units=units.get(line_id or 0, 0))
        db.session.add(told)
    note(db.session(), "refund owed", "order", order.number, by, now, amount_minor=amount_minor)
    return refund


def split_refund(refund: Refund, amount_minor: int) -> Refund:
    """So much of a promise, less than all of it, as a promise of its own, with its share of each part."""
    other = Refund(order_id=refund.order_id, amount_minor=amount_minor, why=refund.why, by_name=refund.by_name)
    other.by_id, other.owed_at, other.due_at = refund.by_id, refund.owed_at, refund.due_at
    refund.amount_minor -= amount_minor
    db.session.add(other)
    db.session.flush()
    found = select(RefundPart).where(RefundPart.refund_id == refund.id).order_by(RefundPart.id)
    parts = db.session.scalars(found).all()
    shares = shared(amount_minor, [each.amount_minor for each in parts]) if parts else []
    for part, share in zip(parts, shares, strict=True):
        if share == part.amount_minor:
            part.refund_id = other.id
        elif share:
            part.amount_minor -= share
            db.session.add(RefundPart(refund_id=other.id, line_id=part.line_id, amount_minor=share, units=0))
    db.session.flush()
    return other


def owe_the_rest(order: Order, why: str, by: Who, now: datetime) -> None:
    """Promises back whatever of an order is not yet promised."""
    rest = order.total_minor - order.owed_back_minor
    if rest:
        owe_refund(order, rest, why, by, now)


def record_capture(order: Order, now: datetime) -> bool:
    """The money was taken. False when that was known already."""
    if rows_changed(_open(Capture, order).where(Capture.lost_at.is_(None)).values(done_at=now, due_at=None)) != 1:
        return False
    taken = update(Order).where(Order.id == order.id, Order.captured_minor == 0)
    if rows_changed(taken.values(captured_minor=Order.total_minor)) != 1:
        raise Stale.because("wrong-state", "The money of this order was taken before.")
    note(db.session(), "captured", "order", order.number, SYSTEM, now, amount_minor=order.total_minor)
    return True


def record_other_sum(order: Order, taken: Money, now: datetime) -> bool:
    """Another sum was taken than the order costs, and not by this shop: the clinic is told, once. False when that was known."""
    mine = _open(Capture, order).where(Capture.lost_at.is_(None), Capture.taken_minor.is_(None))
    kept = mine.values(taken_minor=taken.minor, taken_currency=taken.currency, capture_before=None)
    if rows_changed(kept) != 1:
        return False
    note(db.session(), "another sum was taken", "order", order.number, SYSTEM, now, amount_minor=taken.minor)
    tell_clinic(order, "payment_differs", now, taken=taken)
    return True


def record_loss(order: Order, now: datetime) -> bool:
    """The authorisation is gone and was never captured: the order ends, its units come back, nothing is owed back. Where all
    was to go back to the client, we let go of it ourselves."""
    is_ours = order.owed_back_minor == order.total_minor
    if rows_changed(_open(Capture, order).where(Capture.lost_at.is_(None)).values(lost_at=now, due_at=None)) != 1:
        return False
    undone = select(Refund.id).where(Refund.order_id == order.id, Refund.done_at.is_(None))
    db.session.execute(delete(RefundPart).where(RefundPart.refund_id.in_(undone)))
    db.session.execute(delete(Refund).where(Refund.id.in_(undone)))
    move(order, "cancelled", SYSTEM, now, owed_back_minor=0)
    add_cancellation(order, Verdict((NEVER_TAKEN if is_ours else PAYMENT_LOST,)), SYSTEM, now)
    give_back(order, SYSTEM, now)
    tell(order, "order_payment_lost", now, is_ours=is_ours)
    return True


def record_release(intent_id: str, now: datetime) -> bool:
    """The authorisation is cancelled: nothing was taken. False when that was known, or was not owed."""
    owed = update(Release).where(Release.intent_id == intent_id, Release.done_at.is_(None))
    return rows_changed(owed.values(done_at=now, due_at=None)) == 1


def record_refund(order: Order, refund_id: int, stripe_id: str, now: datetime) -> bool:
    """The money was given back. False when that was known already."""
    done = update(Refund).where(Refund.id == refund_id, Refund.done_at.is_(None))
    if rows_changed(done.values(done_at=now, due_at=None, stripe_id=stripe_id)) != 1:
        return False
    amount = db.session.scalars(select(Refund.amount_minor).where(Refund.id == refund_id)).one()
    given = update(Order).where(Order.id == order.id, Order.refunded_minor + amount <= Order.captured_minor)
    if rows_changed(given.values(refunded_minor=Order.refunded_minor + amount)) != 1:
        raise Stale.because("refund-too-large", "More would be given back than was taken.")
    note(db.session(), "refunded", "order", order.number, SYSTEM, now, amount_minor=amount)
    tell(order, "order_refund", now, amount=Money(amount, order.currency))
    end_if_given_back(order, now)
    return True


def record_returned(stripe_id: str, now: datetime) -> bool:
    """A refund that was made came back from the client's bank: the clinic is told, once. False when it is not ours or known."""
    mine = update(Refund).where(Refund.stripe_id == stripe_id, Refund.returned_at.is_(None))
    order_id = db.session.scalar(mine.values(returned_at=now).returning(Refund.order_id))
    if order_id is None:
        return False
    order = db.session.get_one(Order, order_id)
    note(db.session(), "refund returned", "order", order.number, SYSTEM, now)
    tell_clinic(order, "refund_returned", now)
    return True


def record_other_way(order: Order, how: str, by: Who, now: datetime) -> None:
    """What the client's bank sent back was given to them in another way, which a person writes down.

    Refuses when nothing of this order waits for that.
    """
    waits = (Refund.order_id == order.id, Refund.returned_at.is_not(None), Refund.other_way_at.is_(None))
    found = update(Refund).where(*waits).values(other_way=how, other_way_at=now, other_way_by=by.name)
    if not rows_changed(found):
        text = "No money of this order waits for another way."
        raise Refused.because("wrong-state", text, "nobody", "Look at its refunds again: somebody may have done it.")
    note(db.session(), "paid in another way", "order", order.number, by, now)


def captures_to_warn_of(now: datetime) -> Select[Capture]:
    """Captures still owed a day before the bank lets go of the money, of which nobody was told."""
    near = Capture.capture_before <= now + WARNED_BEFORE
    return select(Capture).where(near, Capture.due_at.is_not(None), Capture.warned_at.is_(None)).order_by(Capture.id)


def warn_of_captures(now: datetime) -> None:
    """Tells the clinic of each of them, once."""
    for capture in db.session.scalars(captures_to_warn_of(now).with_for_update(skip_locked=True)):
        capture.warned_at = now
        order = db.session.get_one(Order, capture.order_id)
        note(db.session(), "capture overdue", "order", order.number, SYSTEM, now)
        tell_clinic(order, "capture_overdue", now, before=capture.capture_before)


def end_if_given_back(order: Order, now: datetime) -> None:
    """An order on hold that has all its money back is over, and its units are free again."""
    if order.status == "on_hold" and order.captured_minor and order.refunded_minor == order.captured_minor:
        move(order, "refunded", SYSTEM, now)
        give_back(order, SYSTEM, now)


def record_closing(order: Order, now: datetime) -> bool:
    """The payment page is closed and nothing was authorised there: the reserved units are free again."""
    if rows_changed(_open(Closing, order).values(done_at=now, due_at=None)) != 1:
        return False
    if order.status in ("expired", "cancelled"):
        give_back(order, SYSTEM, now)
    return True


def _open(kind: type[Capture] | type[Closing], order: Order) -> Update:
    return update(kind).where(kind.order_id == order.id, kind.done_at.is_(None))
