"""The table of `next_steps.py` asked of the database: how each mark of an order is read, which orders may have anything left to do,
and how many there are of each step. Only those few are looked at closely, however many orders are done."""

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import permutations
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, exists, func, not_, or_, select, true, union, union_all
from sqlalchemy.orm import Session

from storefront.orders.dispute_models import Dispute
from storefront.orders.dispute_rules import TO_ANSWER
from storefront.orders.models import Capture, Closing, Order, Refund, Release
from storefront.orders.next_steps import NOBODY, STEPS, Step
from storefront.orders.owing import WARNED_BEFORE
from storefront.orders.return_models import GoodsReturn
from storefront.orders.rules import OF_TIME, STOPPABLE
from storefront.orders.stop_models import Cancellation, Hold

OPEN = ("awaiting_payment", *STOPPABLE, "dispatched")
REST = len(STEPS)
_TIME_ALONE = [",".join(codes) for size in range(1, len(OF_TIME) + 1) for codes in permutations(sorted(OF_TIME), size)]


def _has(model: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(model.order_id == Order.id, *conditions)


def _is_failing(model: Any) -> ColumnElement[bool]:
    return and_(model.due_at.is_not(None), model.attempts > 0, model.last_error != "")


def marks_at(now: datetime) -> Mapping[str, ColumnElement[bool]]:
    """How each mark is read of an order, at this time."""
    contested, still = _has(Dispute, Dispute.ended_at.is_(None)), Hold.lifted_at.is_(None)
    owed = and_(Capture.due_at.is_not(None), Capture.lost_at.is_(None), Capture.taken_minor.is_(None))
    refund_due = _has(Refund, Refund.due_at.is_not(None))
    to_be_let_go = or_(_has(Release, Release.due_at.is_not(None)), _has(Closing, Closing.due_at.is_not(None)))
    return {
        "to-answer": _has(Dispute, Dispute.ended_at.is_(None), Dispute.status.in_(TO_ANSWER)),
        "contested": contested,
        "dispute-won": and_(_has(Dispute), _has(Hold, still, Hold.codes.contains("disputed"))),
        "other-sum": _has(Capture, Capture.taken_minor.is_not(None), Capture.done_at.is_(None)),
        "came-back": _has(Refund, Refund.returned_at.is_not(None), Refund.other_way_at.is_(None)),
        "capture-near": _has(Capture, owed, Capture.capture_before <= now + WARNED_BEFORE),
        "capture-failing": _has(Capture, owed, _is_failing(Capture)),
        "taken": Order.captured_minor == Order.total_minor,
        "refund-failing": and_(not_(contested), Order.captured_minor > 0, _has(Refund, _is_failing(Refund))),
        "refund-due": refund_due,
        "some-back": Order.owed_back_minor > 0,
        "going-back": and_(Order.owed_back_minor == Order.total_minor, refund_due),
        "return-open": _has(GoodsReturn, GoodsReturn.ended_at.is_(None)),
        "collected": Order.delivery == "collection",
        "of-time": and_(_has(Hold, still), not_(_has(Hold, still, Hold.codes.not_in(_TIME_ALONE)))),
        "release-failing": or_(_has(Release, _is_failing(Release)), _has(Closing, _is_failing(Closing))),
        "release-due": to_be_let_go,
        "lost": _has(Cancellation, Cancellation.codes == "payment-lost"),
        "differed": _has(Cancellation, Cancellation.codes == "payment-differs"),
    }


def _ranked(now: datetime, which: ColumnElement[bool]) -> Subquery:
    """Id of each of these orders, and which line of the table fits it, counted from 0. Offset 0: each mark is read once."""
    marks = (mark.label(name) for name, mark in marks_at(now).items())
    read = select(Order.id, Order.status, *marks).where(which).offset(0).subquery()
    rank = case(*((_fits(step, read.c), nth) for nth, step in enumerate(STEPS)), else_=REST)
    return select(read.c.id, rank.label("rank")).subquery()


def _fits(step: Step, read: Any) -> ColumnElement[bool]:
    is_of = read.status.in_(step.statuses) if step.statuses else true()
    return and_(is_of, *(read[mark] for mark in step.marks), *(not_(read[mark]) for mark in step.but))


def open_orders(now: datetime) -> Subquery:
    """Orders with something left to do: their id, and the rank of what. Those under way, and of the others those with a row that
    waits; each by its own index."""
    waiting = union(
        select(Dispute.order_id).where(Dispute.ended_at.is_(None)),
        select(Refund.order_id).where(Refund.due_at.is_not(None)),
        select(Refund.order_id).where(Refund.returned_at.is_not(None), Refund.other_way_at.is_(None)),
        select(GoodsReturn.order_id).where(GoodsReturn.ended_at.is_(None)),
        select(Release.order_id).where(Release.due_at.is_not(None)),
        select(Closing.order_id).where(Closing.due_at.is_not(None)),
    )
    others = and_(Order.status.not_in(OPEN), Order.id.in_(waiting))
    ranked = union_all(*(select(_ranked(now, which)) for which in (Order.status.in_(OPEN), others))).subquery()
    nobody = [nth for nth, step in enumerate(STEPS) if step.who == NOBODY]
    return select(ranked).where(ranked.c.rank.not_in(nobody)).subquery()


def step_of(session: Session, order_id: int, now: datetime) -> Step:
    """What must be done next with this order."""
    return steps_of(session, [order_id], now)[order_id]


def steps_of(session: Session, order_ids: Collection[int], now: datetime) -> Mapping[int, Step]:
    """The same of several orders. One query."""
    rows = session.execute(select(_ranked(now, Order.id.in_(order_ids))))
    return {order_id: STEPS[rank] for order_id, rank in rows}


def rank_of(step: Step) -> int:
    """Which line of the table it is, counted from 0, as the rows of `open_orders` tell it."""
    return STEPS.index(step)


def steps_counted(session: Session, now: datetime) -> list[tuple[Step, int]]:
    """Each step that some order waits for, in their order, with how many do. One query."""
    found = open_orders(now)
    rows = session.execute(select(found.c.rank, func.count()).group_by(found.c.rank).order_by(found.c.rank))
    return [(STEPS[rank], count) for rank, count in rows]
