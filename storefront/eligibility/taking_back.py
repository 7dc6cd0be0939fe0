"""Taking a decision back: a press beside the one that was meant. For some seconds nobody is told of an approval, or that one was
put off; until then who signed it may take it back, and it waits to be decided again. Both rows stay. What a new approval
stopped stays stopped, and none before it is revived: that would open what nobody looked at."""

from datetime import datetime, timedelta

from sqlalchemy import delete

from catalogue.journal import Who
from catalogue.verdicts import Refused
from storefront.db import db
from storefront.eligibility.approval_models import Approval, Deferral, Withdrawal
from storefront.eligibility.models import Client
from storefront.eligibility.records import clinic_policy, lock_client
from storefront.eligibility.signatures import note, signature
from storefront.messages.models import Message

TOLD_BY = ("approved", "invitation", "news")


def time_to_take_back() -> timedelta:
    return timedelta(seconds=clinic_policy().undo_seconds)


def take_back_decision(client_id: int, by: Who, now: datetime) -> None:
    """Takes back the last approval or deferral, and what was to be told of it. Refuses when there is none, when somebody else
    signed it, or when its seconds are over."""
    client = lock_client(client_id)
    last = last_decision(client)
    if last is None or last.by_id != by.id or now - last.at > time_to_take_back():
        text = "This can no longer be taken back: it was signed by somebody else, or its seconds are over."
        raise Refused.because("not-to-take-back", text, "the practitioner", "Withdraw the approval, or decide anew.")
    if isinstance(last, Approval):
        last.withdrawal = Withdrawal(why="Taken back at once.", is_taken_back=True, **signature(by, now))
    else:
        last.taken_back_at = now
    tell_no_more_of(client, last, now)
    note("decision taken back", client, by, now)


def tell_no_more_of(client: Client, decided: Approval | Deferral, now: datetime) -> None:
    """The mail about a decision that holds no longer, while its seconds run, is not sent."""
    if now - decided.at <= time_to_take_back():
        untold = delete(Message).where(Message.to == client.email, Message.kind.in_(TOLD_BY))
        untold = untold.where(Message.queued_at == decided.at, Message.due_at > decided.at, Message.sent_at.is_(None))
        db.session.execute(untold)


def last_decision(client: Client) -> Approval | Deferral | None:
    """The last thing that was decided about home care, while it stands."""
    decided: list[Approval | Deferral] = [*client.approvals, *client.deferrals]
    last = max(decided, key=lambda each: each.at, default=None)
    if isinstance(last, Approval):
        return last if last.withdrawal is None else None
    return last if last is None or last.taken_back_at is None else None
