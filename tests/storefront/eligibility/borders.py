"""How far two cases of the gate's table lie apart: at a border they differ in one thing, and in the least that it can differ by."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.storefront.eligibility import stories

NAMES = {"sentence", "refused", "told"}  # what a case says of itself and of the answer
HAIR = Decimal("0.01")
MISSING = object()


def record(case: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the gate is told in a case; treatments as tables, what is wanted by what it is and not by its name."""
    story = {**stories.FILE["standard"], **case}
    if "moment" in case:
        story.pop("day")
    if story["treated"] is not False:
        story["treated"] = [told if isinstance(told, dict) else {"on": told} for told in story["treated"]]
    story["wants"] = [{**stories.FILE["products"][name], "quantity": number} for name, number in story["wants"].items()]
    return {key: value for key, value in story.items() if key not in NAMES}


def differences(one: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    """What differs, thing by thing; a thing that one of the two lacks is one difference."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            yield from differences(one.get(key, MISSING), other.get(key, MISSING))
    elif isinstance(one, list) and isinstance(other, list):
        for place in range(max(len(one), len(other))):
            pair = (side[place] if place < len(side) else MISSING for side in (one, other))
            yield from differences(*pair)
    elif one is MISSING or other is MISSING or type(one) is not type(other) or one != other:
        yield one, other


def is_least(one: Any, other: Any) -> bool:
    """Whether two values could not be nearer: a second, a day, a unit, a hundredth of a millimetre; or they are words."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs(one - other) == timedelta(seconds=1)
    if isinstance(one, date) and isinstance(other, date):
        return abs(one - other) == timedelta(days=1)
    if isinstance(one, int) and isinstance(other, int):
        return abs(one - other) == 1
    lengths = (length(one), length(other))
    return None in lengths or abs(lengths[0] - lengths[1]) <= HAIR


def is_measured(*sides: Any) -> bool:
    """Whether a border lies between two numbers, days, instants or lengths, and not between two words."""
    return all(type(side) in (int, date, datetime) or length(side) is not None for side in sides)


def length(value: Any) -> Any:
    try:
        return Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None


def border(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """The one thing in which two records differ, when it differs by the least; None when they lie further apart."""
    found = differences(one, other)
    first, second = next(found, None), next(found, None)
    return first if first and not second and is_least(*first) else None
