"""What changes from one approval to the next, in words: so that a renewal is read at a glance, and both stay readable. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Protocol

from catalogue.serum_classes import serum_classes
from storefront.eligibility.approval_rules import Limits, allowed_classes, allowed_serums
from storefront.eligibility.models import Approval
from storefront.eligibility.product_rules import in_mm
from storefront.eligibility.reasons import day_in_words


class HasNumbers(Protocol):
    """The limits that are numbers, of an approval that was signed or of one that is proposed."""

    @property
    def greatest_needle_um(self) -> int: ...
    @property
    def reorder_days(self) -> int: ...
    @property
    def quantity(self) -> int: ...
    @property
    def uses_per_roller(self) -> int: ...
    @property
    def valid_until(self) -> date: ...


def changes(before: Approval, after: Approval | Limits, names: Mapping[int, str]) -> list[str]:
    """Every limit that differs, "0.20 mm → 0.15 mm"; `names` of products by their id."""
    was, now = _numbers(before), _numbers(after)
    told = [f"{what} {was[what]} → {now[what]}" for what in was if was[what] != now[what]]
    return [*told, *_serums(_allowed(before, names), _allowed(after, names))]


def _numbers(limits: HasNumbers) -> dict[str, str]:
    return {
        "depth": in_mm(limits.greatest_needle_um),
        "again after": f"{limits.reorder_days} days",
        "of a kind": str(limits.quantity),
        "uses": str(limits.uses_per_roller),
        "until": day_in_words(limits.valid_until),
    }


def _allowed(limits: Approval | Limits, names: Mapping[int, str]) -> list[str]:
    if isinstance(limits, Approval):
        ids, classes = allowed_serums(limits), allowed_classes(limits)
    else:
        ids, classes = limits.serum_ids, limits.serum_classes
    named = [names.get(each, f"product {each}") for each in sorted(ids)]
    return named + [f"all {serum_classes()[name].title}" for name in sorted(classes) if name in serum_classes()]


def _serums(before: list[str], after: list[str]) -> Iterator[str]:
    yield from (f"with {name}" for name in after if name not in before)
    yield from (f"without {name}" for name in before if name not in after)


def serums_in_words(limits: Approval | Limits, names: Mapping[int, str]) -> str:
    """The serums by name and by class; "none" where there is none."""
    return ", ".join(_allowed(limits, names)) or "none"
