"""Money in whole minor units, the one rounding of tax, and the one way to share an amount. Stripe takes the same integers."""

from collections.abc import Sequence
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


def shared(amount: int, among: Sequence[int]) -> list[int]:
    """An amount in shares as large as these are to each other, to the last penny: what rounding leaves over goes where most was
    cut off. No share is larger than what bears it. ValueError when the amount is more than all of them together."""
    whole = sum(among)
    if not 0 <= amount <= whole:
        raise ValueError(f"{amount} cannot be shared among {whole}")
    return in_proportion(amount, among) if whole else [0] * len(among)


def in_proportion(amount: int, to: Sequence[int]) -> list[int]:
    """An amount in shares as large as these are to each other, to the last penny, however large it is; they are not all nothing."""
    whole = sum(to)
    shares = [each * amount // whole for each in to]
    cut_off = sorted(range(len(to)), key=lambda n: (-(to[n] * amount % whole), n))
    for n in cut_off[: amount - sum(shares)]:
        shares[n] += 1
    return shares


def in_pounds(minor: int) -> str:
    """Pence as a sentence says them: £3.40."""
    return f"£{minor / 100:,.2f}"


def plain_rate(rate_percent: Decimal) -> str:
    """A rate as it is written: "20", "17.5"."""
    return f"{rate_percent.normalize():f}"


def tax_within(gross: Money, rate_percent: Decimal) -> Money:
    """The VAT that a price including it contains, rounded half up to the minor unit; asked once per order line."""
    exact = Decimal(gross.minor) * rate_percent / (Decimal(100) + rate_percent)
    return Money(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), gross.currency)
