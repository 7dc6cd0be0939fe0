"""The clinic's courses in numbers, for its charts: how far the courses are, and how many weeks lie between treatments. Counted in
the database; nobody's name is in it."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Date, Select, case, exists, func, select
from sqlalchemy.orm import aliased

from storefront.db import db
from storefront.eligibility.models import Approval, Client, Completion, Course, Treatment
from storefront.eligibility.policy import Policy

LOOKED_BACK = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart, its parts in the order of the names."""

    label: str
    counts: tuple[float, ...]

    @property
    def total(self) -> float:
        return sum(self.counts)


def _holding() -> Select[Treatment]:
    """The sessions as they hold today: not struck, and not replaced by a later version."""
    newer = aliased(Treatment)
    return select(Treatment).where(~Treatment.is_struck, ~exists().where(newer.replaces_id == Treatment.id))


def courses_by_stage(policy: Policy) -> list[Bar]:
    """How many courses are at each stage; one query."""
    held = _holding().subquery()
    done = func.count(held.c.id)
    signed = select(Completion.course_id).distinct().subquery()
    approved = select(Approval.course_id).distinct().subquery()
    stage = case(
        (func.max(approved.c.course_id).is_not(None), -1), (func.max(signed.c.course_id).is_not(None), -2), else_=0
    )
    found = select(stage.label("stage"), Course.id, done.label("done")).join(Client, Client.id == Course.client_id)
    found = found.outerjoin(held, held.c.course_id == Course.id).where(Client.kept_as_id.is_(None))
    found = found.outerjoin(signed, signed.c.course_id == Course.id)
    found = found.outerjoin(approved, approved.c.course_id == Course.id)
    each = found.group_by(Course.id).subquery()
    told = select(each.c.stage, each.c.done, func.count()).group_by(each.c.stage, each.c.done)
    counts: dict[int, int] = {}
    for signed, sessions, many in db.session.execute(told):
        at = signed or min(sessions, policy.treatments_in_course)
        counts[at] = counts.get(at, 0) + many
    names = {n: f"{n} of {policy.treatments_in_course} done" for n in range(policy.treatments_in_course)}
    names |= {
        policy.treatments_in_course: "All done, to be signed",
        -2: "Complete, to be approved",
        -1: "Approved once",
    }
    return [Bar(name, (counts.get(at, 0),)) for at, name in names.items()]


def weeks_between(policy: Policy, today: date) -> list[Bar]:
    """How many gaps of each length in the last two years, whole weeks: first inside the usual window, then outside; one query."""
    held = _holding().where(Treatment.treated_on >= today - LOOKED_BACK).subquery()
    before = func.lag(held.c.treated_on, type_=Date()).over(
        partition_by=held.c.course_id, order_by=(held.c.treated_on, held.c.id)
    )
    pairs = select(before.label("before"), held.c.treated_on.label("day")).subquery()
    rows = db.session.execute(select(pairs.c.before, pairs.c.day).where(pairs.c.before.is_not(None)))
    gaps = [(day - earlier).days for earlier, day in rows]
    first, last = policy.shortest_gap_days // 7, policy.longest_gap_days // 7
    usual = range(policy.usual_gap_from_days, policy.usual_gap_to_days + 1)
    bars = []
    for week in range(first, last + 1):
        mine = [days for days in gaps if (days // 7 if days <= policy.longest_gap_days else last) == week]
        is_last = week == last
        inside = sum(days in usual for days in mine)
        bars.append(Bar(f"{week} weeks{' or more' if is_last else ''}", (inside, len(mine) - inside)))
    return bars
