"""Loading a client's record with everything that the gate reads, in a fixed number of queries, and the lock that comes first
in every transaction which changes a client's standing or relies on it."""

from collections.abc import Sequence
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from catalogue.journal import Who
from catalogue.verdicts import Refused
from storefront.db import db
from storefront.eligibility.models import (
    Answer,
    Approval,
    Client,
    Course,
    Qualification,
    Reaction,
    Screening,
    Treatment,
)
from storefront.eligibility.policy import Policy, load_policy

# One query for the client with the allergies, and one for each of courses, screenings, approvals and reactions.
RECORD: tuple[ORMOption, ...] = (
    joinedload(Client.allergies),
    selectinload(Client.courses).options(
        joinedload(Course.completion),
        joinedload(Course.treatments).options(joinedload(Treatment.gap_decision), joinedload(Treatment.skin_seen)),
    ),
    selectinload(Client.screenings).joinedload(Screening.answers).joinedload(Answer.clearance),
    selectinload(Client.approvals).options(joinedload(Approval.withdrawal), joinedload(Approval.serums)),
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


def all_clients() -> Sequence[Client]:
    """Every client with the whole record, by number; the practitioner's queue is judged from it."""
    found = select(Client).options(*RECORD).order_by(Client.number)
    return db.session.scalars(found).unique().all()


def qualifications_of(by: Who) -> Sequence[Qualification]:
    """The training certificates of a practitioner; none for anybody else."""
    if by.role != "practitioner" or by.id is None:
        return ()
    return db.session.scalars(select(Qualification).where(Qualification.account_id == by.id)).all()
