"""What a limit means: the comparisons a rule may ask for, their limits, and how both are put in words.

A value of the wrong kind (a text where a number is due) never meets a limit.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

Check = Callable[[object], bool]


def is_number(value: object) -> bool:
    """A finite whole or decimal number. True and False are not numbers here, although Python thinks so."""
    if type(value) is int:
        return True
    return isinstance(value, Decimal) and value.is_finite()


def _numeric(compare: Callable[[Decimal, Decimal], bool]) -> Callable[[object], Check]:
    def against(limit: object) -> Check:
        return lambda value: is_number(value) and compare(value, limit)  # type: ignore[arg-type]

    return against


def _one_of(limit: object) -> Check:
    allowed = frozenset(_items(limit))

    def holds(value: object) -> bool:
        if isinstance(value, tuple):
            return bool(value) and all(holds(item) for item in value)
        return not isinstance(value, bool) and value in allowed

    return holds


def _equal_to(limit: object) -> Check:
    if isinstance(limit, bool):
        return lambda value: value is limit
    return lambda value: not isinstance(value, bool) and value == limit


def _between(limit: object) -> Check:
    low, high = _items(limit)
    return lambda value: is_number(value) and low <= value <= high  # type: ignore[operator]


def _count_at_most(limit: object) -> Check:
    return lambda value: isinstance(value, Sequence) and not isinstance(value, str) and len(value) <= limit  # type: ignore[operator]


CHECKS: dict[str, Callable[[object], Check]] = {
    "one of": _one_of,
    "equal to": _equal_to,
    "at most": _numeric(lambda value, limit: value <= limit),
    "at least": _numeric(lambda value, limit: value >= limit),
    "less than": _numeric(lambda value, limit: value < limit),
    "more than": _numeric(lambda value, limit: value > limit),
    "between": _between,
    "count at most": _count_at_most,
}


def fault_of_limit(must: str, limit: object) -> str | None:
    """What is wrong with a limit for its `must`, or None."""
    if must == "one of":
        is_right = isinstance(limit, list) and bool(limit) and all(is_text(item) for item in limit)
        return None if is_right else 'limit of "one of" must be a list of texts'
    if must == "equal to":
        is_right = isinstance(limit, bool) or is_number(limit) or is_text(limit)
        return None if is_right else 'limit of "equal to" must be true, false, a number or a text'
    if must == "between":
        return None if _is_range(limit) else 'limit of "between" must be two numbers, the smaller first'
    if must == "count at most":
        is_right = type(limit) is int and limit >= 0
        return None if is_right else 'limit of "count at most" must be a whole number'
    return None if is_number(limit) else f'limit of "{must}" must be a number'


def in_words(value: object, unit: str | None = None) -> str:
    """A fact or limit as a person reads it: 0.2 mm, yes, ISO 11137, 4.5 and 7.5 pH."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return ", ".join(in_words(item, unit) for item in value)
    text = number_in_words(value) if isinstance(value, Decimal) else str(value)
    return text if unit is None or unit == "count" or not is_number(value) else f"{text} {unit}"


def number_in_words(value: Decimal) -> str:
    """A decimal without needless zeros and without an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def demanded_in_words(must: str, limit: object, unit: str | None) -> str:
    """The demand as the report prints it, for example: at most 0.25 mm."""
    if isinstance(limit, bool):
        return "yes" if limit else "no"
    if must == "one of":
        return f"one of: {in_words(limit)}"
    if must == "between":
        low, high = _items(limit)
        return f"between {in_words(low)} and {in_words(high, unit)}"
    if must == "count at most":
        return f"at most {in_words(limit)} entries"
    return f"{must} {in_words(limit, unit)}"


def _items(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _is_range(limit: object) -> bool:
    items = _items(limit)
    return len(items) == 2 and all(map(is_number, items)) and items[0] < items[1]  # type: ignore[operator]


def is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
