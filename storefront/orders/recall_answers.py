"""What clients say of a recall, and the ways by which somebody tried to reach them. An answer may be changed; each one is noted
with its time. Whoever has the mail may answer it: nobody has to sign in to be safe."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select, update
from sqlalchemy.orm import joinedload, selectinload

from catalogue.batches import Batch
from catalogue.journal import Who, note
from catalogue.recall_notices import Notice
from catalogue.recalls import Recall, RecallBatch, insist_under_way
from catalogue.verdicts import Refused, Stale
from storefront.accounts.actions import is_email, normal_email
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.orders.models import Allocation, Order, OrderLine
from storefront.orders.recall_models import ANSWERS, OUTCOMES, WAYS, LateAnswer, RecallAttempt, RecallNotice
from storefront.orders.records import records_of

LOADING = (
    joinedload(RecallNotice.recall).selectinload(Recall.batches).joinedload(Batch.product),
    joinedload(RecallNotice.client),
    selectinload(RecallNotice.late_answers),
)


def notice_by_code(code: str) -> RecallNotice | None:
    """The notice that this link belongs to, with its recall, its batches and its client."""
    return db.session.scalar(select(RecallNotice).where(RecallNotice.code == code).options(*LOADING))


def notices_of_client(client_id: int) -> list[RecallNotice]:
    """A client's notices of recalls that were not lifted, newest first; also of what was bought under a merged record."""
    mine = select(RecallNotice).join(RecallNotice.recall).where(RecallNotice.client_id.in_(records_of(client_id)))
    mine = mine.where(Recall.status.in_(("sent", "closed"))).options(
        joinedload(RecallNotice.recall), selectinload(RecallNotice.late_answers)
    )
    return list(db.session.scalars(mine.order_by(RecallNotice.id.desc())))


@dataclass(frozen=True, slots=True)
class Concerned:
    """A recalled batch of one order: the recall's number, and the code of the notice, where there are any."""

    batch: str
    lot: str
    product: str
    recall: str | None
    code: str | None


def recalled_in(order: Order, has_left: bool) -> list[Concerned]:
    """The recalled batches of which an order has, or would have had, units; one query. An order that has left is concerned by
    what is in its parcel and did not come back."""
    told = select(Batch.code, Batch.supplier_lot, OrderLine.name, Recall.number, RecallNotice.code).distinct()
    told = told.select_from(Allocation).join(Batch, Batch.id == Allocation.batch_id)
    told = told.join(OrderLine, OrderLine.id == Allocation.line_id)
    of_recall = and_(Recall.id == RecallBatch.recall_id, Recall.status != "lifted")
    told = told.outerjoin(RecallBatch, RecallBatch.batch_id == Batch.id).outerjoin(Recall, of_recall)
    mine = and_(RecallNotice.recall_id == Recall.id, RecallNotice.client_id == order.client_id)
    told = told.outerjoin(RecallNotice, mine).where(Allocation.order_id == order.id, Batch.status == "recalled")
    in_parcel = (Allocation.state == "packed", Allocation.quantity > Allocation.returned)
    found = db.session.execute(told.where(*in_parcel) if has_left else told).all()
    named = {row[0]: Concerned(*row) for row in sorted(found, key=lambda row: row[3] or "")}
    return list(named.values())


def notice_of(recall: str, client: str) -> RecallNotice | None:
    """One client's notice, by the numbers of recall and client."""
    found = select(RecallNotice).join(RecallNotice.recall).join(RecallNotice.client)
    found = found.where(Recall.number == recall, Client.number == client)
    return db.session.scalar(found.options(*LOADING, selectinload(RecallNotice.attempts_made)))


def lock_recall_of(notice_id: int) -> None:
    """The recall of a notice does not end meanwhile. Locked before the notice, as by whoever ends it."""
    its = select(Recall.id).join(RecallNotice, RecallNotice.recall_id == Recall.id).where(RecallNotice.id == notice_id)
    db.session.execute(its.with_for_update(read=True, of=Recall))


def answer_notice(notice: RecallNotice, answer: str, remedy: str, by: Who, now: datetime) -> None:
    """Keeps what a client says, the last word counting; what is said after the end is kept beside what was fixed then.
    Refuses an answer that there is not, a remedy that is not offered, and (Stale) when the recall was lifted."""
    lock_recall_of(notice.id)
    db.session.refresh(notice.recall, ["status"])
    if notice.recall.status == "lifted":
        raise Stale.because("recall-moved", "This recall was lifted.", "nobody", "You need do nothing.")
    if answer not in ANSWERS:
        raise Refused.because("no-answer", "Choose one of the answers.", "you", "Choose the one that fits best.")
    offered = Notice.from_json(notice.recall.notice).remedies
    if remedy and remedy not in offered:
        raise Refused.because("no-remedy", "This is not offered.", "you", "Choose one of what is offered.")
    chosen = remedy or notice.remedy or next(iter(offered), "")
    if notice.recall.status == "closed":
        late = LateAnswer(notice_id=notice.id, answer=answer, remedy=chosen, at=now)
        late.by_id, late.by_name = by.id, by.name
        db.session.add(late)
        db.session.flush()
        db.session.refresh(notice, ["late_answers"])
    else:
        values = {"answer": answer, "answered_at": now, "remedy": chosen, "due_at": None, "done_at": now}
        db.session.execute(update(RecallNotice).where(RecallNotice.id == notice.id).values(**values))
        db.session.refresh(notice, list(values))
    note(
        db.session(),
        "recall answered",
        "recall",
        notice.recall.number,
        by,
        now,
        client=notice.client.number,
        answer=answer,
    )


def record_attempt(notice: RecallNotice, way: str, outcome: str, told: str, by: Who, now: datetime) -> RecallAttempt:
    """Documents that somebody tried to reach a client, and how it went. Refuses an unknown way or outcome, and (Stale) when the
    recall is over."""
    if way not in WAYS or outcome not in OUTCOMES:
        raise Refused.because("no-attempt", "Say how you tried, and how it went.", "you", "Choose both.")
    lock_recall_of(notice.id)
    db.session.refresh(notice.recall, ["status"])
    insist_under_way(notice.recall)
    attempt = RecallAttempt(notice_id=notice.id, way=way, outcome=outcome, note=told.strip(), at=now)
    attempt.by_id, attempt.by_name = by.id, by.name
    db.session.add(attempt)
    particulars = {"client": notice.client.number, "way": way, "outcome": outcome}
    note(db.session(), "recall attempt", "recall", notice.recall.number, by, now, **particulars)
    return attempt


def set_safety_address(client_id: int, email: str, by: Who, now: datetime) -> None:
    """Where recalls are sent, and nothing else; empty: to the address of the account. Refuses what is no address."""
    address = normal_email(email)
    if address and not is_email(address):
        raise Refused.because("email-invalid", "This is not an e-mail address.", "you", "Check it and try again.")
    client = db.session.get_one(Client, client_id)
    client.safety_email = address or None
    note(db.session(), "safety address changed", "client", client.number, by, now)
