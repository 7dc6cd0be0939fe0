"""A recall from its opening to its end: off sale at once, the notice written and sent, the money given back, closed when
everybody was reached or tried for, or lifted when it was a mistake. Sending and giving back are queued, a row for each."""

import json
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import joinedload

from catalogue import goods_in, recalls
from catalogue.batches import Batch
from catalogue.journal import Who, note
from catalogue.recall_notices import Notice, reasons_against
from catalogue.recalls import Picture, Recall, RecallBatch
from catalogue.verdicts import Refused, refuse_silence, require
from storefront.db import db
from storefront.eligibility.records import clinic_policy
from storefront.orders import recall_lists, stopping
from storefront.orders.actions import ALPHABET
from storefront.orders.models import Order
from storefront.orders.paying_back import pay_units
from storefront.orders.recall_board import count_notices
from storefront.orders.recall_models import RecallNotice, RecallRefund
from storefront.orders.recall_report import facts_of
from storefront.orders.recall_rules import may_close
from storefront.orders.records import locked

NUMBER_LENGTH = 6
AT_ONCE = 1000


def open_recall(codes: Iterable[str], severity: str, cause: str, by: Who, now: datetime) -> Recall:
    """Takes the batches off sale and stops what has units of them; the notice comes after it.

    Refuses without a batch or a reason, or (Stale) when one of them is recalled already.
    """
    wanted = tuple(codes)
    if not wanted:
        raise Refused.because("no-batch", "Choose the batches that are recalled.", "you", "Tick one at least.")
    batches = stopping.recall_batches(wanted, by, now, cause)
    number = "RC-" + "".join(secrets.choice(ALPHABET) for _ in range(NUMBER_LENGTH))
    recall = Recall(number=number, severity=severity, cause=cause.strip(), opened_at=now)
    db.session.add(recall)
    db.session.flush()
    db.session.add_all(RecallBatch(recall_id=recall.id, batch_id=batch.id) for batch in batches)
    recalls.decide(db.session(), recall, "opened", by, now, cause)
    return recall


def write_notice(
    number: str, notice: Notice, picture: Picture | None, by: Who, now: datetime, where: Picture | None = None
) -> Recall:
    """Keeps the notice as far as it is written; without a picture (of the product, of where the number stands) the one there is
    stays. Refuses once it was sent."""
    recall = recalls.locked_recall(db.session(), number)
    also: dict[str, object] = {}
    for name, drawn in (("picture", picture), ("where_picture", where)):
        if drawn:
            also |= {name: drawn.content, f"{name}_type": drawn.media_type}
    recalls.move(db.session(), recall, ("open",), "open", notice=notice.to_json(), **also)
    note(db.session(), "recall notice written", "recall", number, by, now)
    return recall


def send_notice(number: str, by: Who, now: datetime) -> Recall:
    """Queues one notice for each client who has units. Refuses while a part is missing or plays the danger down; Stale when
    it was sent before."""
    recall = recalls.locked_recall(db.session(), number)
    require(reasons_against(Notice.from_json(recall.notice), bool(recall.picture_type)))
    recalls.move(db.session(), recall, ("open",), "sent")
    having = recall_lists.affected_addresses([batch.id for batch in recall.batches])
    for start in range(0, len(having), AT_ONCE):
        some = having[start : start + AT_ONCE]
        rows = [_notice(recall.id, client_id, units, address, now) for client_id, units, address, _ in some]
        db.session.execute(insert(RecallNotice), rows)
    recalls.decide(db.session(), recall, "sent", by, now)
    return recall


def _notice(recall_id: int, client_id: int, units: int, address: str, now: datetime) -> dict[str, object]:
    """The row of one client; without an address it is due to no mail, and on the phone list."""
    told = {"recall_id": recall_id, "client_id": client_id, "units": units, "address": address}
    return told | {"code": secrets.token_urlsafe(32), "owed_at": now, "due_at": now if address else None}


def refund_everybody(number: str, by: Who, now: datetime) -> int:
    """Promises every order affected the price of its recalled units; how many orders that adds. Pressed again it adds those
    that came since, and nothing twice. Whoever chose a replacement is left out. Refuses when it is not under way."""
    recall = recalls.locked_recall(db.session(), number)
    recalls.insist_under_way(recall)
    known = set(db.session.scalars(select(RecallRefund.order_id).where(RecallRefund.recall_id == recall.id)))
    mine = RecallNotice.recall_id == recall.id, RecallNotice.remedy == "replacement"
    replaced = set(db.session.scalars(select(RecallNotice.client_id).where(*mine)))
    rows = recall_lists.affected_orders([batch.id for batch in recall.batches])
    fresh = [order_id for order_id, client_id in rows if order_id not in known and client_id not in replaced]
    for order_id in fresh:
        owed = RecallRefund(recall_id=recall.id, order_id=order_id, by_id=by.id, by_name=by.name)
        owed.owed_at = owed.due_at = now
        db.session.add(owed)
    note(db.session(), "recall refunds promised", "recall", number, by, now, orders=len(fresh))
    return len(fresh)


def give_back(refund_id: int, now: datetime) -> None:
    """Promises one order its money, once: what was paid for its recalled units that are not paid back yet."""
    owed = db.session.get_one(RecallRefund, refund_id, populate_existing=True)
    order = locked(db.session.scalars(select(Order.number).where(Order.id == owed.order_id)).one())
    db.session.refresh(owed)
    if owed.done_at is not None:
        return
    batch_ids = db.session.scalars(select(RecallBatch.batch_id).where(RecallBatch.recall_id == owed.recall_id)).all()
    by = Who(owed.by_id, owed.by_name, "admin")
    refund = pay_units(order, recall_lists.units_in_order(batch_ids, order.id), "recalled", by, now)
    owed.amount_minor, owed.refund_id = (refund.amount_minor, refund.id) if refund else (0, None)
    owed.done_at, owed.due_at = now, None


def close_recall(number: str, why: str, by: Who, now: datetime) -> Recall:
    """Ends a recall, and keeps what held at that instant. Refuses while a client was neither reached nor tried for often
    enough, while a mass balance is open, or without a word on how it ended."""
    refuse_silence(why)
    recall = recalls.locked_recall(db.session(), number)
    attempts = clinic_policy().recall_attempts
    counts = count_notices(recall.id, attempts)
    is_told = recall.status == "sent" or not recall_lists.affected([batch.id for batch in recall.batches])
    require(may_close(counts, recall_lists.balances(recall.batches), attempts, is_told))
    recalls.decide(db.session(), recall, "closed", by, now, why)
    db.session.flush()
    db.session.refresh(recall, ["decisions"])
    its = select(Batch).where(Batch.id.in_([batch.id for batch in recall.batches]))
    db.session.scalars(its.options(joinedload(Batch.product))).all()  # now the recall's batches have their products
    report = json.dumps(facts_of(recall, attempts, now), ensure_ascii=False, sort_keys=True)
    recalls.move(db.session(), recall, recalls.UNDER_WAY, "closed", report=report)
    _tell_no_more(recall)
    return recall


def lift_recall(number: str, why: str, by: Who, now: datetime) -> Recall:
    """The recall was a mistake: its batches wait to be released anew, and who was told is told so. Refuses without a reason, or
    (Stale) when it is over."""
    refuse_silence(why)
    recall = recalls.locked_recall(db.session(), number)
    recalls.move(db.session(), recall, recalls.UNDER_WAY, "lifted")
    for batch in recall.batches:
        goods_in.lift_recall(db.session(), batch, by, now, why)
    _tell_no_more(recall)
    told = RecallNotice.recall_id == recall.id, RecallNotice.told > 0, RecallNotice.address != ""
    db.session.execute(update(RecallNotice).where(*told).values(due_at=now, done_at=None))
    recalls.decide(db.session(), recall, "lifted", by, now, why)
    return recall


def _tell_no_more(recall: Recall) -> None:
    db.session.execute(update(RecallNotice).where(RecallNotice.recall_id == recall.id).values(due_at=None))
