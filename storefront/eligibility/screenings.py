"""Doing: health answers. Anybody may fill in their own screening; only a currently qualified practitioner lifts what an
answer stopped. Called through `orders.stopping` where an answer stops sales, so that open orders stop with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from catalogue.journal import Who
from catalogue.verdicts import Refused, require
from storefront.db import db
from storefront.eligibility.models import Answer, Clearance, Screening
from storefront.eligibility.policy import Policy
from storefront.eligibility.records import clinic_policy, lock_client
from storefront.eligibility.screening_rules import ANSWERS, due_conditions, may_answer, may_clear, standing_answers
from storefront.eligibility.signatures import insist_qualified, note, signature
from storefront.messages.actions import queue_message


@dataclass(frozen=True, slots=True)
class Given:
    """One answer: "no", "yes" or "not_sure", what was told with it, and the day from which a waiting period counts."""

    answer: str
    detail: str = ""
    last_on: date | None = None


def answer_screening(client_id: int, answers: Mapping[str, Given], by: Who, today: date, now: datetime) -> Screening:
    """Keeps answers, by the code of each condition, with the words that were asked. Refuses when a question that is due is left
    open, one is unknown, an answer is no answer, or a day is to come. It never takes back an earlier "yes"."""
    client = lock_client(client_id)
    policy = clinic_policy()
    require(may_answer(answers.keys(), due_conditions(client, policy, today), policy))
    for given in answers.values():
        if given.answer not in ANSWERS or (given.last_on is not None and given.last_on > today):
            raise Refused.because("unanswered", "An answer is none, or its day is to come.", "you", "Look again.")
    screening = Screening(version=policy.screening_version, answered_on=today, **signature(by, now))
    screening.answers = [_answer(code, given, policy, today) for code, given in answers.items()]
    client.screenings.append(screening)
    db.session.flush()
    note("screening answered", client, by, now, screening=screening.id)
    return screening


def _answer(code: str, given: Given, policy: Policy, today: date) -> Answer:
    condition = policy.condition(code)
    waits = condition is not None and given.answer != "no"
    until = condition.waits_until(given.last_on, today) if condition and waits else None
    asked = condition.words if condition else ""
    told = {"answer": given.answer, "detail": given.detail.strip(), "asked": asked}
    return Answer(condition=code, until=until, clearance=None, **told)


def clear_answer(
    client_id: int,
    answer_id: int,
    why: str,
    from_on: date,
    by: Who,
    today: date,
    now: datetime,
    letter_seen: bool = False,
) -> Clearance:
    """Lifts what one answer stopped, from a day on. Refuses when nothing stands there, nobody may lift it, a doctor's letter
    was not seen, the waiting time is not over by then, no note says why, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    standing = {each.answer.id: each for each in standing_answers(client, clinic_policy(), today)}.get(answer_id)
    require(may_clear(standing, why, from_on, letter_seen))
    if standing is None:
        raise AssertionError("the rule refuses without an answer")
    told = f"Doctor's letter seen. {why.strip()}" if letter_seen else why.strip()
    standing.answer.clearance = Clearance(note=told, from_on=from_on, **signature(by, now))
    note("answer cleared", client, by, now, answer=answer_id)
    queue_message("news", client.email, now, about=client.number, client=client)
    return standing.answer.clearance
