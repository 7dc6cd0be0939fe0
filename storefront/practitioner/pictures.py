"""A course as a picture: what `ui.course_picture` draws, from rows. The words are the clinic's; no rule is decided here."""

from collections.abc import Iterator
from datetime import date, timedelta

from storefront.eligibility.course_rules import Gap, counted, gaps_of, treatments_of
from storefront.eligibility.models import Course, Treatment
from storefront.eligibility.policy import Policy
from storefront.eligibility.product_rules import in_mm
from storefront.eligibility.queue_rules import weeks
from storefront.eligibility.reasons import day_in_words

BLEEDING = {"none": "no bleeding", "occasional": "occasional bleeding", "more": "more than occasional bleeding"}
Step = dict[str, str]


def age_on(born_on: date, today: date) -> int:
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def steps_of(course: Course, policy: Policy) -> list[Step]:
    """The treatments done, and what comes next."""
    gaps = {gap.treatment: gap for gap in gaps_of(course, policy)}
    steps = [_done(treatment, gaps.get(treatment)) for treatment in treatments_of(course)]
    return [*steps, *_next(course, policy)]


def _done(treatment: Treatment, gap: Gap | None) -> Step:
    told = [in_mm(treatment.needle_um), BLEEDING[treatment.bleeding]]
    told += ["track marks"] if treatment.track_marks else []
    told += [f"settled in {treatment.minutes_to_settle} min"] if treatment.minutes_to_settle else []
    state = "bad" if treatment.is_over_treated and treatment.skin_seen is None else "done"
    step = {"when": day_in_words(treatment.treated_on), "what": ", ".join(told), "state": state}
    return step | ({"gap": weeks(gap.days), "gap_state": _tone(gap)} if gap else {"gap": "", "gap_state": ""})


def _tone(gap: Gap) -> str:
    if gap.is_undecided or gap.begins_again or gap.window == "error":
        return "bad"
    if gap.window in ("close", "wide") and not gap.treatment.gap_reason.strip():
        return "odd"
    return ""


def _next(course: Course, policy: Policy) -> Iterator[Step]:
    """The next treatment with its window, or the signature that is missing."""
    here, last = len(counted(course, policy)), treatments_of(course)[-1:]
    none = {"gap": "", "gap_state": ""}
    if course.completion is not None:
        yield {"when": "complete", "what": f"signed by {course.completion.by_name}", "state": "done", **none}
    elif here >= policy.treatments_in_course:
        yield {"when": "to be signed", "what": "all treatments are done", "state": "due", **none}
    else:
        for number in range(here + 1, policy.treatments_in_course + 1):
            is_next = number == here + 1
            when = _window(last[0].treated_on, policy) if is_next and last else ("now" if is_next else "after that")
            yield {"when": when, "what": f"treatment {number}", "state": "due" if is_next else "open", **none}


def _window(last: date, policy: Policy) -> str:
    first, end = (last + timedelta(days=days) for days in (policy.usual_gap_from_days, policy.usual_gap_to_days))
    return f"{day_in_words(first)} to {day_in_words(end)}"
