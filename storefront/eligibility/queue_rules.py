"""What waits for a practitioner, pure: for each client every matter that only a practitioner can move, the most pressing
first. What waits for the client or for time alone is not here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from storefront.clock import day_of
from storefront.eligibility.allergy_rules import unread_allergies
from storefront.eligibility.approval_rules import is_renewal_due, is_taken_back, latest_approval, standing_deferral
from storefront.eligibility.course_rules import (
    counted,
    current_course,
    gaps_that_count,
    open_course_of,
    to_see_again,
)
from storefront.eligibility.early_rules import waiting_wishes
from storefront.eligibility.models import Client, Reaction
from storefront.eligibility.policy import Policy
from storefront.eligibility.reasons import day_in_words
from storefront.eligibility.rules import approval_in_force, open_reactions
from storefront.eligibility.screening_rules import blocks, news_of

# The order in which matters are shown, with the tone of the dot.
MATTERS = {
    "reaction": "stop",
    "answer": "soon",
    "news": "soon",
    "skin": "soon",
    "gap": "soon",
    "early": "soon",
    "approval": "ok",
    "completion": "ok",
    "renewal": "ok",
}


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to do about a client; `since` is told only where the moment matters, `waits_from` is when it began to wait: None
    for what only comes up."""

    kind: str
    text: str
    since: datetime | None = None
    waits_from: date | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A client in the queue with every matter, the most pressing first; for so many days, which may be too many."""

    client: Client
    matters: tuple[Matter, ...]
    days: int = 0
    is_late: bool = False

    @property
    def first(self) -> Matter:
        return self.matters[0]

    @property
    def tone(self) -> str:
        return MATTERS[self.first.kind]


def queue(clients: Iterable[Client], policy: Policy, today: date) -> list[Waiting]:
    """The clients for whom something waits: the most pressing first, of those the ones that wait too long, then by number."""
    places = list(MATTERS)
    found = [_waiting(client, tuple(matters(client, policy, today)), policy, today) for client in clients]
    waiting = [each for each in found if each.matters]
    return sorted(waiting, key=lambda each: (places.index(each.first.kind), not each.is_late, each.client.number))


def _waiting(client: Client, found: tuple[Matter, ...], policy: Policy, today: date) -> Waiting:
    days = max(((today - each.waits_from).days for each in found if each.waits_from), default=0)
    return Waiting(client, found, days, is_late=days > policy.escalation_days)


def matters(client: Client, policy: Policy, today: date) -> Iterator[Matter]:
    """Everything that waits for a practitioner about one client, in the order of `MATTERS`."""
    for reaction in open_reactions(client):
        yield Matter("reaction", _reported(reaction, today), waits_from=day_of(reaction.at))
    yield from _answers(client, policy, today)
    for allergy in unread_allergies(client):
        yield Matter("answer", f"allergy to read: “{allergy.name}”", allergy.at, day_of(allergy.at))
    for told in news_of(client)[-1:]:
        yield Matter("news", "something new before an order: ask the safety questions", told.at, day_of(told.at))
    for treatment in to_see_again(client):
        text = f"over-treated on {day_in_words(treatment.treated_on)}: see the skin again"
        yield Matter("skin", text, waits_from=treatment.treated_on)
    yield from _gaps(client, policy)
    for wish in waiting_wishes(client, today):
        yield Matter("early", f"asks to order {wish.name} early", wish.at, day_of(wish.at))
    yield from _approval(client, policy, today)


def _reported(reaction: Reaction, today: date) -> str:
    told = f"reaction reported on {day_in_words(reaction.at.date())}"
    due = reaction.answer_by.date() if reaction.answer_by else None
    if due is None:
        return told
    return f"{told}: answer overdue" if due < today else f"{told}: answer by {day_in_words(due)}"


def _answers(client: Client, policy: Policy, today: date) -> Iterator[Matter]:
    """Answers that wait for a look. What nobody may lift waits only while an approval stands against it."""
    for standing in blocks(client, policy, today):
        is_hopeless = standing.liftable_by == "nobody" and not approval_in_force(client, today)
        if standing.opens_on is None and not is_hopeless:
            at = standing.screening.at
            waits = f", waiting time until {day_in_words(standing.until)}" if standing.until else ""
            yield Matter("answer", f"“{standing.word}”: {standing.name}{waits}", at, day_of(at))


def _gaps(client: Client, policy: Policy) -> Iterator[Matter]:
    course = open_course_of(client) or current_course(client)
    for gap in gaps_that_count(course, policy) if course else ():
        day = gap.treatment.treated_on
        if gap.is_undecided:
            yield Matter("gap", f"gap of {weeks(gap.days)}: decide whether the course counts", waits_from=day)
        elif gap.is_unexplained or (gap.window == "wide" and not gap.treatment.gap_reason.strip()):
            yield Matter("gap", f"gap of {weeks(gap.days)}: give a reason", waits_from=day)


def _approval(client: Client, policy: Policy, today: date) -> Iterator[Matter]:
    course, under_way = current_course(client), open_course_of(client)
    is_put_off = standing_deferral(client, today) is not None
    last = latest_approval(client)
    is_undecided = last is None or is_taken_back(last)
    if course is not None and course.completion is not None and is_undecided and not is_put_off:
        at = course.completion.at
        yield Matter("approval", "course complete: approve", at, _asked_from(client, day_of(at)))
    if under_way is not None and len(counted(under_way, policy)) >= policy.treatments_in_course:
        last_on = under_way.treatments[-1].treated_on
        yield Matter("completion", "all treatments done: sign the course as complete", waits_from=last_on)
    approval = latest_approval(client)
    if approval is not None and is_renewal_due(client, policy, today) and not is_put_off:
        has_ended = today > approval.valid_until
        word = "approval ended" if has_ended else "renewal due"
        until = approval.valid_until
        yield Matter("renewal", f"{word} {day_in_words(until)}", waits_from=until if has_ended else None)


def _asked_from(client: Client, completed_on: date) -> date:
    """From when an approval waits: once put off to a day, from that day on."""
    days = [each.until for each in client.deferrals if each.until is not None and each.taken_back_at is None]
    return max([completed_on, *days])


def weeks(days: int) -> str:
    """Days as the clinic says them: 7 weeks 2 days."""
    whole, rest = divmod(days, 7)
    parts = [f"{whole} week{'' if whole == 1 else 's'}"] if whole else []
    if rest or not whole:
        parts.append(f"{rest} day{'' if rest == 1 else 's'}")
    return " ".join(parts)
