"""Rules about health answers, pure. A "yes" or "not sure" stands until a practitioner lifts it or its pause is over: nothing
that a client answers later takes it back or makes it easier to lift, because nobody may lift their own block."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.models import Answer, Clearance, Client, Recheck, Screening
from storefront.eligibility.policy import Condition, Policy
from storefront.eligibility.questions import words_asked
from storefront.eligibility.reasons import day_in_words, reason

ANSWERS = ("no", "yes", "not_sure")
CARRIED_OVER = "carried over"  # the version of answers that came from a merged record
STRICTNESS = ("practitioner", "doctor", "nobody")


@dataclass(frozen=True, slots=True)
class Said:
    """One answer that was not "no", with its screening; `clearance` is the first to count of those signed for it or for an
    answer after it, because who clears looks at all that was said before."""

    condition: Condition | None
    answer: Answer
    screening: Screening
    clearance: Clearance | None

    @property
    def liftable_by(self) -> str:
        """Who may lift it; what nobody is sure of, a practitioner settles by looking."""
        if self.condition is None or self.answer.answer == "not_sure":
            return "practitioner"
        return self.condition.liftable_by

    @property
    def opens_on(self) -> date | None:
        """The day from which it stops nothing: cleared, or a pause that ends by itself; None while neither is known."""
        is_pause = self.condition is not None and self.condition.effect == "pause"
        days = [self.clearance.from_on] if self.clearance else []
        days += [self.answer.until] if is_pause and self.answer.until else []
        return min(days, default=None)

    @property
    def asked(self) -> str:
        """The exact words that were answered."""
        return self.answer.asked or words_asked(self.screening.version, self.answer.condition)

    def is_over(self, today: date) -> bool:
        return self.opens_on is not None and self.opens_on <= today


@dataclass(frozen=True, slots=True)
class Standing:
    """What was said about one condition and counts today, oldest first, the strictest of it deciding; when all of it is over,
    the last that was said. `condition` None: no longer asked."""

    condition: Condition | None
    said: tuple[Said, ...]
    is_over: bool

    @property
    def answer(self) -> Answer:
        return self.said[-1].answer

    @property
    def screening(self) -> Screening:
        return self.said[-1].screening

    @property
    def clearance(self) -> Clearance | None:
        return self.said[-1].clearance

    @property
    def code(self) -> str:
        return self.answer.condition

    @property
    def name(self) -> str:
        return self.condition.name if self.condition else "an earlier question"

    @property
    def word(self) -> str:
        """What was said; "yes" also when "not sure" was said as well."""
        return "yes" if any(each.answer.answer == "yes" for each in self.said) else "not sure"

    @property
    def stops_sales(self) -> bool:
        return self.condition is None or self.condition.stops_sales

    @property
    def advice(self) -> str:
        """What to keep in mind about an answer that stops nothing; every place that was ever named."""
        if self.condition is None or self.condition.advice:
            return self.condition.advice if self.condition else ""
        places = "; ".join(dict.fromkeys(each.answer.detail for each in self.said if each.answer.detail))
        return f"Leave out the place of your {self.name}{': ' + places if places else ''}. Never roll over it."

    @property
    def liftable_by(self) -> str:
        return max((each.liftable_by for each in self.said), key=STRICTNESS.index)

    @property
    def until(self) -> date | None:
        """The end of the longest waiting time that is known."""
        return max((each.answer.until for each in self.said if each.answer.until), default=None)

    @property
    def opens_on(self) -> date | None:
        """The day on which the last of it opens by itself; None while a practitioner has to look."""
        days = [each.opens_on for each in self.said if each.opens_on]
        return max(days) if len(days) == len(self.said) else None


def current_screening(client: Client) -> Screening | None:
    return max(client.screenings, key=lambda screening: (screening.at, screening.id or 0), default=None)


def news_of(client: Client) -> list[Recheck]:
    """Something new that was told before an order, after the last safety questions were answered: they are due at once."""
    screening = current_screening(client)
    last = screening.id if screening else None
    return [each for each in client.news if each.screening_id == last]


def standing_answers(client: Client, policy: Policy, today: date) -> list[Standing]:
    """What stands about each condition that was not always answered "no", in the order of the questions."""
    found: dict[str, list[tuple[Answer, Screening]]] = {}
    for screening in sorted(client.screenings, key=lambda each: (each.at, each.id or 0)):
        for answer in screening.answers:
            if answer.answer != "no":
                found.setdefault(answer.condition, []).append((answer, screening))
    places = {condition.code: place for place, condition in enumerate(policy.conditions)}
    codes = sorted(found, key=lambda code: (places.get(code, len(places)), code))
    return [_standing(policy.condition(code), found[code], today) for code in codes]


def _standing(condition: Condition | None, told: list[tuple[Answer, Screening]], today: date) -> Standing:
    said: list[Said] = []
    clearance: Clearance | None = None
    for answer, screening in reversed(told):
        signed = [each for each in (answer.clearance, clearance) if each is not None]
        clearance = min(signed, key=lambda each: each.from_on, default=None)
        said.insert(0, Said(condition, answer, screening, clearance))
    counting = tuple(each for each in said if not each.is_over(today))
    return Standing(condition, counting or tuple(said[-1:]), is_over=not counting)


def keep_in_mind(client: Client, policy: Policy, today: date) -> list[Standing]:
    """Answers that stop nothing and still say how home care is done: places to leave out, and advice."""
    return [each for each in standing_answers(client, policy, today) if not each.stops_sales and not each.is_over]


def blocks(client: Client, policy: Policy, today: date) -> list[Standing]:
    """What stops every sale today."""
    return [each for each in standing_answers(client, policy, today) if each.stops_sales and not each.is_over]


def screening_due_on(screening: Screening, policy: Policy) -> date:
    """The first day on which the answers are too old."""
    return screening.answered_on + timedelta(days=policy.screening_days + 1)


def last_answered(client: Client) -> dict[str, tuple[Answer, Screening]]:
    """The last answer to each question. What came from a merged record makes every answer before it doubtful."""
    found: dict[str, tuple[Answer, Screening]] = {}
    for screening in sorted(client.screenings, key=lambda each: (each.at, each.id or 0)):
        if screening.version == CARRIED_OVER:
            found = {}
        else:
            found |= {answer.condition: (answer, screening) for answer in screening.answers}
    return found


def is_changed(condition: Condition, told: tuple[Answer, Screening] | None, policy: Policy) -> bool:
    """Whether this question was not asked yet, or in other words that do not count for these."""
    if told is None:
        return True
    answer, screening = told
    counts = screening.version == policy.screening_version or screening.version in policy.also_counts
    return not counts and answer.asked != condition.words


def due_conditions(client: Client, policy: Policy, today: date) -> list[Condition]:
    """The questions to be asked today, and no more: new or changed ones, those whose answers are too old, and all of them when
    something new was told."""
    if news_of(client):
        return list(policy.conditions)
    answered = last_answered(client)
    return [each for each in policy.conditions if _is_due(each, answered.get(each.code), policy, today)]


def _is_due(condition: Condition, told: tuple[Answer, Screening] | None, policy: Policy, today: date) -> bool:
    return told is None or is_changed(condition, told, policy) or today >= screening_due_on(told[1], policy)


def screening_reasons(client: Client, policy: Policy, today: date) -> list[Reason]:
    """screening-due and contraindication."""
    return [*_due(client, policy, today), *(_block(each) for each in blocks(client, policy, today))]


def _due(client: Client, policy: Policy, today: date) -> list[Reason]:
    due, answered = due_conditions(client, policy, today), last_answered(client)
    if not due:
        return []
    if current_screening(client) is None:
        return [reason("screening-due", text="You have not answered the safety questions yet.")]
    if any(is_changed(each, answered.get(each.code), policy) for each in due):
        return [reason("screening-due", text="The safety questions have changed since you answered them.")]
    if told := news_of(client):
        day = day_in_words(told[-1].at.date())
        text = f"You told us on {day} that something is new: the safety questions come first."
        return [reason("screening-due", text=text)]
    oldest = min(answered[each.code][1].answered_on for each in due)
    text = f"Your answers to the safety questions are from {day_in_words(oldest)}; they are asked again."
    return [reason("screening-due", text=text)]


def _block(standing: Standing) -> Reason:
    text = f"You answered “{standing.word}” about {standing.name}."
    opens = standing.opens_on
    if opens and standing.condition is not None and standing.condition.effect == "pause":
        words = {"lifted_by": "time", "next_step": f"This opens by itself on {day_in_words(opens)}."}
        return reason("contraindication", text=f"{text} There is a short pause after it.", **words)
    if opens:
        words = {"lifted_by": "time", "next_step": f"Your practitioner opened it from {day_in_words(opens)} on."}
        return reason("contraindication", text=text, **words)
    if standing.liftable_by == "nobody":
        words = {"lifted_by": "nobody", "next_step": "A roller is not right for your skin. Ask us what is."}
        return reason("contraindication", text=text, **words)
    who = "your practitioner, with a doctor's letter" if standing.liftable_by == "doctor" else "your practitioner"
    step = "Your practitioner has been told and will speak with you."
    if standing.until:
        step += f" The waiting time is over on {day_in_words(standing.until)}."
    return reason("contraindication", text=text, lifted_by=who, next_step=step)


def may_answer(answered: Collection[str], due: Iterable[Condition], policy: Policy) -> Verdict:
    """Whether a screening is whole. Refuses when a question that is due is open, one is unknown, or none was answered."""
    missing = {condition.code for condition in due}.difference(answered)
    unknown = set(answered).difference(condition.code for condition in policy.conditions)
    wrong = sorted(missing | unknown)
    if answered and not wrong:
        return Verdict()
    text = f"Not every question was answered, or one is not asked any more: {', '.join(wrong) or 'none was'}."
    return Verdict((Reason("unanswered", text, "you", "Answer every question; “not sure” is an answer."),))


def may_clear(standing: Standing | None, note: str, from_on: date, letter_seen: bool) -> Verdict:
    """Whether an answer's block may be lifted from that day on. Refuses when nothing stands, nobody may lift it, a doctor's
    letter was not seen, the waiting time is not over by then, or no note says why."""
    if standing is None or standing.clearance is not None:
        return Verdict((Reason("nothing-to-clear", "There is no answer to clear.", "", "Look at the record again."),))
    found = []
    if standing.liftable_by == "nobody":
        found.append(Reason("never", f"Nobody may lift {standing.name}.", "nobody", "Speak with the client."))
    if standing.liftable_by == "doctor" and not letter_seen:
        found.append(Reason("letter", "A doctor's letter has to be seen first.", "a doctor", "Ask for the letter."))
    if standing.until and from_on < standing.until:
        text = f"The waiting time ends on {day_in_words(standing.until)}."
        found.append(Reason("waiting", text, "time", "Clear it from that day on."))
    if not note.strip():
        found.append(Reason("note", "A note has to say why.", "the practitioner", "Write the note."))
    return Verdict(tuple(found))
