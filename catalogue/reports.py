"""A vetting report as people read it: findings in chapters, each with its rule, its value against the limit, and the document
that decides it with the last day on which it counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from catalogue.dossiers import Evidence
from catalogue.limits import is_number
from catalogue.specification import Rule
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
_BARS = {"at most": False, "less than": False, "at least": True, "more than": True}


@dataclass(frozen=True, slots=True)
class ReadFinding:
    """One finding with what it takes to understand it. `bar` is value, limit and whether more is better."""

    finding: Finding
    rule: Rule
    bar: dict[str, object] | None
    document: Evidence | None
    counts_until: date | None
    is_soon: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """The findings on one side of a product."""

    name: str
    findings: tuple[ReadFinding, ...]

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


def _read(report: Report, finding: Finding) -> ReadFinding:
    rule = report.specification.rule(finding.rule)
    document = (
        next((e for e in report.dossier.evidence if e.reference == finding.proof), None) if finding.proof else None
    )
    until = last_day(document, rule) if document else date.max
    last = None if until == date.max else until
    is_soon = last is not None and last - report.today <= SOON
    return ReadFinding(finding, rule, _bar(report, rule), document, last, is_soon)


def _bar(report: Report, rule: Rule) -> dict[str, object] | None:
    """A picture only where both sides are positive numbers of one unit."""
    demand = rule.demand
    if demand is None or demand.must not in _BARS or demand.fact == "price":
        return None
    value, limit = report.dossier.stated.get(demand.fact), demand.limit
    if not is_number(value) or not isinstance(limit, (int, Decimal)) or limit <= 0:
        return None
    return {"value": float(value), "limit": float(limit), "at_least": _BARS[demand.must]}  # type: ignore[arg-type]
