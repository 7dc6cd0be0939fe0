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
        for document in evidence:
            for covered in document.covers:
                self._covering.setdefault(covered, []).append(document)

    def state(self, rule: Rule) -> tuple[Outcome, Evidence | None]:
        """pass, lapsed or unproven: how the fact of a rule is proven, and by which document."""
        of_kind = [d for d in self._covering.get(rule.fact, ()) if d.proof == rule.proof]
        if not of_kind:
            return "unproven", None
        valid = [d for d in of_kind if self._counts(d, rule)]
        if valid:
            return "pass", max(valid, key=lambda d: last_day(d, rule))
        return "lapsed", max(of_kind, key=lambda d: last_day(d, rule))

    def best(self, covered: str, rule: Rule, any_proof: bool = False) -> Evidence | None:
        """The valid document that covers a fact for longest, of the demanded proof unless any will do."""
        valid = [
            document
            for document in self._covering.get(covered, ())
            if (any_proof or document.proof == rule.proof) and self._counts(document, rule)
        ]
        return max(valid, key=lambda document: last_day(document, rule)) if valid else None

    def note(self, rule: Rule) -> Evidence | None:
        """The valid practitioner's note that covers the rule by its id."""
        notes = [d for d in self._covering.get(rule.id, ()) if d.proof == "note" and self._counts(d, rule)]
        return max(notes, key=lambda note: last_day(note, rule)) if notes else None

    def last_days(self, specification: Specification, kind: str) -> list[date]:
        """Every day from today on after which some document stops counting for some rule, in order."""
        rules = specification.rules_for(kind)
        covering = {document for documents in self._covering.values() for document in documents}
        days = {last_day(document, rule) for document in covering for rule in rules}
        return sorted(day for day in days if self.today <= day < date.max)

    def _counts(self, document: Evidence, rule: Rule) -> bool:
        return document.issued_on <= self.today <= last_day(document, rule)
