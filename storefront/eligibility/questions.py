"""The questions of the screening as data (`screening.toml`), each with what a "yes" does. A changed question is a new version:
the one before moves to `screenings_before/` as it was, so that every answer can be read with the words it was asked in."""

import functools
import itertools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

Effect = Literal["block", "pause", "exclude-area", "advise"]
LiftedBy = Literal["practitioner", "doctor", "nobody"]

HERE = Path(__file__).resolve().parent
CURRENT = HERE / "screening.toml"
BEFORE = HERE / "screenings_before"
NEEDED = ("code", "name", "question", "effect", "liftable_by", "source")
# What two versions have in common when answers to the one count for the other.
ACTING = ("code", "effect", "liftable_by", "waiting_days", "waiting_months")
_HEAD = re.compile(r"^\s*\[\[condition\]\]")


class PolicyError(ValueError):
    """The policy cannot be relied on; names the file, the line, the key and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One question of the screening and what a "yes" or "not sure" does; `picks_allergies` asks for them by name."""

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
    picks_allergies: bool = False

    @property
    def stops_sales(self) -> bool:
        return self.effect in ("block", "pause")

    @property
    def words(self) -> str:
        """All that is asked, as it is kept with an answer."""
        return " ".join(filter(None, (self.question, self.follow_up, self.since)))

    def waits_until(self, last_on: date | None, answered_on: date) -> date | None:
        """The first day after the waiting period; None when it is not known. A pause counts from the answer without a date."""
        start = last_on or (answered_on if self.effect == "pause" else None)
        if start is None or not (self.waiting_days or self.waiting_months):
            return None
        return months_after(start, self.waiting_months) + timedelta(days=self.waiting_days)


@dataclass(frozen=True, slots=True)
class Questions:
    """One version of the screening; answers to the versions in `also_counts` are as good as to this one."""

    version: str
    also_counts: frozenset[str]
    conditions: tuple[Condition, ...]


def months_after(day: date, months: int) -> date:
    """The same day so many calendar months on; the month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return day.replace(year=day.year + years, month=month + 1, day=min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PolicyError(f"{path}: {error}") from error


def version_in(path: Path, told: Mapping[str, Any]) -> str:
    version = told.get("version")
    if not isinstance(version, str) or not version:
        raise PolicyError(f"{path.name}: version: missing")
    return version


@functools.cache
def load_questions(path: Path = CURRENT) -> Questions:
    """One version. Refuses unknown and missing keys, effects, codes used twice, and a version that is said to count although it
    is not in the package or acts otherwise."""
    told = read_toml(path)
    if unknown := told.keys() - {"version", "also_counts", "condition", "reading"}:
        raise PolicyError(f"{path.name}: {min(unknown)}: unknown key")
    lines = _lines_of(path)
    entries = zip(told.get("condition", []), itertools.chain(lines, itertools.repeat(0)), strict=False)
    conditions = tuple(_condition(f"{path.name}, line {line}", entry) for entry, line in entries)
    codes = [condition.code for condition in conditions]
    if not codes or len(set(codes)) < len(codes):
        raise PolicyError(f"{path.name}: condition: none, or a code used twice")
    found = Questions(version_in(path, told), frozenset(told.get("also_counts", ())), conditions)
    for version in found.also_counts:
        _insist_same_effects(path, found, version)
    return found


def _lines_of(path: Path) -> list[int]:
    """The line on which each condition begins, so that a fault is found at once."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if _HEAD.match(line)]


def _insist_same_effects(path: Path, found: Questions, version: str) -> None:
    before = questions_of(version)
    if before is None:
        raise PolicyError(f"{path.name}: also_counts: {version} is not in {BEFORE.name}")
    acting = [[getattr(each, name) for name in ACTING] for each in found.conditions]
    if acting != [[getattr(each, name) for name in ACTING] for each in before.conditions]:
        raise PolicyError(f"{path.name}: also_counts: what {version} asks acts otherwise, so it is asked again")


@functools.cache
def questions_of(version: str) -> Questions | None:
    """The questions as they were in that version; None when there never was one of that name."""
    found = (load_questions(path) for path in (*sorted(BEFORE.glob("*.toml")), CURRENT) if _has(path, version))
    return next(found, None)


def _has(path: Path, version: str) -> bool:
    return read_toml(path).get("version") == version


def words_asked(version: str, code: str) -> str:
    """What an answer of that version was asked in; empty when it is of no version of the package."""
    asked = questions_of(version)
    return next((each.words for each in asked.conditions if each.code == code), "") if asked else ""


def _condition(where: str, entry: dict[str, Any]) -> Condition:
    code = entry.get("code", "condition without a code")
    known = {f.name: f for f in fields(Condition)}
    if unknown := entry.keys() - known.keys():
        raise PolicyError(f"{where}: {code}: {min(unknown)}: unknown key")
    for name in NEEDED:
        if not isinstance(entry.get(name), str) or not entry[name]:
            raise PolicyError(f"{where}: {code}: {name}: missing")
    if entry["effect"] not in get_args(Effect) or entry["liftable_by"] not in get_args(LiftedBy):
        raise PolicyError(f"{where}: {code}: effect or liftable_by: unknown word")
    for name, value in entry.items():
        if type(value) is not type(known[name].default) and name not in NEEDED:
            raise PolicyError(f"{where}: {code}: {name}: of the wrong type")
    condition = Condition(**entry)
    waits = condition.waiting_days or condition.waiting_months
    if min(condition.waiting_days, condition.waiting_months) < 0:
        raise PolicyError(f"{where}: {code}: waiting: less than nothing")
    if bool(waits) != bool(condition.since) or (condition.effect == "pause" and not waits):
        raise PolicyError(f"{where}: {code}: since: asked for exactly where there is a waiting period")
    return condition
