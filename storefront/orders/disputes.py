"""What a dispute does to its order. Open, the order is held and never sent, and nothing is given back meanwhile, because the bank
may do so itself. Lost, what the bank gave back is booked as a refund; won, a person lets the order go on."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, select, update

from catalogue.journal import SYSTEM, note
from catalogue.verdicts import Reason, Verdict
from storefront.db import db
from storefront.orders.dispute_models import Dispute
from storefront.orders.dispute_rules import Contested, is_old_news
from storefront.orders.holding import hold_order, is_held_for
from storefront.orders.models import Order, Refund
from storefront.orders.moving import tell_clinic
from storefront.orders.owing import end_if_given_back, split_refund
from storefront.orders.rules import LEFT, STOPPABLE

DISPUTED = Reason("disputed", "The card’s holder disputes this payment.", "the clinic", "Answer it at Stripe.")
WHY = "The bank gave it back: the dispute was lost."
WON_BACK = "The dispute was won on appeal: the goods are with the client, and the money with the clinic."
BANK = "the bank"


def record_disputes(order: Order, told: Iterable[Contested], now: datetime) -> str:
    """Brings what is known of an order's disputes up to what was just read of them; the effect in a few words, "" for none."""
    effects = [_record(order, each, now) for each in sorted(told, key=lambda each: each.opened_at)]
    return next((effect for effect in reversed(effects) if effect), "")


def _record(order: Order, told: Contested, now: datetime) -> str:
    row = db.session.scalar(select(Dispute).where(Dispute.stripe_id == told.id).with_for_update())
    before = row.status if row else None
    if is_old_news(before, told.status):
        return ""
    if row is None:
        row = Dispute(order_id=order.id, stripe_id=told.id, opened_at=told.opened_at, currency=told.amount.currency)
        db.session.add(row)
    row.status, row.reason, row.amount_minor = told.status[:40], told.reason[:60], told.amount.minor
    row.answer_by, row.withdrawn_minor, row.fee_minor = told.answer_by, told.withdrawn_minor, told.fee_minor
    if before == told.status:
        return ""
    row.ended_at = None if told.is_open else now
    note(db.session(), f"dispute {told.status.replace('_', ' ')}", "order", order.number, SYSTEM, now)
    db.session.flush()
    return _begin(order, row, before, now) if told.is_open else _end(order, row, now)


def _begin(order: Order, dispute: Dispute, before: str | None, now: datetime) -> str:
    if before is None:
        tell_clinic(order, "dispute_opened", now, dispute=dispute)
    return "held" if _hold(order, now) else "noted"


def _hold(order: Order, now: datetime) -> bool:
    """Whether the order waits; what left cannot."""
    if order.status in STOPPABLE and not is_held_for(order, DISPUTED.code):
        hold_order(order, Verdict((DISPUTED,)), SYSTEM, now, gives_back=False)
    return order.status in STOPPABLE


def _end(order: Order, dispute: Dispute, now: datetime) -> str:
    if dispute.status == "lost" and dispute.booked_minor is None:
        _hold(order, now)  # its end may be the first that we hear of it
        _book_what_was_lost(order, dispute, now)
    if dispute.status == "won" and dispute.booked_minor is not None:
        _book_what_was_won_back(order, dispute, now)
    tell_clinic(order, "dispute_ended", now, dispute=dispute)
    return f"dispute {dispute.status.replace('_', ' ')}"


def _book_what_was_lost(order: Order, dispute: Dispute, now: datetime) -> None:
    """What the bank took for the client is a refund that is done. Promises for which no money is left were kept by the bank."""
    lost = min(dispute.amount_minor, order.captured_minor - order.refunded_minor)
    dispute.booked_minor = max(lost, 0)
    if lost <= 0:
        return
    unpromised = order.total_minor - order.owed_back_minor
    kept = _keep_promises(order, lost - unpromised, now)
    order.owed_back_minor += min(lost, unpromised)
    order.refunded_minor += lost
    if lost > kept:
        refund = Refund(order_id=order.id, amount_minor=lost - kept, why=WHY, by_name=BANK, stripe_id=dispute.stripe_id)
        refund.owed_at = refund.done_at = now
        db.session.add(refund)
        db.session.flush()
        dispute.refund_id = refund.id
    note(db.session(), "lost to a dispute", "order", order.number, SYSTEM, now, amount_minor=lost)
    end_if_given_back(order, now)


def _book_what_was_won_back(order: Order, dispute: Dispute, now: datetime) -> None:
    """An appeal turned a loss, so that what was booked for it is the clinic's again. Promises that the bank had kept wait on the
    desk for another way to the client, as does all of an order that was never sent; the rest stays with the clinic."""
    of_order = update(Refund).where(Refund.order_id == order.id, Refund.returned_at.is_(None))
    booked = of_order.where(Refund.id == dispute.refund_id)
    told = {"other_way": WON_BACK, "other_way_at": now, "other_way_by": BANK} if order.status in LEFT else {}
    db.session.execute(booked.values(returned_at=now, **told))
    kept = of_order.where(Refund.done_at.is_not(None), Refund.stripe_id.is_(None))
    db.session.execute(kept.values(returned_at=now))


def _keep_promises(order: Order, too_much: int, now: datetime) -> int:
    """So much of what is promised and not yet given the bank has kept, the last promise first; the pence of it."""
    left = too_much
    owed = select(Refund).where(Refund.order_id == order.id, Refund.done_at.is_(None)).order_by(Refund.id.desc())
    for refund in db.session.scalars(owed).all() if too_much > 0 else ():
        taken = min(refund.amount_minor, left)
        if taken:
            kept = refund if taken == refund.amount_minor else split_refund(refund, taken)
            kept.done_at, kept.due_at = now, None
        left -= taken
    db.session.flush()
    return too_much - left


def contested_orders() -> Select[int]:
    """Orders with an open dispute: their money is not counted as paid."""
    return select(Dispute.order_id).where(Dispute.ended_at.is_(None))


def disputes_of(order_id: int) -> Sequence[Dispute]:
    """The disputes of an order, oldest first."""
    return db.session.scalars(select(Dispute).where(Dispute.order_id == order_id).order_by(Dispute.id)).all()
