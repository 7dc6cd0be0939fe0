"""Rules about health answers, pure. A "yes" or "not sure" stands until a practitioner lifts it or its pause is over: a
later "no" by the client does not take it back, because nobody may lift their own block."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.models import Answer, Client, Screening
from storefront.eligibility.policy import Condition, Policy
from storefront.eligibility.reasons import day_in_words, reason

ANSWERS = ("no", "yes", "not_sure")


@dataclass(frozen=True, slots=True)
class Standing:
    """The last answer to a condition that was not "no", with its screening; `condition` None: no longer asked."""

    condition: Condition | None
    answer: Answer
    screening: Screening

    @property
    def name(self) -> str:
        return self.condition.name if self.condition else "an earlier question"

    @property
    def stops_sales(self) -> bool:
        return self.condition is None or self.condition.stops_sales

    @property
    def liftable_by(self) -> str:
        """Who may lift it; what nobody is sure of, a practitioner settles by looking."""
        if self.condition is None or self.answer.answer == "not_sure":
            return "practitioner"
        return self.condition.liftable_by

    def is_over(self, today: date) -> bool:
        """Lifted from that day on, or a pause whose time is over."""
        clearance = self.answer.clearance
        if clearance is not None and clearance.from_on <= today:
            return True
        pauses = self.condition is not None and self.condition.effect == "pause"
        return pauses and self.answer.until is not None and self.answer.until <= today


def current_screening(client: Client) -> Screening | None:
    return max(client.screenings, key=lambda screening: (screening.at, screening.id or 0), default=None)


def standing_answers(client: Client, policy: Policy) -> list[Standing]:
    """For each condition the last answer that was not "no", in the order of the questions."""
    found: dict[str, Standing] = {}
    for screening in sorted(client.screenings, key=lambda each: (each.at, each.id or 0)):
        for answer in screening.answers:
            if answer.answer != "no":
                found[answer.condition] = Standing(policy.condition(answer.condition), answer, screening)
    places = {condition.code: place for place, condition in enumerate(policy.conditions)}
    return [found[code] for code in sorted(found, key=lambda code: (places.get(code, len(places)), code))]


def blocks(client: Client, policy: Policy, today: date) -> list[Standing]:
    """What stops every sale today."""
    return [each for each in standing_answers(client, policy) if each.stops_sales and not each.is_over(today)]


def screening_due_on(screening: Screening, policy: Policy) -> date:
    """The first day on which the answers are too old."""
    return screening.answered_on + timedelta(days=policy.screening_days + 1)


def screening_reasons(client: Client, policy: Policy, today: date) -> list[Reason]:
    """screening-due and contraindication."""
    return [*_due(client, policy, today), *(_block(each) for each in blocks(client, policy, today))]


def _due(client: Client, policy: Policy, today: date) -> list[Reason]:
    screening = current_screening(client)
    if screening is None:
        return [reason("screening-due", text="You have not answered the safety questions yet.")]
    answered = {answer.condition for answer in screening.answers}
    is_whole = answered >= {condition.code for condition in policy.conditions}
    if screening.version != policy.screening_version or not is_whole:
        return [reason("screening-due", text="The safety questions have changed since you answered them.")]
    if today >= screening_due_on(screening, policy):
        text = f"Your answers to the safety questions are from {day_in_words(screening.answered_on)}; they are asked again."
        return [reason("screening-due", text=text)]
    return []


def _block(standing: Standing) -> Reason:
    answer = standing.answer
    said = "“not sure”" if answer.answer == "not_sure" else "“yes”"
    text = f"You answered {said} about {standing.name}."
    clearance = answer.clearance
    opens = clearance.from_on if clearance else answer.until
    if standing.condition is not None and standing.condition.effect == "pause" and opens:
        words = {"lifted_by": "time", "next_step": f"This opens by itself on {day_in_words(opens)}."}
        return reason("contraindication", text=f"{text} There is a short pause after it.", **words)
    if clearance:
        words = {
            "lifted_by": "time",
            "next_step": f"Your practitioner opened it from {day_in_words(clearance.from_on)} on.",
        }
        return reason("contraindication", text=text, **words)
    if standing.liftable_by == "nobody":
        words = {"lifted_by": "nobody", "next_step": "A roller is not right for your skin. Ask us what is."}
        return reason("contraindication", text=text, **words)
    who = "your practitioner, with a doctor's letter" if standing.liftable_by == "doctor" else "your practitioner"
    step = "Your practitioner has been told and will speak with you."
    if answer.until:
        step += f" The waiting time is over on {day_in_words(answer.until)}."
    return reason("contraindication", text=text, lifted_by=who, next_step=step)


def may_answer(answered: Collection[str], policy: Policy) -> Verdict:
    """Whether a screening is whole. Refuses when a question is open or unknown."""
    asked = {condition.code for condition in policy.conditions}
    wrong = sorted(asked.symmetric_difference(answered))
    if not wrong:
        return Verdict()
    text = f"Not every question was answered, or one is not asked any more: {', '.join(wrong)}."
    return Verdict((Reason("unanswered", text, "you", "Answer every question; “not sure” is an answer."),))


def may_clear(standing: Standing | None, note: str, from_on: date, letter_seen: bool) -> Verdict:
    """Whether an answer's block may be lifted from that day on. Refuses when nothing stands, nobody may lift it, a doctor's
    letter was not seen, the waiting time is not over by then, or no note says why."""
    if standing is None or standing.answer.clearance is not None:
        return Verdict((Reason("nothing-to-clear", "There is no answer to clear.", "", "Look at the record again."),))
    found = []
    if standing.liftable_by == "nobody":
        found.append(Reason("never", f"Nobody may lift {standing.name}.", "nobody", "Speak with the client."))
    if standing.liftable_by == "doctor" and not letter_seen:
        found.append(Reason("letter", "A doctor's letter has to be seen first.", "a doctor", "Ask for the letter."))
    if standing.answer.until and from_on < standing.answer.until:
        text = f"The waiting time ends on {day_in_words(standing.answer.until)}."
        found.append(Reason("waiting", text, "time", "Clear it from that day on."))
    if not note.strip():
        found.append(Reason("note", "A note has to say why.", "the practitioner", "Write the note."))
    return Verdict(tuple(found))
