"""What an invoice and a credit note say of money. Pure, in whole pence with VAT in them. Of what is given back each line bears
its share, and all the credit notes of an order together never credit a penny more than was invoiced, nor another tax."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from catalogue.money import Money, shared, tax_within


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """What was sold at one rate of tax: `gross` is the whole line with `tax` in it, less what a discount took `off`."""

    name: str
    quantity: int
    gross: int
    tax_percent: str
    tax: int
    off: int = 0

    @property
    def net(self) -> int:
        return self.gross - self.tax

    @property
    def unit_net(self) -> int:
        """The price of one without tax, before any discount, rounded; the sums are taken from the whole line."""
        unit = (self.gross + self.off) // self.quantity
        return unit - tax_within(Money(unit), Decimal(self.tax_percent)).minor

    def without(self, credited: "InvoiceLine") -> "InvoiceLine":
        return replace(self, gross=self.gross - credited.gross, tax=self.tax - credited.tax)


@dataclass(frozen=True, slots=True)
class RateSum:
    """All that bears one rate."""

    tax_percent: str
    net: int
    tax: int


def by_rate(lines: Iterable[InvoiceLine]) -> list[RateSum]:
    """What is charged at each rate, the highest first."""
    found: dict[str, RateSum] = {}
    for line in lines:
        before = found.get(line.tax_percent, RateSum(line.tax_percent, 0, 0))
        found[line.tax_percent] = RateSum(line.tax_percent, before.net + line.net, before.tax + line.tax)
    return sorted(found.values(), key=lambda each: Decimal(each.tax_percent), reverse=True)


def credit(left: Sequence[InvoiceLine], amount: int) -> list[InvoiceLine]:
    """What each line that is left bears of an amount given back, in the order of `left`; lines that bear nothing are left out.
    ValueError when more is given back than is left."""
    whole = sum(line.gross for line in left)
    if not 0 < amount <= whole:
        raise ValueError(f"{amount} of {whole} cannot be credited")
    shares = shared(amount, [line.gross for line in left])
    return [_part(line, share) for line, share in zip(left, shares, strict=True) if share]


def credit_line(left: Sequence[InvoiceLine], nth: int, amount: int) -> list[InvoiceLine]:
    """An amount that one line bears as far as it can, and the others what is over."""
    own = min(amount, left[nth].gross)
    first = [_part(left[nth], own)] if own else []
    others = [line for n, line in enumerate(left) if n != nth]
    return first + (credit(others, amount - own) if amount > own else [])


def credit_parts(left: Sequence[InvoiceLine], wanted: Mapping[int, int], amount: int) -> list[InvoiceLine]:
    """An amount that each named line (by its place) bears as far as it can, and all lines together what is over."""
    found, rest, over = [], list(left), amount
    for nth, part in wanted.items():
        given = min(part, left[nth].gross, over)
        if given:
            found.append(_part(left[nth], given))
            rest[nth], over = left[nth].without(found[-1]), over - given
    more = credit([line for line in rest if line.gross], over) if over else []
    return _merged([*found, *more])


def _merged(lines: Iterable[InvoiceLine]) -> list[InvoiceLine]:
    """Each line once, with all that it bears."""
    found: dict[str, InvoiceLine] = {}
    for line in lines:
        before = found.get(line.name)
        both = replace(line, gross=line.gross + before.gross, tax=line.tax + before.tax) if before else line
        found[line.name] = both
    return list(found.values())


def _part(line: InvoiceLine, gross: int) -> InvoiceLine:
    """With its tax, never so much or so little that what is left would hold more tax than money; the whole rest of a line takes
    its whole tax."""
    within = tax_within(Money(gross), Decimal(line.tax_percent)).minor
    rest = line.gross - gross
    return replace(line, gross=gross, tax=max(min(within, line.tax), line.tax - rest), off=0)


def in_units(credited: Iterable[InvoiceLine], invoiced: Iterable[InvoiceLine]) -> list[InvoiceLine]:
    """What pays units back says how many: the nearest number of which a line bears the price, at least one."""
    whole = {line.name: line for line in invoiced}
    return [replace(line, quantity=_units(line.gross, whole[line.name])) for line in credited]


def _units(gross: int, whole: InvoiceLine) -> int:
    return max(1, (2 * gross * whole.quantity + whole.gross) // (2 * whole.gross))


def remaining(invoiced: Sequence[InvoiceLine], credited: Iterable[InvoiceLine]) -> list[InvoiceLine]:
    """What is left of each line of an invoice after its credit notes; names tell the lines apart."""
    left = {line.name: line for line in invoiced}
    for line in credited:
        left[line.name] = left[line.name].without(line)
    return list(left.values())
