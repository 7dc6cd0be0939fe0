"""What will be due before long: approvals that end, safety questions that are asked again, consents that wait for a signature, and
qualifications that lapse. Nothing here stops anybody yet; each list is one query, the soonest first, with how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, Row, Select, and_, exists, func, literal, select
from sqlalchemy.orm import aliased

from storefront.accounts.models import Account
from storefront.db import db
from storefront.eligibility.consent_models import Consent, ConsentWithdrawal
from storefront.eligibility.consent_texts import load_texts, text_on
from storefront.eligibility.models import Approval, Client, Course, Qualification, Screening, Withdrawal
from storefront.eligibility.policy import Policy

SHOWN = 8
AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Due:
    """One list: rows of `number`, `name` and `day` (None: now), and how many there are in all."""

    kind: str
    name: str
    rows: Sequence[Row[str, str, date, int]]

    @property
    def count(self) -> int:
        return self.rows[0].many if self.rows else 0


def due_soon(policy: Policy, today: date) -> list[Due]:
    """Every list, also the empty ones; four queries."""
    lists = (
        ("renewal", "Approvals that end", _renewals(today)),
        ("screening", "Safety questions to ask again", _screenings(policy, today)),
        ("consent", "Consents to be signed", _consents(today)),
        ("qualification", "Qualifications that lapse", _qualifications(today)),
    )
    return [Due(kind, name, db.session.execute(found.limit(SHOWN)).all()) for kind, name, found in lists]


def numbers_of(lists: Sequence[Due]) -> list[str]:
    """The clients that stand in them, each once."""
    return list(dict.fromkeys(row.number for due in lists if due.kind != "qualification" for row in due.rows))


def _in_force(today: date) -> Any:
    """The last approval of a client, neither withdrawn nor past its last day."""
    newer = aliased(Approval)
    is_last = ~exists().where(newer.client_id == Approval.client_id, newer.id > Approval.id)
    is_live = Approval.valid_until >= today
    return and_(is_last, is_live, ~exists().where(Withdrawal.approval_id == Approval.id))


def _renewals(today: date) -> Select[str, str, date, int]:
    found = select(Client.number, Client.name, Approval.valid_until.label("day"), func.count().over().label("many"))
    found = found.join(Approval, Approval.client_id == Client.id)
    found = found.where(_in_force(today), Approval.valid_until <= today + AHEAD, Client.kept_as_id.is_(None))
    return found.order_by(Approval.valid_until, Client.id)


def _screenings(policy: Policy, today: date) -> Select[str, str, date, int]:
    """Of clients who may buy: the last answers grow old within the time ahead, or have already."""
    last = select(Screening.client_id, func.max(Screening.answered_on).label("day")).group_by(Screening.client_id)
    answered = last.subquery()
    old_on = today + AHEAD / 2 - timedelta(days=policy.screening_days)
    found = select(Client.number, Client.name, answered.c.day, func.count().over().label("many"))
    found = found.join(answered, answered.c.client_id == Client.id).join(Approval, Approval.client_id == Client.id)
    found = found.where(_in_force(today), answered.c.day <= old_on, Client.kept_as_id.is_(None))
    return found.order_by(answered.c.day, Client.id)


def _consents(today: date) -> Select[str, str, date, int]:
    """Of clients in a course: the text of today is not signed, or was taken back."""
    taken_back = exists().where(ConsentWithdrawal.consent_id == Consent.id)
    sha256 = text_on("treatment", today, load_texts()).sha256
    signed = exists().where(
        Consent.client_id == Client.id, Consent.kind == "treatment", Consent.text_sha256 == sha256, ~taken_back
    )
    under_way = Client.courses.any(~Course.completions.any())
    found = select(Client.number, Client.name, literal(None, Date).label("day"), func.count().over().label("many"))
    return found.where(under_way, ~signed, Client.kept_as_id.is_(None)).order_by(Client.id)


def _qualifications(today: date) -> Select[str, str, date, int]:
    """Of practitioners at work: the last certificate ends within the time ahead, or has ended; or there is none."""
    last = select(Qualification.account_id, func.max(Qualification.expires_on).label("day"))
    held = last.group_by(Qualification.account_id).subquery()
    found = select(literal("").label("number"), Account.name, held.c.day, func.count().over().label("many"))
    found = found.outerjoin(held, held.c.account_id == Account.id)
    ends = (held.c.day <= today + AHEAD) | held.c.day.is_(None)
    return found.where(Account.role == "practitioner", Account.is_active, ends).order_by(held.c.day, Account.id)
