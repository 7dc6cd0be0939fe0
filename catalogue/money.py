"""Money in whole minor units, and the one rounding of tax. Stripe takes the same integers."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (pence) of one currency (ISO 4217, upper case)."""

    minor: int
    currency: str = "GBP"

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.minor * times, self.currency)

    def _same(self, other: "Money") -> None:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")


def plain_rate(rate_percent: Decimal) -> str:
    """A rate as it is written: "20", "17.5"."""
    return f"{rate_percent.normalize():f}"


def tax_within(gross: Money, rate_percent: Decimal) -> Money:
    """The VAT that a price including it contains, rounded half up to the minor unit; asked once per order line."""
    exact = Decimal(gross.minor) * rate_percent / (Decimal(100) + rate_percent)
    return Money(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), gross.currency)
