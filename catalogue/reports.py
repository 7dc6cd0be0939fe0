"""A vetting report as people read it: findings in chapters, each with its rule, its value against the limit, and the document
that decides it with the last day on which it counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from catalogue.dossiers import Evidence
from catalogue.limits import is_number, number_in_words
from catalogue.specification import BASES, Condition, Rule
from catalogue.validity import last_day
from catalogue.verdicts import Finding
from catalogue.vetting import Report

SOON = timedelta(days=60)
# Which chapter a rule stands in, by its whole id or else by its head (R-LEN-01 → R-LEN), in the order in which they are read.
_CHAPTERS = {
    "Needles": "R-KIND R-LEN R-SET R-DIA R-CNT R-TIP R-CON R-RET",
    "Metal and skin": "R-MAT R-NI R-COR R-BIO",
    "Ingredients": "S-ING S-PH S-LAW-05 S-LAW-06 S-LAW-08 S-LAW-09",
    "Use with a roller": "S-USE",
    "Sterile and clean": "R-STE R-EXP S-MIC S-PK S-EXP",
    "Use at home": "R-USE R-IFU R-SHR R-USES",
    "Maker and papers": "R-QMS R-REG R-ID R-REC S-LAW",
    "Claims and price": "R-CLM R-PRC S-CLM S-PREG",
}
CHAPTER_OF = {prefix: name for name, prefixes in _CHAPTERS.items() for prefix in prefixes.split()}
OTHER = "Other demands"
_NOT_ASKED = ("not applicable", "advice")
# Comparisons with one limit: whether it is the least that the value may be.
_IS_LEAST = {"at most": False, "less than": False, "count at most": False, "at least": True, "more than": True}


@dataclass(frozen=True, slots=True)
class Bar:
    """A value beside its limit, both positive and of one unit; `lower` is the other limit of a range, else None."""

    value: float
    limit: float
    at_least: bool
    lower: float | None = None


@dataclass(frozen=True, slots=True)
class ReadFinding:
    """One finding with what it takes to understand it. `margin` says how far the value is from its limit; nothing where there
    is no number."""

    finding: Finding
    rule: Rule
    bar: Bar | None
    margin: str
    document: Evidence | None
    counts_until: date | None
    is_soon: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """The findings on one side of a product."""

    name: str
    findings: tuple[ReadFinding, ...]

    @property
    def anchor(self) -> str:
        """What stands behind the # of an address that opens this chapter."""
        return self.name.lower().replace(" ", "-")

    @property
    def passed(self) -> int:
        return passed(read.finding for read in self.findings)

    @property
    def asked(self) -> int:
        return asked(read.finding for read in self.findings)

    @property
    def is_open(self) -> bool:
        """Shown unfolded: something in it is not met."""
        return self.passed < self.asked


def chapters(report: Report) -> list[Chapter]:
    """The whole report, chapter by chapter; chapters without a rule for this kind of product are left out."""
    read = [_read(report, finding) for finding in report.findings]
    names = [*_CHAPTERS, OTHER]
    found = [Chapter(name, tuple(r for r in read if chapter_of(r.rule.id) == name)) for name in names]
    return [chapter for chapter in found if chapter.findings]


def chapter_of(rule_id: str) -> str:
    return CHAPTER_OF.get(rule_id) or CHAPTER_OF.get(rule_id.rsplit("-", 1)[0], OTHER)


def passed(findings: Iterable[Finding]) -> int:
    return sum(finding.verdict == "pass" for finding in findings)


def asked(findings: Iterable[Finding]) -> int:
    """How many rules had to be met: not those that do not apply, nor those that only advise."""
    return sum(finding.verdict not in _NOT_ASKED for finding in findings)


def bases_asked(report: Report) -> dict[str, int]:
    """How many of the rules that had to be met are law, a standard and the clinic's own."""
    bases = [report.specification.rule(f.rule).basis for f in report.findings if f.verdict not in _NOT_ASKED]
    return {basis: bases.count(basis) for basis in BASES}


def _read(report: Report, finding: Finding) -> ReadFinding:
    rule = report.specification.rule(finding.rule)
    document = (
        next((e for e in report.dossier.evidence if e.reference == finding.proof), None) if finding.proof else None
    )
    until = last_day(document, rule) if document else date.max
    last = None if until == date.max else until
    is_soon = last is not None and last - report.today <= SOON
    demand = rule.demand if rule.demand and rule.demand.fact != "price" else None
    value = _measured(demand, finding, report.dossier.stated) if demand else None
    bar, margin = (None, "") if demand is None or value is None else (_bar(demand, value), _margin(demand, value))
    return ReadFinding(finding, rule, bar, margin, document, last, is_soon)


def _measured(demand: Condition, finding: Finding, stated: Mapping[str, object]) -> Decimal | None:
    """The number that the rule compared: of a list the count that was found; None where it compared no number."""
    if demand.must == "count at most":
        found = finding.found or ""
        return Decimal(found) if found.isdecimal() else None
    value = stated.get(demand.fact)
    return Decimal(str(value)) if is_number(value) else None


def _limits(demand: Condition) -> tuple[Decimal | None, Decimal | None]:
    """The least and the most that the demand lets pass; None where it has no such limit, or compares otherwise."""
    if demand.must == "between" and isinstance(demand.limit, tuple):
        low, high = (Decimal(str(limit)) for limit in demand.limit)
        return low, high
    if demand.must not in _IS_LEAST or not is_number(demand.limit):
        return None, None
    limit = Decimal(str(demand.limit))
    return (limit, None) if _IS_LEAST[demand.must] else (None, limit)


def _bar(demand: Condition, value: Decimal) -> Bar | None:
    """A picture only where value and limits are no negative numbers: it begins at nothing."""
    low, high = _limits(demand)
    limit = low if high is None else high
    if limit is None or limit <= 0 or value < 0:
        return None
    return Bar(float(value), float(limit), high is None, float(low) if high is not None and low is not None else None)


def _margin(demand: Condition, value: Decimal) -> str:
    """In words how far the value is on the right or wrong side of the nearer limit; of a limit of nothing there is none."""
    low, high = _limits(demand)
    spare = [value - low] if low else []
    spare += [high - value] if high else []
    if not spare:
        return ""
    least, unit = min(spare), "" if demand.unit in (None, "count") else f" {demand.unit}"
    if least == 0:
        return "exactly at the limit"
    return f"{number_in_words(abs(least))}{unit} {'to spare' if least > 0 else 'beyond the limit'}"
