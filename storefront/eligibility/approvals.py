"""Doing: approvals. To grant one supersedes the former; to withdraw it needs no valid certificate, because to stop must never
wait. Faces reach both through `orders.stopping` where open orders are touched."""

from datetime import date, datetime

from sqlalchemy import select

from catalogue import shelf
from catalogue.journal import Who
from catalogue.products import Product
from catalogue.serum_classes import serum_classes
from catalogue.verdicts import Refused, Stale, require
from storefront.accounts.actions import BIRTH_TRIES, INVITATION_LASTS, queue_link
from storefront.accounts.models import Account
from storefront.db import db
from storefront.eligibility.approval_rules import MEANING, Limits, latest_approval, may_defer
from storefront.eligibility.models import Approval, ApprovedClass, ApprovedSerum, Client, Deferral, Withdrawal
from storefront.eligibility.product_rules import is_under_review
from storefront.eligibility.records import clinic_policy, lock_client
from storefront.eligibility.rules import current_course, current_screening, may_grant
from storefront.eligibility.shown import shown_hash
from storefront.eligibility.signatures import insist_qualified, note, registration_of, signature
from storefront.eligibility.taking_back import tell_no_more_of, time_to_take_back
from storefront.messages.actions import queue_message

CHANGED = "record-changed"


def grant_approval(
    client_id: int, limits: Limits, by: Who, today: date, now: datetime, shown: str | None = None
) -> Approval:
    """Signs what the client is judged suitable for and tells the client. Refuses when the course, screening, reactions or age
    stand against it, a limit is beyond the policy, a serum is none or lacks its note, or `by` is not qualified; Stale when the
    record is no longer the one whose hash was `shown` (None: nothing was)."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    _insist_unchanged(client, shown)
    require(may_grant(client, limits, clinic_policy(), today))
    _insist_serums(limits)
    approval = _approval(client, limits, by, today, now)
    client.approvals.append(approval)
    db.session.flush()
    note("approval granted", client, by, now, approval=approval.id)
    _tell(client, approval, now)
    return approval


def invites(client: Client) -> bool:
    """Whether an approval invites as well: who has not come yet, unless the tries at the date of birth are used up, or somebody
    said that it is not them."""
    account = db.session.get_one(Account, client.account_id)
    return account.is_invited and account.birth_tries < BIRTH_TRIES


def _tell(client: Client, approval: Approval, now: datetime) -> None:
    """Who has not come yet is invited once more, so that one mail leads to what was approved, with the tries that were left."""
    account = db.session.get_one(Account, client.account_id)
    if invites(client):
        told = queue_link(account, "invitation", INVITATION_LASTS, now)
    else:
        told = queue_message("approved", client.email, now, about=client.number, client=client, approval=approval)
    told.due_at = now + time_to_take_back()


def _insist_unchanged(client: Client, shown: str | None) -> None:
    if shown is not None and shown != shown_hash(client):
        text = "This record has changed since it was shown to you."
        raise Stale.because(CHANGED, text, "the practitioner", "Read what is new, then decide again.")


def _approval(client: Client, limits: Limits, by: Who, today: date, now: datetime) -> Approval:
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
        review_note=limits.review_note.strip(),
        registration=registration_of(by, today),
        meaning=MEANING,
        shown_hash=shown_hash(client),
        serums=[ApprovedSerum(product_id=product_id) for product_id in sorted(limits.serum_ids)],
        classes=[ApprovedClass(name=name) for name in sorted(limits.serum_classes)],
        withdrawal=None,
        early_wishes=[],
        **signature(by, now),
    )


def _insist_serums(limits: Limits) -> None:
    if not limits.serum_classes <= serum_classes().keys():
        raise Refused.because("no-class", "There is no such class of serums.", "", "Choose the classes again.")
    chosen = select(Product).where(Product.id.in_(limits.serum_ids), Product.kind == "serum").options(*shelf.LOADING)
    serums = db.session.scalars(chosen.order_by(Product.id)).unique().all()
    if {serum.id for serum in serums} != limits.serum_ids:
        raise Refused.because("no-serum", "One of the chosen serums is not on record.", "", "Choose the serums again.")
    waiting = [serum.name for serum in serums if is_under_review(serum)]
    if waiting and not limits.review_note.strip():
        text = f"{', '.join(waiting)}: vetted by a practitioner's note, so a note has to say why it suits this client."
        raise Refused.because("review-note", text, "the practitioner", "Write the note, or leave the serum out.")


def defer_approval(
    client_id: int, why: str, until: date | None, told: str, by: Who, today: date, now: datetime
) -> Deferral:
    """Puts an approval off or denies it for now, and tells the client to look. Refuses when one is in force, the reason is
    none, or the day has passed."""
    client = lock_client(client_id)
    require(may_defer(client, why, until, today))
    deferral = Deferral(why=why, until=until, note=told.strip(), taken_back_at=None, **signature(by, now))
    client.deferrals.append(deferral)
    db.session.flush()
    note("approval put off", client, by, now, deferral=deferral.id)
    queue_message("news", client.email, now, about=client.number, client=client).due_at = now + time_to_take_back()
    return deferral


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
    tell_no_more_of(client, approval, now)
    note("approval withdrawn", client, by, now, approval=approval.id)
    queue_message("news", client.email, now, about=client.number, client=client)
    return approval.withdrawal
