"""Rules about courses, pure: which treatments count, what the gaps between them ask for, when a course may be signed as
complete. A course that does not count after a long gap begins again with the treatment after it."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Protocol

from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.models import Client, Course, Treatment
from storefront.eligibility.policy import Policy
from storefront.eligibility.reasons import day_in_words, in_order, reason

Window = Literal["error", "close", "usual", "wide", "too-wide"]


@dataclass(frozen=True, slots=True)
class Gap:
    """The time between two treatments that follow each other; `treatment` is the later one."""

    before: Treatment
    treatment: Treatment
    days: int
    window: Window

    @property
    def has_reason(self) -> bool:
        """A reason is noted for this gap; one that was given before the earlier day was corrected was for another gap."""
        dated_at = self.before.dated_at
        given = self.treatment.gap_reason.strip() != ""
        return given and (dated_at is None or self.treatment.reasoned_at >= dated_at)

    @property
    def is_unexplained(self) -> bool:
        return self.window == "error" or (self.window == "close" and not self.has_reason)

    @property
    def is_undecided(self) -> bool:
        return self.window == "too-wide" and self.treatment.decision_on(self.days) is None

    @property
    def begins_again(self) -> bool:
        decision = self.treatment.decision_on(self.days)
        return self.window == "too-wide" and decision is not None and not decision.counts


class HasDepth(Protocol):
    """An area of it."""

    @property
    def needle_um(self) -> int: ...


class Told(Protocol):
    """A treatment as it is told to the record."""

    @property
    def treated_on(self) -> date: ...
    @property
    def areas(self) -> Sequence[HasDepth]: ...
    @property
    def next_on(self) -> date | None: ...
    @property
    def gap_reason(self) -> str: ...


def window(days: int, policy: Policy) -> Window:
    """error: not to be recorded; close and wide ask for a reason; too-wide needs a decision."""
    if days < policy.shortest_gap_days:
        return "error"
    if days < policy.usual_gap_from_days:
        return "close"
    if days <= policy.usual_gap_to_days:
        return "usual"
    return "wide" if days <= policy.longest_gap_days else "too-wide"


def gaps_of(course: Course, policy: Policy) -> Iterator[Gap]:
    for before, treatment in itertools.pairwise(course.treatments):
        days = (treatment.treated_on - before.treated_on).days
        yield Gap(before, treatment, days, window(days, policy))


def counted(course: Course, policy: Policy) -> list[Treatment]:
    """The treatments that count: those since the last gap after which a practitioner let the course begin again."""
    first = max((gap.treatment.treated_on for gap in gaps_of(course, policy) if gap.begins_again), default=date.min)
    return [treatment for treatment in course.treatments if treatment.treated_on >= first]


def gaps_that_count(course: Course, policy: Policy) -> list[Gap]:
    kept = counted(course, policy)[1:]
    return [gap for gap in gaps_of(course, policy) if gap.treatment in kept]


def current_course(client: Client) -> Course | None:
    """The course the gate judges: the last completed one, else the last begun."""
    completed = [course for course in client.courses if course.completion is not None]
    return max(completed or client.courses, key=lambda course: course.opened_at, default=None)


def open_course_of(client: Client) -> Course | None:
    """The course under way, in which treatments are recorded."""
    return next((course for course in client.courses if course.completion is None), None)


def has_sessions_ahead(client: Client) -> bool:
    """A course is under way, or the first one has not begun."""
    return open_course_of(client) is not None or not client.courses


def all_treatments(client: Client) -> list[Treatment]:
    found = [treatment for course in client.courses for treatment in course.treatments]
    return sorted(found, key=lambda treatment: treatment.treated_on)


def to_see_again(client: Client) -> list[Treatment]:
    """Over-treatments after which nobody has seen the skin."""
    return [each for each in all_treatments(client) if each.is_over_treated and not each.is_seen_again]


def course_reasons(client: Client | None, policy: Policy) -> list[Reason]:
    """no-course, course-incomplete, treatments-too-close, over-treated."""
    course = current_course(client) if client else None
    if client is None or course is None:
        return [reason("no-course", count=policy.treatments_in_course)]
    found = incomplete(course, policy, signed=course.completion is not None)
    found += [_too_close(gap, policy) for gap in gaps_that_count(course, policy) if gap.is_unexplained]
    return found + [reason("over-treated", day=treatment.treated_on) for treatment in to_see_again(client)]


def incomplete(course: Course, policy: Policy, signed: bool) -> list[Reason]:
    """One reason that says all that is missing of the course; none when nothing is."""
    here, needed = len(counted(course, policy)), policy.treatments_in_course
    missing, steps = [], []
    if here < needed:
        missing.append(f"Your course has {here} of {needed} treatments.")
        steps.append(f"Book your next treatment: from {next_from(course, policy)} on.")
    for gap in gaps_that_count(course, policy):
        if gap.is_undecided:
            days = f"{day_in_words(gap.before.treated_on)} and {day_in_words(gap.treatment.treated_on)}"
            missing.append(f"Between {days} there are {gap.days} days; whether the course still counts is not decided.")
            steps.append("Your practitioner decides on this. Please call the clinic.")
    if here >= needed and not signed:
        missing.append("Your practitioner has not signed your course as complete yet.")
        steps.append("Please call the clinic.")
    if not missing:
        return []
    return [reason("course-incomplete", text=" ".join(missing), next_step=" ".join(dict.fromkeys(steps)))]


def next_from(course: Course, policy: Policy) -> str:
    """From when the next treatment may be, in words."""
    if not course.treatments:
        return "now"
    return day_in_words(course.treatments[-1].treated_on + timedelta(days=policy.usual_gap_from_days))


def _too_close(gap: Gap, policy: Policy) -> Reason:
    return reason(
        "treatments-too-close",
        first=gap.before.treated_on,
        second=gap.treatment.treated_on,
        days=gap.days,
        least=policy.usual_gap_from_days,
    )


def may_record_treatment(client: Client, told: Told, policy: Policy, today: date) -> Verdict:
    """Whether this treatment can have happened. Refuses when no course is under way, the day is to come or is closer to
    another treatment than the policy's shortest gap, or what is told of it cannot be."""
    found = [*_near_others(client, told.treated_on, policy), *_cannot_be(told, policy, today)]
    if open_course_of(client) is None:
        found.append(_mistake("no-course", "No course is under way.", "Begin a course first."))
    return Verdict(in_order(found))


def may_correct_treatment(
    client: Client, treatment: Treatment, told: Told, is_changed: bool, why: str, policy: Policy, today: date
) -> Verdict:
    """Whether a treatment may be told anew. Refuses without a reason, when nothing differs, and what could not be recorded
    either; what was decided on it is asked again where it was about what is corrected."""
    found = [*_near_others(client, told.treated_on, policy, treatment), *_cannot_be(told, policy, today)]
    if not why.strip():
        found.append(_mistake("correction-reason", "No reason for the correction is given.", "Write what was wrong."))
    if not is_changed:
        found.append(_mistake("nothing-changed", "This is what stands on the record.", "Change what was wrong."))
    return Verdict(in_order(found))


def _cannot_be(told: Told, policy: Policy, today: date) -> Iterator[Reason]:
    """What no treatment can have been."""
    if told.treated_on > today:
        yield _mistake("in-the-future", "A treatment that is to come cannot be recorded.", "Look at the date.")
    if not all(0 < area.needle_um <= policy.greatest_treatment_needle_um for area in told.areas):
        yield _mistake("needle-length", "This needle length cannot be right.", "Micrometres: 0.50 mm is 500.")
    if not told.areas:
        yield _mistake("no-area", "No area was treated.", "Say where, and how deep.")
    nearest = told.treated_on + timedelta(days=policy.shortest_gap_days)
    if told.next_on is not None and told.next_on < nearest:
        yield _mistake(
            "next-too-soon", f"The next session is before {day_in_words(nearest)}.", "Look at the next date."
        )


def _near_others(
    client: Client, treated_on: date, policy: Policy, leaving_out: Treatment | None = None
) -> Iterator[Reason]:
    """Treatments of any course, before or after, that are nearer than the policy's shortest gap."""
    for other in all_treatments(client):
        days = abs((treated_on - other.treated_on).days)
        if other is not leaving_out and days < policy.shortest_gap_days:
            text = f"Only {days} days from the treatment of {day_in_words(other.treated_on)}: below {policy.shortest_gap_days}."
            yield _mistake("treatments-too-close", text, "Look at the date; such a treatment cannot be recorded.")


def may_take_over(client: Client, told: Sequence[Told], policy: Policy, today: date) -> Verdict:
    """Whether a course can be taken over from papers. Refuses when a course is under way, there are too few treatments, a day
    is to come, a needle cannot be right, or a gap is too short or, out of the usual window, without a reason."""
    found = [reason for one in told for reason in _near_others(client, one.treated_on, policy)]
    if open_course_of(client) is not None:
        found.append(_mistake("course-open", "A course is under way.", "Complete it, or record the treatments there."))
    found += [reason for one in told for reason in _cannot_be(one, policy, today)]
    if len(told) < policy.treatments_in_course:
        text = f"The papers show {len(told)} of {policy.treatments_in_course} treatments."
        found.append(_mistake("course-incomplete", text, "Begin a course and record them there."))
    return Verdict(in_order([*found, *_unexplained(told, policy)]))


def _unexplained(told: Sequence[Told], policy: Policy) -> Iterator[Reason]:
    """Gaps of the papers that cannot be, or whose reason is missing."""
    for before, after in itertools.pairwise(sorted(told, key=lambda one: one.treated_on)):
        days = (after.treated_on - before.treated_on).days
        kind = window(days, policy)
        text = f"{day_in_words(before.treated_on)} to {day_in_words(after.treated_on)}: {days} days."
        if kind == "error":
            yield _mistake("treatments-too-close", text, "Look at the dates; they cannot be so close.")
        elif kind != "usual" and not after.gap_reason.strip():
            code = "treatments-too-close" if kind == "close" else "course-incomplete"
            yield _mistake(code, text, "Say why this gap is all right.")


def may_complete(client: Client, course: Course | None, policy: Policy) -> Verdict:
    """Whether a course may be signed as complete. Refuses when treatments are missing or unexplained, a long gap is
    undecided, or an over-treated skin was not seen again."""
    if course is None or course.completion is not None:
        return Verdict((_mistake("no-course", "No course is under way.", "Begin a course first."),))
    found = incomplete(course, policy, signed=True)
    found += [_too_close(gap, policy) for gap in gaps_that_count(course, policy) if gap.is_unexplained]
    found += [reason("over-treated", day=treatment.treated_on) for treatment in to_see_again(client)]
    return Verdict(in_order(found))


def _mistake(code: str, text: str, next_step: str) -> Reason:
    """A refusal that only staff can meet."""
    return Reason(code, text, "the practitioner", next_step)
