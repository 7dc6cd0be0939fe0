"""A course as a picture, from its rows: the sessions, the window for the next one and those after it, the signature, and when home
care may begin. The same for client and practitioner; only what is said of a session differs. It decides nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from storefront.eligibility.course_rules import Gap, counted, gaps_of
from storefront.eligibility.models import Course, Treatment
from storefront.eligibility.policy import Policy
from storefront.eligibility.queue_rules import weeks
from storefront.eligibility.reasons import day_in_words

Step = dict[str, str]
LINE = 300  # units of the drawing from the first day to the last
WAY_ON = timedelta(days=28)  # drawn after the last thing that has a day


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which a session may be in the usual course of things: the `number`th of the course."""

    number: int
    first: date
    last: date

    @property
    def words(self) -> str:
        """5 to 19 December 2026; what both days share is said once."""
        shared = " %B %Y" if (self.first.year, self.first.month) == (self.last.year, self.last.month) else ""
        if not shared and self.first.year == self.last.year:
            shared = " %Y"
        first = day_in_words(self.first).removesuffix(f"{self.first:{shared}}" if shared else "")
        return f"{first} to {day_in_words(self.last)}"


@dataclass(frozen=True, slots=True)
class Mark:
    """A session or a stretch of days on the line; `at` and `width` in units of the drawing."""

    kind: str
    at: int
    label: str = ""
    width: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, and the same in words; `bands` lie under `dots`."""

    steps: list[Step]
    dots: list[Mark]
    bands: list[Mark]
    words: str


def picture_of(course: Course, policy: Policy, today: date, told: Callable[[Treatment], str]) -> Picture:
    """A course as steps and as a line of days; `told` says what stands under a session."""
    windows = windows_of(course, policy)
    steps = [*_done(course, policy, told), *_to_come(course, windows, policy)]
    words = "; ".join(f"{step['what']}: {step['when']}" for step in steps)
    return Picture(steps, *_line(course, windows, policy, today), words)


def windows_of(course: Course, policy: Policy) -> list[Window]:
    """When the sessions that are missing may be; each after the next one rests on the one before it being in its window."""
    treatments, here = course.treatments, len(counted(course, policy))
    if course.completion is not None or not treatments:
        return []
    last = treatments[-1].treated_on
    first_gap, last_gap = timedelta(days=policy.usual_gap_from_days), timedelta(days=policy.usual_gap_to_days)
    ahead = range(1, policy.treatments_in_course - here + 1)
    return [Window(here + nth, last + first_gap * nth, last + last_gap * nth) for nth in ahead]


def home_from(course: Course, policy: Policy) -> date | None:
    """The first day of home care as far as the sessions decide it; None while one is missing."""
    if len(counted(course, policy)) < policy.treatments_in_course:
        return None
    return course.treatments[-1].treated_on + timedelta(days=policy.first_home_order_days)


def _done(course: Course, policy: Policy, told: Callable[[Treatment], str]) -> Iterator[Step]:
    gaps = {gap.treatment: gap for gap in gaps_of(course, policy)}
    for treatment in course.treatments:
        state = "bad" if treatment.is_over_treated and not treatment.is_seen_again else "done"
        step = {"when": day_in_words(treatment.treated_on), "what": told(treatment), "state": state}
        gap = gaps.get(treatment)
        yield step | ({"gap": weeks(gap.days), "gap_state": _tone(gap)} if gap else {"gap": "", "gap_state": ""})


def _tone(gap: Gap) -> str:
    if gap.is_undecided or gap.begins_again or gap.window == "error":
        return "bad"
    if gap.window in ("close", "wide") and not gap.has_reason:
        return "odd"
    return ""


def _step(when: str, what: str, state: str) -> Step:
    return {"when": when, "what": what, "state": state, "gap": "", "gap_state": ""}


def _to_come(course: Course, windows: list[Window], policy: Policy) -> Iterator[Step]:
    """What is missing, in order; the first of it is due, the rest is open."""
    if not course.treatments:
        yield from _from_the_start(policy)
    for window in windows:
        is_next = window is windows[0]
        when = window.words if is_next else f"about {window.words}"
        yield _step(when, f"session {window.number}", "due" if is_next else "open")
    if course.completion is not None:
        yield _step("complete", f"signed by {course.completion.by_name}", "done")
    elif windows or not course.treatments:
        yield _step("after that", "your practitioner signs the course as complete", "open")
    else:
        yield _step("to be signed", "all sessions are done", "due")
    first = home_from(course, policy)
    when = (
        f"from {day_in_words(first)}" if first else f"{policy.first_home_order_days // 7} weeks after the last session"
    )
    yield _step(when, "home care, once it is approved", "open")


def _from_the_start(policy: Policy) -> Iterator[Step]:
    """Every session of a course that has not begun, none of which has a day yet."""
    yield _step("when you book it", "session 1", "due")
    apart = f"{policy.usual_gap_from_days // 7} to {policy.usual_gap_to_days // 7} weeks later"
    for number in range(2, policy.treatments_in_course + 1):
        yield _step(apart, f"session {number}", "open")


def not_begun() -> Course:
    """The course of a client who has none yet, for the picture alone; it is no row."""
    return Course(origin="clinic", versions=[], completions=[])


def _line(course: Course, windows: list[Window], policy: Policy, today: date) -> tuple[list[Mark], list[Mark]]:
    """The dots of the sessions and of today, and the bands of the windows and of home care."""
    if not course.treatments:
        return [], []
    begun, home = course.treatments[0].treated_on, home_from(course, policy)
    known = [*(window.last for window in windows), *([home] if home else []), course.treatments[-1].treated_on]
    days = (max(known) + WAY_ON - begun).days

    def at(day: date) -> int:
        return round(LINE * min(max((day - begun).days, 0), days) / days)

    bands = [
        Mark("next" if each is windows[0] else "later", at(each.first), width=at(each.last) - at(each.first))
        for each in windows
    ]
    bands += [Mark("home", at(home), width=LINE - at(home))] if home else []
    dots = [
        Mark("bad" if each.is_over_treated and not each.is_seen_again else "done", at(each.treated_on), str(nth))
        for nth, each in enumerate(course.treatments, 1)
    ]
    return dots + ([Mark("today", at(today))] if 0 <= (today - begun).days <= days else []), bands
