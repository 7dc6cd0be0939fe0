"""The two short questions before each order, pure: what is asked (`recheck.toml`), and what the answers mean for the order. That
something new makes the safety questions due is in `screening_rules`."""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from catalogue.verdicts import YES, Reason, Verdict
from storefront.eligibility.screening_rules import ANSWERS

FILE = Path(__file__).with_name("recheck.toml")
UNANSWERED = "questions-unanswered"
SOMETHING_NEW = "something-new"


@dataclass(frozen=True, slots=True)
class ShortQuestion:
    """What is asked, and what follows from anything but a "no"."""

    question: str
    then: str


@dataclass(frozen=True, slots=True)
class ShortQuestions:
    """Both questions of one version."""

    version: str
    anything_new: ShortQuestion
    reaction: ShortQuestion


@dataclass(frozen=True, slots=True)
class Answered:
    """The answers to both: "no", "yes" or "not_sure"; what nobody is sure of counts as "yes"."""

    anything_new: str
    reaction: str

    def __post_init__(self) -> None:
        if not {self.anything_new, self.reaction} <= set(ANSWERS):
            raise ValueError("an answer is none")

    @property
    def is_nothing_new(self) -> bool:
        return self.anything_new == self.reaction == "no"


NOTHING_NEW = Answered("no", "no")


@functools.cache
def short_questions() -> ShortQuestions:
    """The questions of today. KeyError when the file lacks one."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    both = (ShortQuestion(told[name]["question"], told[name]["then"]) for name in ("anything_new", "reaction"))
    return ShortQuestions(told["version"], *both)


def may_place(answered: Answered | None) -> Verdict:
    """Refuses an order while a question is open, or when something is new: what is asked then comes first."""
    if answered is None:
        text = "Two short questions come before each order, and they are not answered yet."
        return Verdict((Reason(UNANSWERED, text, "you", "Answer both; “nothing new” is one tap."),))
    if answered.is_nothing_new:
        return YES
    text = "You told us that something is new, or that your skin reacted."
    return Verdict((Reason(SOMETHING_NEW, text, "you", "First tell us what it is; your basket waits."),))
