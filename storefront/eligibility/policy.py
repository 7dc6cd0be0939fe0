"""The clinic's policy as values: its numbers (`policy.toml`, a clinic may change single ones) and the questions of its
screening (`questions.py`). Data with sources, so that no rule holds a number. Loading refuses what it does not know."""

import functools
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from storefront.eligibility.questions import (
    HERE,
    Condition,
    PolicyError,
    load_questions,
    months_after,
    read_toml,
    version_in,
)

__all__ = ["Condition", "Policy", "PolicyError", "load_policy", "months_after"]

NUMBERS = HERE / "policy.toml"
# The database keeps the note of an approval above this depth (R-LEN-02): a clinic may ask for it sooner, never later.
DEEPEST_WITHOUT_NOTE_UM = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Days, months and micrometres that the clinic decides by, and the current questions of its screening."""

    version: str
    treatments_in_course: int
    shortest_gap_days: int
    usual_gap_from_days: int
    usual_gap_to_days: int
    longest_gap_days: int
    first_home_order_days: int
    approval_months: int
    screening_days: int
    adult_years: int
    uses_per_roller: int
    roller_days: int
    days_between_uses: int
    least_hours_between_uses: int
    slow_start_days: int
    passes_each_way: int
    minutes_per_area: int
    uncovered_hours: int
    reorder_days: int
    quantity: int
    greatest_quantity: int
    usual_needle_um: int
    deep_note_above_um: int
    greatest_home_needle_um: int
    greatest_treatment_needle_um: int
    renewal_notice_days: int
    recall_first_reminder_days: int
    recall_second_reminder_days: int
    recall_last_reminder_days: int
    recall_attempts: int
    recall_drill_months: int
    signal_reports: int
    signal_days: int
    reaction_answer_days: int
    low_stock_units: int
    undo_seconds: int
    escalation_days: int
    consultation_kept_months: int
    consultation_minutes: int
    screening_version: str
    also_counts: frozenset[str]
    conditions: tuple[Condition, ...] = field(repr=False)
    sources: Mapping[str, str] = field(repr=False, compare=False, hash=False)

    def condition(self, code: str) -> Condition | None:
        return next((condition for condition in self.conditions if condition.code == code), None)


NAMES = tuple(f.name for f in fields(Policy) if f.type in (int, "int"))


@functools.cache
def load_policy(own: Path | None = None) -> Policy:
    """The default policy with the clinic's own numbers over it. Refuses when a key is unknown, missing or makes no sense."""
    told = read_toml(NUMBERS)
    numbers = _numbers(NUMBERS, told)
    if missing := [name for name in NAMES if name not in numbers]:
        raise PolicyError(f"{NUMBERS.name}: {missing[0]}: missing")
    version = version_in(NUMBERS, told)
    if own is not None:
        mine = read_toml(own)
        version = f"{version} + {version_in(own, mine)}"
        numbers |= _numbers(own, mine)
    values = {name: value for name, (value, _) in numbers.items()}
    _check(own or NUMBERS, values)
    questions = load_questions()
    return Policy(
        **values,
        version=version,
        screening_version=questions.version,
        also_counts=questions.also_counts,
        conditions=questions.conditions,
        sources={name: source for name, (_, source) in numbers.items()},
    )


def _numbers(path: Path, told: Mapping[str, Any]) -> dict[str, tuple[int, str]]:
    """Each number with its source."""
    entries = {name: entry for name, entry in told.items() if name not in ("version", "reading")}
    return {name: _number(path, name, entry) for name, entry in entries.items()}


def _number(path: Path, name: str, entry: Any) -> tuple[int, str]:
    if name not in NAMES:
        raise PolicyError(f"{path.name}: {name}: unknown key")
    if not isinstance(entry, dict) or entry.keys() != {"value", "source"}:
        raise PolicyError(f"{path.name}: {name}: needs value and source, and nothing else")
    value, source = entry["value"], entry["source"]
    if type(value) is not int or value < 1:
        raise PolicyError(f"{path.name}: {name}: value: a whole number above nothing")
    if not isinstance(source, str) or not source.strip():
        raise PolicyError(f"{path.name}: {name}: source: missing")
    return value, source


def _check(path: Path, values: Mapping[str, int]) -> None:
    """Numbers that bind each other."""
    gaps = ("shortest_gap_days", "usual_gap_from_days", "usual_gap_to_days", "longest_gap_days")
    reminders = ("recall_first_reminder_days", "recall_second_reminder_days", "recall_last_reminder_days")
    rising = [*itertools.pairwise(gaps), *itertools.pairwise(reminders), ("quantity", "greatest_quantity")]
    rising.append(("usual_needle_um", "greatest_home_needle_um"))
    for less, more in rising:
        if values[less] > values[more]:
            raise PolicyError(f"{path.name}: {less}: greater than {more}")
    if values["least_hours_between_uses"] > 24 * values["days_between_uses"]:
        raise PolicyError(f"{path.name}: least_hours_between_uses: more than days_between_uses")
    if values["deep_note_above_um"] > DEEPEST_WITHOUT_NOTE_UM:
        raise PolicyError(f"{path.name}: deep_note_above_um: at most {DEEPEST_WITHOUT_NOTE_UM}")
