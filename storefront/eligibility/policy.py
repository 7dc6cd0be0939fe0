"""The clinic's policy as values: its numbers (`policy.toml`, a clinic may change single ones) and the questions of its
screening (`screening.toml`). Data with sources, so that no rule holds a number. Loading refuses what it does not know."""

import functools
import itertools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

Effect = Literal["block", "pause", "exclude-area", "advise"]
LiftedBy = Literal["practitioner", "doctor", "nobody"]

HERE = Path(__file__).resolve().parent
NUMBERS = HERE / "policy.toml"
QUESTIONS = HERE / "screening.toml"
# The database keeps the note of an approval above this depth (R-LEN-02): a clinic may ask for it sooner, never later.
DEEPEST_WITHOUT_NOTE_UM = 200


class PolicyError(ValueError):
    """The policy cannot be relied on; names the file, the key and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One question of the screening and what a "yes" or "not sure" does."""

    code: str
    name: str
    question: str
    effect: Effect
    liftable_by: LiftedBy
    source: str
    since: str = ""
    follow_up: str = ""
    advice: str = ""
    waiting_days: int = 0
    waiting_months: int = 0

    @property
    def stops_sales(self) -> bool:
        return self.effect in ("block", "pause")

    def waits_until(self, last_on: date | None, answered_on: date) -> date | None:
        """The first day after the waiting period; None when it is not known. A pause counts from the answer without a date."""
        start = last_on or (answered_on if self.effect == "pause" else None)
        if start is None or not (self.waiting_days or self.waiting_months):
            return None
        return months_after(start, self.waiting_months) + timedelta(days=self.waiting_days)


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
    consultation_kept_months: int
    consultation_minutes: int
    screening_version: str
    conditions: tuple[Condition, ...] = field(repr=False)
    sources: Mapping[str, str] = field(repr=False, compare=False, hash=False)

    def condition(self, code: str) -> Condition | None:
        return next((condition for condition in self.conditions if condition.code == code), None)


NAMES = tuple(f.name for f in fields(Policy) if f.type in (int, "int"))


def months_after(day: date, months: int) -> date:
    """The same day so many calendar months on; the month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return day.replace(year=day.year + years, month=month + 1, day=min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


@functools.cache
def load_policy(own: Path | None = None) -> Policy:
    """The default policy with the clinic's own numbers over it. Refuses when a key is unknown, missing or makes no sense."""
    told = _read(NUMBERS)
    numbers = _numbers(NUMBERS, told)
    if missing := [name for name in NAMES if name not in numbers]:
        raise PolicyError(f"{NUMBERS.name}: {missing[0]}: missing")
    version = _version(NUMBERS, told)
    if own is not None:
        mine = _read(own)
        version = f"{version} + {_version(own, mine)}"
        numbers |= _numbers(own, mine)
    values = {name: value for name, (value, _) in numbers.items()}
    _check(own or NUMBERS, values)
    screening_version, conditions = load_screening()
    return Policy(
        **values,
        version=version,
        screening_version=screening_version,
        conditions=conditions,
        sources={name: source for name, (_, source) in numbers.items()},
    )


@functools.cache
def load_screening(path: Path = QUESTIONS) -> tuple[str, tuple[Condition, ...]]:
    """The version and the questions. Refuses unknown and missing keys, effects and codes used twice."""
    told = _read(path)
    if unknown := told.keys() - {"version", "condition", "reading"}:
        raise PolicyError(f"{path.name}: {min(unknown)}: unknown key")
    conditions = tuple(_condition(path, entry) for entry in told.get("condition", []))
    codes = [condition.code for condition in conditions]
    if not codes or len(set(codes)) < len(codes):
        raise PolicyError(f"{path.name}: condition: none, or a code used twice")
    return _version(path, told), conditions


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PolicyError(f"{path}: {error}") from error


def _version(path: Path, told: Mapping[str, Any]) -> str:
    version = told.get("version")
    if not isinstance(version, str) or not version:
        raise PolicyError(f"{path.name}: version: missing")
    return version


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


def _condition(path: Path, entry: dict[str, Any]) -> Condition:
    code = entry.get("code", "condition without a code")
    known = {f.name: f for f in fields(Condition)}
    if unknown := entry.keys() - known.keys():
        raise PolicyError(f"{path.name}: {code}: {min(unknown)}: unknown key")
    for name in ("code", "name", "question", "effect", "liftable_by", "source"):
        if not isinstance(entry.get(name), str) or not entry[name]:
            raise PolicyError(f"{path.name}: {code}: {name}: missing")
    if entry["effect"] not in get_args(Effect) or entry["liftable_by"] not in get_args(LiftedBy):
        raise PolicyError(f"{path.name}: {code}: effect or liftable_by: unknown word")
    for name, value in entry.items():
        if type(value) is not (int if name.startswith("waiting_") else str):
            raise PolicyError(f"{path.name}: {code}: {name}: of the wrong type")
    condition = Condition(**entry)
    waits = condition.waiting_days or condition.waiting_months
    if bool(waits) != bool(condition.since) or (condition.effect == "pause" and not waits):
        raise PolicyError(f"{path.name}: {code}: since: asked for exactly where there is a waiting period")
    return condition
