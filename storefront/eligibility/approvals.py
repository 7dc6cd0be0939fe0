"""Doing: approvals. To grant one supersedes the former; to withdraw it needs no valid certificate, because to stop must never
wait. Faces reach both through `orders.stopping` where open orders are touched."""

from datetime import date, datetime

from sqlalchemy import select

from catalogue.journal import Who
from catalogue.products import Product
from catalogue.verdicts import Refused
from storefront.db import db
from storefront.eligibility.approval_rules import Limits, latest_approval
from storefront.eligibility.models import Approval, ApprovedSerum, Client, Withdrawal
from storefront.eligibility.records import clinic_policy, lock_client
from storefront.eligibility.rules import current_course, current_screening, may_grant
from storefront.eligibility.signatures import insist, insist_qualified, note, signature
from storefront.messages.actions import queue_message


def grant_approval(client_id: int, limits: Limits, by: Who, today: date, now: datetime) -> Approval:
    """Signs what the client is judged suitable for and tells the client. Refuses when the course, screening, reactions or age
    stand against it, a limit is beyond the policy, a serum is none, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    insist(may_grant(client, limits, clinic_policy(), today))
    _insist_serums(limits.serum_ids)
    approval = _approval(client, limits, by, now)
    client.approvals.append(approval)
    db.session.flush()
    note("approval granted", client, by, now, approval=approval.id)
    queue_message("approved", client.email, now, about=client.number, client=client, approval=approval)
    return approval


def _approval(client: Client, limits: Limits, by: Who, now: datetime) -> Approval:
    course, screening = current_course(client), current_screening(client)
    if course is None or screening is None:
        raise AssertionError("the rule refuses without a course and a screening")
    return Approval(
        course_id=course.id,
        screening_id=screening.id,
        greatest_needle_um=limits.greatest_needle_um,
        reorder_days=limits.reorder_days,
        quantity=limits.quantity,
        uses_per_roller=limits.uses_per_roller,
        valid_until=limits.valid_until,
        note=limits.note.strip(),
        deep_note=limits.deep_note.strip(),
        serums=[ApprovedSerum(product_id=product_id) for product_id in sorted(limits.serum_ids)],
        withdrawal=None,
        **signature(by, now),
    )


def _insist_serums(ids: frozenset[int]) -> None:
    serums = select(Product.id).where(Product.id.in_(ids), Product.kind == "serum")
    if set(db.session.scalars(serums)) != ids:
        raise Refused.because("no-serum", "One of the chosen serums is not on record.", "", "Choose the serums again.")


def withdraw_approval(client_id: int, why: str, by: Who, now: datetime) -> Withdrawal:
    """Takes the last approval back and tells the client to look. Refuses when there is none, it is withdrawn already, or no
    reason is given."""
    client = lock_client(client_id)
    approval = latest_approval(client)
    if approval is None or approval.withdrawal is not None:
        raise Refused.because("no-approval", "There is no approval to withdraw.", "", "Look at the record again.")
    if not why.strip():
        raise Refused.because("no-reason", "A withdrawal needs a reason.", "", "Write the reason.")
    approval.withdrawal = Withdrawal(why=why.strip(), **signature(by, now))
    note("approval withdrawn", client, by, now, approval=approval.id)
    queue_message("news", client.email, now, about=client.number, client=client)
    return approval.withdrawal
