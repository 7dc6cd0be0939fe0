"""What holds of the gate whatever the record: to take something away, or to add a warning, never opens anything."""

import itertools
from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from storefront.eligibility.screening_rules import blocks
from tests.examples import examples
from tests.storefront.eligibility import stories

STANDARD = stories.FILE["standard"]
DAYS = st.dates(date(2026, 1, 1), date(2027, 6, 30))
CODES = [condition.code for condition in stories.POLICY.conditions]
TREATED = st.fixed_dictionaries(
    {"on": DAYS},
    optional={
        "bleeding": st.sampled_from(["none", "occasional", "more"]),
        "track_marks": st.booleans(),
        "gap_reason": st.sampled_from(["", "before a journey"]),
        "counts": st.booleans(),
        "seen": st.booleans(),
    },
)
APPROVED = st.fixed_dictionaries(
    {
        "on": DAYS,
        "until": DAYS,
        "depth": st.sampled_from([0, 150, 200, 250]),
        "serums": st.lists(st.sampled_from(["calm", "bright", "barrier"]), unique=True),
        "quantity": st.integers(1, 4),
        "days": st.integers(1, 120),
    },
    optional={
        "withdrawn_on": DAYS,
        "deep_note": st.just("scars"),
        "classes": st.lists(st.sampled_from(["water_binding", "soothing"]), unique=True),
    },
)
# Records near the standard one, so that many of them may buy.
CASES = st.fixed_dictionaries(
    {},
    optional={
        "day": DAYS,
        "treated": st.lists(TREATED, max_size=5, unique_by=lambda told: told["on"]),
        "completed": st.booleans(),
        "answered_on": DAYS,
        "answers": st.dictionaries(st.sampled_from(CODES), st.sampled_from(["yes", "not_sure"]), max_size=2),
        "approved": APPROVED,
        "wants": st.dictionaries(st.sampled_from(list(stories.FILE["products"])), st.integers(1, 3), min_size=1),
        "allergies": st.lists(st.sampled_from(["nickel", "limonene", "panthenol", "my aunt’s cream"]), unique=True),
        "bought": st.lists(
            st.fixed_dictionaries({"product": st.sampled_from(["roller", "calm"]), "on": DAYS}), max_size=2
        ),
    },
)


def may(case: dict[str, Any]) -> bool:
    return bool(stories.verdict(case).is_yes)


def without_approval(case: dict[str, Any]) -> None:
    case["approved"] = False


def withdrawn(case: dict[str, Any]) -> None:
    if case["approved"]:
        case["approved"]["withdrawn_on"] = case["day"]


def unsigned(case: dict[str, Any]) -> None:
    case["completed"] = False


def without_a_treatment(case: dict[str, Any]) -> None:
    case["treated"] = case["treated"][: stories.POLICY.treatments_in_course - 1]


def over_treated(case: dict[str, Any]) -> None:
    case["treated"] = [*case["treated"], {"on": case["day"], "track_marks": True}]


def allergic(case: dict[str, Any]) -> None:
    case["allergies"] = sorted({*case["allergies"], "nickel", "glycerin"})


def allergic_to_a_group(case: dict[str, Any]) -> None:
    case["allergies"] = [*case["allergies"], "nuts", "metal"]


def allergic_in_own_words(case: dict[str, Any]) -> None:
    case["allergies"] = [*case["allergies"], "the blue plaster"]


def contraindicated(case: dict[str, Any]) -> None:
    case["answers"] = {**case["answers"], "C-CON-08": "yes"}


def unscreened(case: dict[str, Any]) -> None:
    case["answered_on"] = False


def told_new(case: dict[str, Any]) -> None:
    case["told_new"] = [{"on": case["day"]}]


def reacting(case: dict[str, Any]) -> None:
    case["reactions"] = [*case["reactions"], {"on": case["day"]}]


def bought_before(case: dict[str, Any]) -> None:
    case["bought"] = [*case["bought"], {"product": "roller", "on": case["day"]}]


def shallower(case: dict[str, Any]) -> None:
    if case["approved"]:
        case["approved"]["depth"] = 0


def fewer_serums(case: dict[str, Any]) -> None:
    if case["approved"]:
        case["approved"]["serums"] = case["approved"]["serums"][1:]


def wanting_more(case: dict[str, Any]) -> None:
    case["wants"] = {**case["wants"], "bright": 9}


def wanting_what_is_not_for_sale(case: dict[str, Any]) -> None:
    case["wants"] = {**case["wants"], "roller-unlisted": 1}


WORSE: list[Callable[[dict[str, Any]], None]] = [
    without_approval, withdrawn, unsigned, without_a_treatment, over_treated, allergic, allergic_to_a_group,
    allergic_in_own_words, contraindicated, unscreened, told_new, reacting, bought_before, shallower, fewer_serums,
    wanting_more, wanting_what_is_not_for_sale,
]  # fmt: skip
ALWAYS_STOPS = {
    without_approval, withdrawn, unsigned, without_a_treatment, over_treated, allergic_in_own_words, contraindicated,
    unscreened, told_new, reacting, wanting_more, wanting_what_is_not_for_sale,
}  # fmt: skip


@examples(50)
@given(case=CASES, change=st.sampled_from(WORSE))
def test_taking_away_or_warning_never_opens_anything(
    case: dict[str, Any], change: Callable[[dict[str, Any]], None]
) -> None:
    before = {**deepcopy(STANDARD), **case}
    after = deepcopy(before)
    change(after)
    assert may(before) or not may(after)


@examples(30)
@given(case=CASES, change=st.sampled_from([change for change in WORSE if change in ALWAYS_STOPS]))
def test_what_must_stop_a_sale_stops_it(case: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> None:
    told = deepcopy({**STANDARD, **case})
    change(told)
    assert not may(told)


@examples(30)
@given(wants=st.dictionaries(st.sampled_from(list(stories.FILE["products"])), st.integers(1, 3), min_size=2))
def test_what_may_be_bought_together_may_be_bought_alone(wants: dict[str, int]) -> None:
    if may({"wants": wants}):
        assert all(may({"wants": {name: number}}) for name, number in wants.items())


@examples(50)
@given(case=CASES, born=st.sampled_from([date(1985, 5, 5), date(2008, 7, 1)]))
def test_a_day_opens_only_what_a_rule_opens_with_time(case: dict[str, Any], born: date) -> None:
    today = {**deepcopy(STANDARD), **case, "born": born}
    shut = stories.verdict(today).reasons
    if shut and may({**today, "day": today["day"] + timedelta(days=1)}):
        assert {reason.lifted_by for reason in shut} == {"time"}


SAID = st.fixed_dictionaries({"answer": st.sampled_from(["no", "yes", "not_sure"])}, optional={"until": DAYS})
ANSWERED = st.dictionaries(st.sampled_from(["C-CON-04", "C-CON-08", "C-CON-11", "C-CON-18", "C-CON-99"]), SAID)
CLEARED = st.dictionaries(st.sampled_from(["C-CON-04", "C-CON-18"]), DAYS)
STRICTNESS = ("practitioner", "doctor", "nobody")


@examples(40)
@given(before=st.lists(ANSWERED, min_size=1, max_size=3), cleared=CLEARED, further=ANSWERED, day=DAYS)
def test_no_further_answer_opens_anything_or_makes_it_easier_to_lift(
    before: list[dict[str, Any]], cleared: dict[str, date], further: dict[str, Any], day: date
) -> None:
    before = deepcopy(before)
    for code, from_on in cleared.items():
        if before[-1].get(code, {}).get("answer", "no") != "no":
            before[-1][code]["cleared_from"] = from_on
    told = {**STANDARD, "day": day, "answered_on": day}
    then = {each.code: each for each in blocks_of([*before], day)}
    now = {each.code: each for each in blocks_of([*before, further], day)}
    assert then.keys() <= now.keys()
    for code, standing in then.items():
        assert STRICTNESS.index(now[code].liftable_by) >= STRICTNESS.index(standing.liftable_by)
        assert (now[code].until or date.min) >= (standing.until or date.min)
    assert may(told | {"answers": further, "history": before}) <= may(told | {"answers": {}, "history": before})


def blocks_of(history: list[dict[str, Any]], day: date) -> list[Any]:
    client = stories.person({**STANDARD, "day": day, "history": history, "answered_on": False})
    assert client is not None
    return blocks(client, stories.POLICY, day)


def test_the_standard_record_closes_for_good_when_its_approval_ends() -> None:
    days = [date(2026, 5, 11) + timedelta(days=n) for n in range(400)]
    codes = [stories.verdict({"day": day, "answered_on": day}).codes for day in days]
    assert [len(list(run)) for _, run in itertools.groupby(codes)] == [42, 324, 34]


def test_nobody_wants_less_than_one_unit() -> None:
    for number in (0, -1):
        try:
            stories.verdict({"wants": {"roller": number}})
        except ValueError:
            continue
        raise AssertionError("a line of nothing passed the gate")
