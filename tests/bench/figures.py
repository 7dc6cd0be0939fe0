"""A figure beside its limit, and the one line in which `make bench` prints it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, and the aim: the most it may be, or the least where more is better."""

    name: str
    value: float
    unit: str
    aim: float
    is_more_better: bool = False

    @property
    def is_met(self) -> bool:
        """The aim itself is met as a least, and as a most it is not: under 60 s is less than 60 s."""
        return self.value >= self.aim if self.is_more_better else self.value < self.aim

    @property
    def line(self) -> str:
        """`name value unit aim met|short`: five words, numbers without grouping."""
        return f"{self.name} {_number(self.value)} {self.unit} {_number(self.aim)} {'met' if self.is_met else 'short'}"


def _number(value: float) -> str:
    """Whole from a hundred on, below it with the three digits that tell something; never with an exponent."""
    if value >= 100:
        return f"{value:.0f}"
    places = 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{places}f}".rstrip("0").rstrip(".")
