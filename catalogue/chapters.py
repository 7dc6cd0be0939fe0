"""A vetting report in chapters, for whoever reads it: findings that stand together, each with its rule in words, its value
beside its limit, and the document that decided. Pure; what is judged is `vetting.judge`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from catalogue.dossiers import Evidence, Fact
from catalogue.limits import is_number
from catalogue.specification import Rule, Specification
from catalogue.validity import last_day
from catalogue.verdicts import Finding

# Rules by the head of their id, or by the whole id where one rule stands elsewhere than its neighbours.
CHAPTERS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "roller": (
        ("Needles", ("R-KIND", "R-LEN", "R-SET", "R-DIA", "R-CNT", "R-TIP", "R-CON", "R-RET")),
        ("Metal", ("R-MAT", "R-NI", "R-COR", "R-BIO")),
        ("Sterile", ("R-STE", "R-EXP")),
        ("Maker and papers", ("R-QMS", "R-REG", "R-ID")),
        ("Use", ("R-USE", "R-IFU", "R-SHR", "R-USES")),
        ("Claims, recalls and price", ("R-CLM", "R-REC", "R-PRC")),
    ),
    "serum": (
        ("Ingredients", ("S-ING", "S-PH", "S-LAW-05", "S-LAW-06", "S-LAW-08", "S-LAW-09")),
        ("Law and papers", ("S-LAW",)),
        ("Use with a roller", ("S-USE", "S-PREG")),
        ("Microbes", ("S-MIC",)),
        ("Pack", ("S-PK", "S-EXP")),
        ("Claims", ("S-CLM",)),
    ),
}
BASES = {"law": "the law", "standard": "a published standard", "clinic": "the clinic’s own rule"}
UPPER = ("at most", "less than")
SOON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Bar:
    """A number beside its limit, both in the unit of the rule."""

    value: float
    limit: float
    at_least: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """The document that decided; `until` is the last day on which it counts, None when it does not end."""

    title: str
    issuer: str
    until: date | None
    soon: bool


@dataclass(frozen=True, slots=True)
class Entry:
    finding: Finding
    title: str
    basis: str
    bar: Bar | None
    document: Proof | None


@dataclass(frozen=True, slots=True)
class Chapter:
    name: str
    entries: tuple[Entry, ...]

    @property
    def passed(self) -> int:
        return passed(entry.finding for entry in self.entries)

    @property
    def total(self) -> int:
        return asked(entry.finding for entry in self.entries)


def passed(findings: Iterable[Finding]) -> int:
    return sum(finding.verdict == "pass" for finding in findings)


def asked(findings: Iterable[Finding]) -> int:
    """How many rules had to be met: all but those that did not apply and those that only advise."""
    return sum(finding.verdict not in ("not applicable", "advice") for finding in findings)


def chapters(
    kind: str,
    findings: Iterable[Finding],
    facts: Mapping[str, Fact],
    evidence: Iterable[Evidence],
    specification: Specification,
    today: date,
) -> tuple[Chapter, ...]:
    """Every finding once, in the order of the chapters and inside one in the order of the specification."""
    documents = {document.reference: document for document in evidence}
    rules = {rule.id: rule for rule in specification.rules}
    gathered: dict[str, list[Entry]] = {name: [] for name, _ in CHAPTERS[kind]}
    for finding in findings:
        entry = _entry(finding, rules.get(finding.rule), facts, documents, today)
        gathered.setdefault(chapter_of(kind, finding.rule), []).append(entry)
    return tuple(Chapter(name, tuple(entries)) for name, entries in gathered.items() if entries)


def chapter_of(kind: str, rule: str) -> str:
    """A whole id wins over the head of ids."""
    for wanted in (rule, rule.rpartition("-")[0]):
        for name, heads in CHAPTERS[kind]:
            if wanted in heads:
                return name
    return "Others"


def _entry(
    finding: Finding, rule: Rule | None, facts: Mapping[str, Fact], documents: Mapping[str, Evidence], today: date
) -> Entry:
    if rule is None:  # a rule of another version: shown by its id
        return Entry(finding, finding.rule, "", None, None)
    document = documents.get(finding.proof or "")
    proof = _proof(document, rule, today) if document else None
    return Entry(finding, rule.title, BASES[rule.basis], _bar(rule, facts), proof)


def _bar(rule: Rule, facts: Mapping[str, Fact]) -> Bar | None:
    """Only for numbers from nought up: a logarithm, a range or a nought has no length."""
    demand = rule.demand
    value = facts.get(rule.fact)
    if demand is None or demand.must not in (*UPPER, "at least") or not is_number(value) or not is_number(demand.limit):
        return None
    number, limit = Decimal(str(value)), Decimal(str(demand.limit))
    if number < 0 or limit <= 0:
        return None
    return Bar(float(number), float(limit), demand.must == "at least")


def _proof(document: Evidence, rule: Rule, today: date) -> Proof:
    until = last_day(document, rule)
    ends = None if until == date.max else until
    return Proof(document.title, document.issuer, ends, ends is not None and ends - today <= SOON)
