"""How a rule answers: a Finding per rule of the specification, a Verdict with every reason at once, and Refused for the edge."""

from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["pass", "fail", "missing", "unproven", "lapsed", "review", "advice", "not applicable"]
ProductVerdict = Literal["accepted", "incomplete", "rejected"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule of the specification says of one dossier. `proof` is the reference of the deciding document."""

    rule: str
    verdict: Outcome
    found: str | None
    demanded: str
    proof: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something may not be done: a stable code, a sentence for the person, who can lift it, and the next step."""

    code: str
    text: str
    lifted_by: str
    next_step: str
    sku: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a rule. Empty reasons mean yes."""

    reasons: tuple[Reason, ...] = field(default=())

    @property
    def is_yes(self) -> bool:
        return not self.reasons

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(reason.code for reason in self.reasons)

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(self.reasons + other.reasons)


YES = Verdict()


class Refused(Exception):
    """A rule said no; carries every reason. Nothing was written."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(", ".join(verdict.codes))
        self.verdict = verdict

    @classmethod
    def because(cls, code: str, text: str, lifted_by: str = "", next_step: str = "") -> "Refused":
        return cls(Verdict((Reason(code, text, lifted_by, next_step),)))


class Stale(Refused):
    """Somebody else changed it first."""


def require(verdict: Verdict) -> None:
    """Refuses with every reason of the verdict, when it has any."""
    if not verdict.is_yes:
        raise Refused(verdict)


def refuse_silence(why: str) -> None:
    """What takes units away, or decides for good of a batch, a recall or a version, is never done without a word."""
    if not why.strip():
        raise Refused.because("no-reason", "Say why.", "you", "Write the reason.")
