"""Laying Stripe's book beside ours, every night and when somebody asks: found without any webhook, settled where that can be, and
the rest kept as a row each. Stripe is never asked with a transaction open."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from catalogue.money import Money
from catalogue.verdicts import Refused
from storefront.clock import day_of, next_hour
from storefront.db import db, transaction
from storefront.orders.dispute_models import Dispute
from storefront.orders.models import Order, Refund, Release
from storefront.orders.owing import record_returned
from storefront.payments import api, carrying_out
from storefront.payments.models import Mismatch, Reconciliation
from storefront.payments.reconciling_rules import ORDER_WITHOUT_PAYMENT, Books, Difference, compare
from storefront.payments.settling import settle
from storefront.payments.stripe_values import Intent, PaymentRefused

LOOKS_BACK = timedelta(days=8)
"""A day more than a card's authorisation holds, so that whatever may still be taken is seen."""
AT_NIGHT = 3  # o'clock at the clinic, when hardly anybody pays
AT_ONCE = 500


def plan(now: datetime) -> bool:
    """Puts down the comparison of the coming night, once; a shop that never took a payment has none."""
    due_at = next_hour(AT_NIGHT, now)
    night = day_of(due_at)
    is_known = db.session.scalar(select(Reconciliation.id).where(Reconciliation.night == night)) is not None
    is_due = not is_known and db.session.scalar(select(Order.id).where(Order.intent_id.is_not(None)).limit(1))
    db.session.rollback()
    if not is_due:
        return False
    with suppress(IntegrityError), transaction():  # another worker may have put it down at the same moment
        run = Reconciliation(night=night, since=due_at - LOOKS_BACK)
        run.owed_at, run.due_at = now, due_at
        db.session.add(run)
        return True
    return False


def compare_now(since: datetime, now: datetime) -> Reconciliation:
    """A comparison that somebody asks for. Raises PaymentUnavailable when Stripe cannot be asked."""
    with transaction():
        run = Reconciliation(since=since)
        run.owed_at = now
        db.session.add(run)
        db.session.flush()
        run_id = run.id
    compare_books(run_id, now)
    return db.session.scalars(
        select(Reconciliation).where(Reconciliation.id == run_id).options(selectinload(Reconciliation.mismatches))
    ).one()


def compare_books(run_id: int, now: datetime) -> None:
    """Carries a comparison out, and keeps what does not match."""
    since = db.session.scalars(select(Reconciliation.since).where(Reconciliation.id == run_id)).one()
    db.session.rollback()
    intents, lost = payments_since(since)
    books = books_of({intent.order_number for intent in intents if intent.order_number})
    found = [*lost]
    for intent in intents:
        if compare(intent, books.get(intent.order_number or "")):
            found += settled(intent, now)
    with transaction():
        done = update(Reconciliation).where(Reconciliation.id == run_id)
        db.session.execute(done.values(done_at=now, due_at=None, looked_at=len(intents), last_error=""))
        for each in found:
            row = Mismatch(reconciliation_id=run_id, kind=each.kind, intent_id=each.intent_id, told=each.told)
            row.order_number = each.order_number[:20] if each.order_number else None
            db.session.add(row)


def payments_since(since: datetime) -> tuple[list[Intent], list[Difference]]:
    """Every payment that began since then, or was given back or contested since, and those of our own orders of that time;
    and the orders whose payment Stripe does not know."""
    listed = {intent.id: intent for intent in api().intents_since(since)}
    refunded, contested = api().touched_since(since)
    ours = _our_payments(since)
    contested |= {intent.id for intent in listed.values() if intent.is_disputed}
    lost = []
    for id_ in sorted((refunded | ours.keys()) - listed.keys() | contested):
        try:
            listed[id_] = api().read_intent(id_, is_contested=id_ in contested)
        except PaymentRefused:
            told = f"Stripe knows no payment {id_}."
            lost.append(Difference(ORDER_WITHOUT_PAYMENT, ours.get(id_), id_, told))
    return sorted(listed.values(), key=lambda intent: intent.created_at), lost


def _our_payments(since: datetime) -> dict[str, str]:
    """Payments of orders accepted since then, or with an open dispute however old: the number of each one's order."""
    contested = select(Dispute.order_id).where(Dispute.ended_at.is_(None))
    found = select(Order.intent_id, Order.number).where(Order.intent_id.is_not(None))
    rows = db.session.execute(found.where((Order.accepted_at >= since) | Order.id.in_(contested))).all()
    db.session.rollback()
    return {row[0]: row[1] for row in rows if row[0]}


def settled(intent: Intent, now: datetime) -> list[Difference]:
    """Brings one payment and its order together as far as that goes by itself; what still does not match."""
    number = intent.order_number
    with suppress(PaymentRefused):
        intent = api().read_intent(intent.id, is_contested=bool(intent.disputes))
    if number and number in books_of({number}):
        for step in (_settle, _make_refunds, _take_refunds_back):
            with suppress(Refused, PaymentRefused, carrying_out.Unfinished):
                step(number, intent, now)
            intent = api().read_intent(intent.id, is_contested=bool(intent.disputes))
    return compare(intent, books_of({number} if number else ()).get(number or ""))


def _settle(number: str, intent: Intent, now: datetime) -> None:
    with transaction():
        settle(number, intent, now, day_of(now))


def _make_refunds(number: str, intent: Intent, now: datetime) -> None:
    """Refunds that were made, of which the answer was lost: each is looked up under its own row before it is asked for."""
    made = {refund.row for refund in api().refunds_of(intent.id)}
    owed = select(Refund.id).join(Order, Refund.order_id == Order.id)
    ids = db.session.scalars(owed.where(Order.number == number, Refund.done_at.is_(None)).order_by(Refund.id)).all()
    db.session.rollback()
    for refund_id in ids:
        if str(refund_id) in made:
            carrying_out.refund(refund_id, now)


def _take_refunds_back(_number: str, intent: Intent, now: datetime) -> None:
    """Refunds that the client's bank sent back, of which we did not hear."""
    returned = [refund.id for refund in api().refunds_of(intent.id) if refund.status in ("failed", "canceled")]
    with transaction():
        for stripe_id in returned:
            record_returned(stripe_id, now)


def books_of(numbers: Collection[str]) -> dict[str, Books]:
    """Our books of these orders, by their number, in a fixed number of queries for each piece."""
    wanted: list[str] = sorted(numbers)
    found: dict[str, Books] = {}
    for start in range(0, len(wanted), AT_ONCE):
        found |= {books.number: books for books in _books(wanted[start : start + AT_ONCE])}
    db.session.rollback()
    return found


def _books(numbers: Collection[str]) -> Iterator[Books]:
    orders = db.session.scalars(
        select(Order).where(Order.number.in_(numbers)).execution_options(populate_existing=True)
    ).all()
    ids = [order.id for order in orders]
    refunded: dict[int, int] = defaultdict(int)
    released: dict[int, set[str]] = defaultdict(set)
    disputes: dict[int, dict[str, str]] = defaultdict(dict)
    by_bank = select(Dispute.stripe_id)
    given = select(Refund.order_id, Refund.amount_minor).where(Refund.order_id.in_(ids), Refund.returned_at.is_(None))
    given = given.where(Refund.done_at.is_not(None), Refund.stripe_id.is_not(None), Refund.stripe_id.not_in(by_bank))
    for order_id, minor in db.session.execute(given):
        refunded[order_id] += minor
    for order_id, intent_id in db.session.execute(
        select(Release.order_id, Release.intent_id).where(Release.order_id.in_(ids), Release.done_at.is_(None))
    ):
        released[order_id].add(intent_id)
    columns = (Dispute.order_id, Dispute.stripe_id, Dispute.status)
    for order_id, stripe_id, status in db.session.execute(select(*columns).where(Dispute.order_id.in_(ids))):
        disputes[order_id][stripe_id] = status
    for order in orders:
        yield Books(
            order.number, order.status, order.total, order.intent_id,
            Money(order.captured_minor, order.currency), Money(refunded[order.id], order.currency),
            frozenset(released[order.id]), disputes[order.id],
        )  # fmt: skip
