"""What the privacy page promises to forget: a request for a consultation goes once it is as old as the policy says, unless its
sender became a client."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, select, update

from catalogue import journal
from catalogue.journal import SYSTEM
from storefront import clock
from storefront.db import db
from storefront.eligibility.consultations import (
    ConsultationAnswer,
    ConsultationLink,
    ConsultationOffer,
    ConsultationRequest,
    ConsultationTime,
)
from storefront.eligibility.models import Client
from storefront.eligibility.policy import Policy, months_after

AT_ONCE = 50


def old_requests(policy: Policy, today: date) -> ColumnElement[bool]:
    """Requests of before the policy's months, with nothing agreed for later, whose sender is no client."""
    since = clock.beginning_of(months_after(today, -policy.consultation_kept_months))
    times = select(ConsultationTime.taken_by_id).where(
        ConsultationTime.taken_by_id.is_not(None), ConsultationTime.starts_at >= since
    )
    return (
        (ConsultationRequest.asked_at < since)
        & ConsultationRequest.id.not_in(times)
        & ConsultationRequest.email.not_in(select(Client.email))
    )


def erase_old_requests(policy: Policy, now: datetime) -> int:
    """Forgets some of them, each with its answer, offers and links; how many. The journal keeps the reference alone."""
    found = select(ConsultationRequest.id, ConsultationRequest.reference).where(old_requests(policy, clock.day_of(now)))
    rows = db.session.execute(found.order_by(ConsultationRequest.id).limit(AT_ONCE)).all()
    ids = [row.id for row in rows]
    for table in (ConsultationAnswer, ConsultationLink, ConsultationOffer):
        db.session.execute(delete(table).where(table.request_id.in_(ids)))
    free = update(ConsultationTime).where(ConsultationTime.taken_by_id.in_(ids))
    db.session.execute(free.values(taken_by_id=None))
    db.session.execute(delete(ConsultationRequest).where(ConsultationRequest.id.in_(ids)))
    for row in rows:
        journal.note(db.session(), "request erased", "consultation", row.reference, SYSTEM, now)
    return len(rows)
