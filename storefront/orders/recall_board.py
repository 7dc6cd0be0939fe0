"""Reading a recall for its page: the recall with its batches, its clients counted in the database, and the lists of them. The
number of queries is fixed whatever the number of clients."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from catalogue.batches import Batch
from catalogue.recalls import Recall, RecallBatch
from storefront.db import db
from storefront.messages.models import Message
from storefront.orders.models import Order, Refund
from storefront.orders.recall_models import RecallAttempt, RecallNotice, RecallRefund
from storefront.orders.recall_rules import Counts

MAILS = 4  # the notice and its reminders
WHOLE = (selectinload(Recall.batches).joinedload(Batch.product), selectinload(Recall.decisions))


def find_recall(number: str) -> Recall | None:
    """The recall with its batches, their products, and what was decided."""
    return db.session.scalar(select(Recall).where(Recall.number == number).options(*WHOLE))


def number_of(batch_id: int) -> str | None:
    """The recall that this batch is in, unless it was lifted."""
    found = select(Recall.number).join(RecallBatch, RecallBatch.recall_id == Recall.id)
    return db.session.scalar(found.where(RecallBatch.batch_id == batch_id, Recall.status != "lifted"))


def id_of(number: str) -> int | None:
    return db.session.scalar(select(Recall.id).where(Recall.number == number))


def has_attempt(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return RecallNotice.attempts_made.any(*conditions)


def is_reached() -> ColumnElement[bool]:
    return or_(RecallNotice.answer.is_not(None), has_attempt(RecallAttempt.outcome == "reached"))


def has_bounced() -> ColumnElement[bool]:
    """As `RecallNotice.has_bounced`, over a select that joins the message."""
    came_back = has_attempt(RecallAttempt.outcome == "came_back")
    return or_(RecallNotice.address == "", Message.given_up_at.is_not(None), came_back)


def was_tried(attempts: int) -> ColumnElement[bool]:
    made = select(func.count(RecallAttempt.id)).where(RecallAttempt.notice_id == RecallNotice.id)
    return made.scalar_subquery() >= attempts


def count_notices(recall_id: int, attempts: int) -> Counts:
    """The clients of a recall by what became of their notice; one query."""

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    answers = [number(RecallNotice.answer == answer) for answer in ("stopped", "never_received", "passed_on")]
    ends = (number(has_bounced()), number(is_reached()), number(~is_reached() & was_tried(attempts)))
    told = select(func.count(RecallNotice.id), number(RecallNotice.told > 0), *answers, *ends)
    told = told.outerjoin(RecallNotice.message).where(RecallNotice.recall_id == recall_id)
    return Counts(*map(int, db.session.execute(told).one()))


def on_list(which: str) -> list[ColumnElement[bool]]:
    """What a list is narrowed by: "phone" to those whom no mail reaches, "open" to those who were not reached, else nothing. The
    select joins the message."""
    found = [~is_reached()] if which in ("phone", "open") else []
    return found + ([or_(has_bounced(), RecallNotice.told >= MAILS)] if which == "phone" else [])


def notices_of(recall_id: int, which: str = "") -> Select[RecallNotice]:
    """The clients of a recall on one of its lists, who must still be reached first."""
    found = select(RecallNotice).join(RecallNotice.client).outerjoin(RecallNotice.message)
    found = found.where(RecallNotice.recall_id == recall_id, *on_list(which))
    found = found.options(
        contains_eager(RecallNotice.client),
        contains_eager(RecallNotice.message),
        selectinload(RecallNotice.attempts_made),
        selectinload(RecallNotice.late_answers),
    )
    rank = case((is_reached(), 2), (has_bounced(), 0), else_=1)
    return found.order_by(rank, RecallNotice.id)


@dataclass(frozen=True, slots=True)
class Refunds:
    """Orders that get money back: how many, for how many it is promised, for how many it was given; and the sums in pence."""

    orders: int
    promised: int
    given: int
    promised_minor: int
    given_minor: int


def count_refunds(recall_id: int) -> Refunds:
    """How far the refunds of a recall are; one query."""
    is_given = Refund.done_at.is_not(None)
    told = select(
        func.count(RecallRefund.id),
        func.count(RecallRefund.done_at),
        func.coalesce(
            func.sum(case((or_(is_given, RecallRefund.done_at.is_not(None) & Refund.id.is_(None)), 1), else_=0)), 0
        ),
        func.coalesce(func.sum(RecallRefund.amount_minor), 0),
        func.coalesce(func.sum(case((is_given, RecallRefund.amount_minor), else_=0)), 0),
    )
    told = told.outerjoin(RecallRefund.refund).where(RecallRefund.recall_id == recall_id)
    return Refunds(*db.session.execute(told).one())


def refunds_of(recall_id: int) -> Sequence[RecallRefund]:
    """The money of each order, with the order."""
    mine = select(RecallRefund).where(RecallRefund.recall_id == recall_id).order_by(RecallRefund.id)
    return db.session.scalars(
        mine.options(joinedload(RecallRefund.order).load_only(Order.number, Order.currency))
    ).all()
