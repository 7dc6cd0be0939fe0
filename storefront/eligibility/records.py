"""Loading a client's record with everything that the gate reads, in a fixed number of queries, and the lock that comes first
in every transaction which changes a client's standing or relies on it."""

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from catalogue.journal import Who
from catalogue.verdicts import Refused
from storefront.db import db
from storefront.eligibility.early_models import EarlyWish
from storefront.eligibility.models import (
    Allergy,
    Answer,
    Approval,
    Client,
    Course,
    Qualification,
    Reaction,
    Recheck,
    Screening,
    Treatment,
    Withdrawal,
)
from storefront.eligibility.policy import Policy, load_policy

# One query for the client with the allergies, what was put off and what was told anew, and one for each of courses, screenings,
# approvals and reactions.
RECORD: tuple[ORMOption, ...] = (
    joinedload(Client.allergies).joinedload(Allergy.reading),
    joinedload(Client.deferrals),
    joinedload(Client.news),
    selectinload(Client.courses).options(
        joinedload(Course.completions),
        joinedload(Course.versions).options(joinedload(Treatment.gap_decisions), joinedload(Treatment.skin_seen)),
    ),
    selectinload(Client.screenings).joinedload(Screening.answers).joinedload(Answer.clearance),
    selectinload(Client.approvals).options(
        joinedload(Approval.withdrawal),
        joinedload(Approval.serums),
        joinedload(Approval.classes),
        joinedload(Approval.early_wishes).joinedload(EarlyWish.answer),
    ),
    selectinload(Client.reactions).joinedload(Reaction.outcome),
)


def clinic_policy() -> Policy:
    """The policy of this clinic: the defaults with its own numbers over them."""
    return load_policy(current_app.config["SETTINGS"].clinic_policy)


def load_client(client_id: int) -> Client | None:
    """The client with the whole record; five queries."""
    return _load(Client.id == client_id)


def client_of(account_id: int) -> Client | None:
    """The client that an account belongs to, with the whole record; None for staff."""
    return _load(Client.account_id == account_id)


def client_by_number(number: str) -> Client | None:
    """The client whom staff call so ("C-1187"), with the whole record."""
    return _load(Client.number == number.strip().upper())


def clients_with_records(client_ids: Sequence[int]) -> Sequence[Client]:
    """These clients, each with the whole record as it is now; five queries."""
    found = select(Client).where(Client.id.in_(client_ids)).options(*RECORD).execution_options(populate_existing=True)
    return db.session.scalars(found).unique().all()


def lock_client(client_id: int) -> Client:
    """Locks the client's row until the commit and loads the record afresh: what is judged is what is committed.
    Refuses when there is no such client."""
    held = db.session.scalar(select(Client.id).where(Client.id == client_id).with_for_update())
    found = _load(Client.id == client_id, populate_existing=True) if held is not None else None
    if found is None:
        raise Refused.because("no-client", "There is no such client.")
    return found


def _load(which: ColumnElement[bool], **options: Any) -> Client | None:
    found = select(Client).where(which).options(*RECORD).execution_options(**options)
    return db.session.scalars(found).unique().one_or_none()


def clients_at_the_desk(number: str | None, policy: Policy, today: date) -> Sequence[Client]:
    """Clients for whom something may wait for a practitioner, and the one with that number, each with the whole record."""
    wanted = _may_wait(policy, today)
    wanted = and_(wanted, Client.kept_as_id.is_(None))  # what still matters of a merged record stands on the kept one
    found = select(Client).where(or_(wanted, Client.number == number) if number else wanted)
    found = found.options(*RECORD).order_by(Client.id).execution_options(populate_existing=True)
    return db.session.scalars(found).unique().all()


def _may_wait(policy: Policy, today: date) -> ColumnElement[bool]:
    """A wide net in the database; `queue_rules` judges what it catches."""
    harmless = [condition.code for condition in policy.conditions if not condition.stops_sales]
    blocking = and_(Answer.answer != "no", ~Answer.clearance.has(), Answer.condition.not_in(harmless))
    over_treated = and_(or_(Treatment.bleeding == "more", Treatment.track_marks), ~Treatment.skin_seen.has())
    told_anew = or_(over_treated, Treatment.replaces_id.is_not(None))
    notice = timedelta(days=policy.renewal_notice_days)
    ends = and_(Approval.valid_until.between(today - notice, today + notice), ~Approval.withdrawal.has())
    answered = select(Screening.id).where(Screening.client_id == Recheck.client_id, Screening.id > Recheck.screening_id)
    return or_(
        Client.news.any(~answered.exists()),
        Client.reactions.any(~Reaction.outcome.has()),
        Client.allergies.any(and_(Allergy.needs_reading, ~Allergy.reading.has())),
        Client.screenings.any(Screening.answers.any(blocking)),
        Client.courses.any(Course.versions.any(told_anew)),
        Client.id.in_(_in_courses_to_decide(policy)),
        and_(Client.courses.any(Course.completions.any()), ~Client.approvals.any()),
        Client.approvals.any(Approval.withdrawal.has(Withdrawal.is_taken_back)),
        Client.approvals.any(or_(ends, Approval.early_wishes.any(~EarlyWish.answer.has()))),
    )


def _in_courses_to_decide(policy: Policy) -> list[int]:
    """Clients whose course under way has all its sessions, or a gap outside the usual window. Most courses have neither: their
    days alone are read, not their records."""
    newer = aliased(Treatment)
    holds = and_(~Treatment.is_struck, ~select(newer.id).where(newer.replaces_id == Treatment.id).exists())
    days = select(Course.client_id, Course.id, Treatment.treated_on).join(Treatment, Treatment.course_id == Course.id)
    days = days.where(~Course.completions.any(), holds).order_by(Course.id, Treatment.treated_on)
    usual = range(policy.usual_gap_from_days, policy.usual_gap_to_days + 1)
    found = []
    for (client_id, _), rows in itertools.groupby(db.session.execute(days), key=lambda row: (row[0], row[1])):
        on = [row.treated_on for row in rows]
        is_odd = any((later - earlier).days not in usual for earlier, later in itertools.pairwise(on))
        found += [client_id] if is_odd or len(on) >= policy.treatments_in_course else []
    return found


def qualifications_of(by: Who) -> Sequence[Qualification]:
    """The training certificates of a practitioner; none for anybody else."""
    if by.role != "practitioner" or by.id is None:
        return ()
    return db.session.scalars(select(Qualification).where(Qualification.account_id == by.id)).all()
