"""Nobody waits unnoticed: once a day the worker looks who has waited for a practitioner longer than the policy says, and every
practitioner is told how many there are. The mail names nobody and says nothing of why."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select, update

from storefront.accounts.telling import tell_practitioners
from storefront.clock import day_of
from storefront.db import db, rows_changed
from storefront.eligibility.queue_rules import queue
from storefront.eligibility.records import clients_at_the_desk, clinic_policy
from storefront.messages.models import WorkerBeat


def is_look_due(today: date) -> bool:
    """Whether the worker has not looked yet on this day; where none runs, nobody looks."""
    return db.session.scalar(select(WorkerBeat.id).where(_not_on(today))) is not None


def tell_who_waits(now: datetime) -> int:
    """Looks, once a day whatever the number of workers; how many wait too long."""
    today, policy = day_of(now), clinic_policy()
    mine = update(WorkerBeat).where(_not_on(today)).values(looked_on=today)
    if rows_changed(mine) != 1:
        return 0
    waiting = queue(clients_at_the_desk(None, policy, today), policy, today)
    late = [each.days for each in waiting if each.is_late]
    if late:
        days = policy.escalation_days
        tell_practitioners("waiting_long", now, count=len(late), longest=max(late), days=days)
    return len(late)


def _not_on(today: date) -> ColumnElement[bool]:
    return or_(WorkerBeat.looked_on.is_(None), WorkerBeat.looked_on != today)
