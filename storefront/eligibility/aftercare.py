"""What helps after the skin was needled, hour by hour, and the signs that are right and those that are not: data with sources,
loaded once. A file that says something unknown is refused."""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("aftercare.toml")


@dataclass(frozen=True, slots=True)
class Period:
    """What helps in one span of time; `after` a "use" at home or a "treatment" at the clinic."""

    after: str
    when: str
    advice: str
    source: str


@dataclass(frozen=True, slots=True)
class Sign:
    """How the skin may look, drawn in `templates/drawings/<picture>.svg`, and what to do then."""

    picture: str
    is_normal: bool
    name: str
    looks: str
    act: str
    source: str


@dataclass(frozen=True, slots=True)
class Aftercare:
    version: str
    periods: tuple[Period, ...]
    signs: tuple[Sign, ...]

    def after(self, what: str) -> list[Period]:
        return [each for each in self.periods if each.after == what]


@functools.cache
def load_aftercare() -> Aftercare:
    """The clinic's texts, in the order in which they are told."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    periods = tuple(Period(**each) for each in told["period"])
    return Aftercare(told["version"], periods, tuple(Sign(**each) for each in told["sign"]))
