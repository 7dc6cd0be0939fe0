"""Writing the mails of a recall, one client at a time: the notice, its reminders as long as there is no answer, and the news that
it was lifted. The mail and the count of it are one transaction, so that a worker killed in between loses and doubles nothing."""

from collections.abc import Sequence
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from catalogue.batches import Batch
from catalogue.recall_notices import Notice
from catalogue.recalls import Recall
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.eligibility.records import clinic_policy
from storefront.messages.actions import queue_message
from storefront.messages.models import Message
from storefront.orders.recall_answers import lock_recall_of
from storefront.orders.recall_lists import Sent, units_of_clients
from storefront.orders.recall_models import RecallNotice
from storefront.orders.recall_rules import mails_due


def tell_next(notice_id: int, now: datetime) -> None:
    """Queues the mail that is due for one client, and says when the next one is."""
    lock_recall_of(notice_id)
    locking = select(RecallNotice).where(RecallNotice.id == notice_id).with_for_update()
    notice = db.session.scalars(locking.execution_options(populate_existing=True)).one()
    recall = _recall_of(notice)
    if recall.status == "lifted":
        _queue("recall_lifted", notice, recall, now)
        notice.due_at, notice.done_at = None, now
    elif recall.status == "sent" and notice.answer is None:
        _write(notice, recall, now)
    else:
        notice.due_at = None


def _write(notice: RecallNotice, recall: Recall, now: datetime) -> None:
    due = mails_due(clinic_policy(), notice.owed_at)
    if notice.told < len(due) and due[notice.told] <= now:
        _queue("recall_reminder" if notice.told else "recall_notice", notice, recall, now)
        notice.told += 1
    is_last = notice.told >= len(due)
    notice.due_at, notice.attempts = (None, 0) if is_last else (max(due[notice.told], now), 0)
    notice.done_at = now if is_last else None


def _recall_of(notice: RecallNotice) -> Recall:
    found = select(Recall).where(Recall.id == notice.recall_id).execution_options(populate_existing=True)
    return db.session.scalars(found.options(WITH_PRODUCTS)).unique().one()


def _queue(kind: str, notice: RecallNotice, recall: Recall, now: datetime) -> None:
    client = db.session.get_one(Client, notice.client_id)
    sent = units_of_clients([batch.id for batch in recall.batches], [client.id]).get(client.id, [])
    parts = letter_parts(recall, client, sent, notice.code, notice.owed_at)
    message: Message = queue_message(kind, notice.address, now, recall.number, **parts)
    db.session.flush()
    notice.message_id = message.id


def letter_parts(
    recall: Recall, client: Client, sent: Sequence[Sent], code: str, told_at: datetime
) -> dict[str, object]:
    """What the mails and letters say; the preview of the notice is made of the same."""
    base_url = current_app.config["SETTINGS"].base_url
    return {
        "recall": recall,
        "notice": Notice.from_json(recall.notice),
        "client": client,
        "sent": sent,
        "answer_address": f"{base_url}/recalls/answers/{code}",
        "told_at": told_at,
    }


WITH_PRODUCTS = joinedload(Recall.batches).joinedload(Batch.product)
