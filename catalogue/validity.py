"""On which days a document counts, ends included: from its issue until it expires or is too old as proof.

A month is a calendar month: a proof of 31 August good for six months counts until 28 (or 29) February.
"""

import calendar
import functools
from collections.abc import Iterable
from datetime import date

from catalogue.dossiers import Evidence
from catalogue.specification import Rule, Specification
from catalogue.verdicts import Outcome


@functools.lru_cache(maxsize=8192)
def months_after(day: date, months: int) -> date:
    """The same day so many months on, or that month's last day; never beyond the calendar's end."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(document: Evidence, rule: Rule) -> date:
    """The last day on which the document counts; a rule's limit of age binds its own kind of proof."""
    expires = document.expires_on or date.max
    if rule.proof_valid_months is None or document.proof != rule.proof:
        return expires
    return min(expires, months_after(document.issued_on, rule.proof_valid_months))


class Documents:
    """The evidence of one case on one day, found by what it covers."""

    def __init__(self, evidence: Iterable[Evidence], today: date) -> None:
        self.today = today
        self._covering: dict[str, list[Evidence]] = {}
        self._proving: dict[tuple[str, str], list[Evidence]] = {}
        for document in evidence:
            for covered in document.covers:
                self._covering.setdefault(covered, []).append(document)
                self._proving.setdefault((document.proof, covered), []).append(document)

    def state(self, rule: Rule) -> tuple[Outcome, Evidence | None]:
        """pass, lapsed or unproven: how the fact of a rule is proven, and by which document."""
        papers = self._proving.get((rule.proof, rule.fact))
        if not papers:
            return "unproven", None
        valid = self._lasting_longest(papers, rule)
        return ("pass", valid) if valid else ("lapsed", max(papers, key=lambda paper: last_day(paper, rule)))

    def proof(self, rule: Rule) -> Evidence | None:
        """The valid document of the demanded kind that proves the rule's fact for longest."""
        return self._lasting_longest(self._proving.get((rule.proof, rule.fact), ()), rule)

    def covering(self, fact: str, rule: Rule) -> Evidence | None:
        """The valid document of any kind that covers a fact for longest, as the rule counts its age."""
        return self._lasting_longest(self._covering.get(fact, ()), rule)

    def note(self, rule: Rule) -> Evidence | None:
        """The valid practitioner's note that covers the rule by its id."""
        return self._lasting_longest(self._proving.get(("note", rule.id), ()), rule)

    def last_days(self, specification: Specification, kind: str) -> list[date]:
        """Every day from today on after which some document stops counting for some rule, in order."""
        rules = specification.rules_for(kind)
        papers = {paper for papers in self._covering.values() for paper in papers}
        days = {last_day(paper, rule) for paper in papers for rule in rules}
        return sorted(day for day in days if self.today <= day < date.max)

    def _lasting_longest(self, papers: Iterable[Evidence], rule: Rule) -> Evidence | None:
        """Of those that count today the one with the latest last day; the first of equals."""
        longest, latest = None, self.today
        for paper in papers:
            if paper.issued_on <= self.today:
                last = last_day(paper, rule)
                if last > latest or (last == latest and longest is None):
                    longest, latest = paper, last
        return longest
