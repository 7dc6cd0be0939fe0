"""Names one letter off a listed one: a letter too many, too few, wrong, or two swapped; never a digit."""

from collections.abc import Iterable, Iterator

_SHORTEST, _LONGEST = 5, 120


class NearNames:
    """Finds the listed names that a name is one letter off, by comparing both with one letter left out."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_gap: dict[str, list[str]] = {}
        for name in names:
            if _SHORTEST <= len(name) <= _LONGEST:
                for shorter in {name, *shortened(name)}:
                    self._by_gap.setdefault(shorter, []).append(name)

    def near(self, name: str) -> tuple[str, ...]:
        """The listed names exactly one letter off, in alphabetical order; none for very short or long names."""
        if not _SHORTEST <= len(name) <= _LONGEST:
            return ()
        keys = {name, *shortened(name)}
        candidates = {listed for key in keys for listed in self._by_gap.get(key, ())}
        return tuple(sorted(listed for listed in candidates if is_one_letter_off(name, listed)))


def is_one_letter_off(one: str, other: str) -> bool:
    """Whether one letter inserted, left out, replaced or swapped with the next makes one name the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left, right = one[start:], other[start:]
    if len(left) == len(right):
        if left[:2] == right[1::-1] and left[2:] == right[2:]:
            return left[:2].isalpha()
        return left[1:] == right[1:] and left[0].isalpha() and right[0].isalpha()
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return longer[1:] == shorter and longer[0].isalpha()


def shortened(name: str) -> Iterator[str]:
    """The name with one letter left out, at each place."""
    return (name[:place] + name[place + 1 :] for place in range(len(name)))
