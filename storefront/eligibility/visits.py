"""Who is treated today: those whose next session was set for this day when the last one was written down, and those whose session
is on record already. `nth` of the sessions of a course, as the policy counts them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from storefront.db import db
from storefront.eligibility.course_rules import counted
from storefront.eligibility.models import Client, Course, Treatment
from storefront.eligibility.policy import Policy
from storefront.eligibility.records import RECORD


@dataclass(frozen=True, slots=True)
class Visit:
    """One client of the day; `is_done`: the session is on record."""

    client: Client
    nth: int
    of: int
    is_done: bool


def clients_of_the_day(today: date) -> Sequence[Client]:
    """Who may be treated today, each with the whole record."""
    newer = aliased(Treatment)
    is_replaced = select(newer.id).where(newer.replaces_id == Treatment.id).exists()
    today_s = or_(Treatment.next_on == today, Treatment.treated_on == today)
    courses = select(Treatment.course_id).where(today_s, ~Treatment.is_struck, ~is_replaced)
    found = select(Client).where(Client.courses.any(Course.id.in_(courses)), Client.kept_as_id.is_(None))
    return db.session.scalars(found.options(*RECORD).order_by(Client.name, Client.id)).unique().all()


def visits(clients: Iterable[Client], policy: Policy, today: date) -> list[Visit]:
    """The day's list; who is still to come first."""
    found = [visit for client in clients for visit in _visits_of(client, policy, today)]
    return sorted(found, key=lambda visit: visit.is_done)


def _visits_of(client: Client, policy: Policy, today: date) -> Iterator[Visit]:
    for course in client.courses:
        done = counted(course, policy)
        if not done:
            continue
        if done[-1].treated_on == today:
            yield Visit(client, len(done), policy.treatments_in_course, is_done=True)
        elif done[-1].next_on == today and course.completion is None:
            yield Visit(client, len(done) + 1, policy.treatments_in_course, is_done=False)
