"""When several clients report a reaction to one batch: whoever is asked here learns numbers and batches, never who or what."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select

from catalogue.batches import Batch
from catalogue.products import Product
from storefront import clock
from storefront.accounts.telling import tell_admins
from storefront.db import db
from storefront.eligibility.models import Reaction, ReactionOutcome
from storefront.eligibility.policy import Policy
from storefront.eligibility.records import clinic_policy
from storefront.messages.models import Message

KIND = "batch_signal"
REPORTED_AT_MOST = 50


def signals(policy: Policy, today: date) -> Sequence[Row[Any]]:
    """Batches for sale of which the policy's number of clients reported a reaction within its days, most reports first, as rows
    of code, product, sku and reports. What a practitioner judged to have another cause counts no more."""
    found = _counted(_since(policy, today)).where(Batch.status == "released")
    found = found.having(_clients() >= policy.signal_reports).order_by(_clients().desc(), Batch.code)
    return db.session.execute(found).all()


def reported() -> Sequence[Row[Any]]:
    """As `signals`, of every batch that is not recalled and of which anybody ever reported a reaction: where to look for what is
    to be recalled."""
    found = _counted(datetime.min.replace(tzinfo=UTC)).where(Batch.status != "recalled")
    return db.session.execute(found.order_by(_clients().desc(), Batch.code).limit(REPORTED_AT_MOST)).all()


def tell_of_signal(batch_id: int | None, now: datetime) -> None:
    """Writes to the admins when a report makes the number of its batch full; within the same days nobody is told again."""
    policy, today = clinic_policy(), clock.day_of(now)
    found = _counted(_since(policy, today)).where(Batch.id == batch_id)
    row = db.session.execute(found).one_or_none() if batch_id else None
    if row is None or row.reports < policy.signal_reports:
        return
    told = select(Message.id).where(Message.kind == KIND, Message.about == row.code)
    if db.session.scalar(told.where(Message.queued_at >= _since(policy, today)).limit(1)) is None:
        tell_admins(KIND, now, row.code, signal=row, days=policy.signal_days)


def _clients() -> Any:
    return func.count(Reaction.client_id.distinct())


def _since(policy: Policy, today: date) -> datetime:
    return clock.beginning_of(today - timedelta(days=policy.signal_days))


def _counted(since: datetime) -> Select[Any]:
    found = select(Batch.code, Product.name.label("product"), Product.sku, _clients().label("reports"))
    found = found.join(Reaction, Reaction.batch_id == Batch.id).join(Product, Batch.product_id == Product.id)
    found = found.outerjoin(ReactionOutcome, ReactionOutcome.reaction_id == Reaction.id)
    is_of_the_batch = ReactionOutcome.id.is_(None) | (ReactionOutcome.outcome != "continue")
    return found.where(Reaction.at >= since, is_of_the_batch).group_by(Batch.id, Batch.code, Product.name, Product.sku)
