"""Dossiers for tests: the accepted roller and serum of tests/cases, as they are or with something changed."""

import dataclasses
import functools
import tomllib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from catalogue.dossier_files import read_dossier
from catalogue.dossiers import Dossier, Evidence
from catalogue.specification import Specification, load
from catalogue.verdicts import Finding
from catalogue.vetting import Report, judge

CASES = Path(__file__).parents[1] / "cases"
TODAY = date(2026, 11, 22)


@functools.cache
def accepted(kind: str) -> Dossier:
    """The complete dossier of that kind."""
    return read_dossier(CASES / f"accepted_{kind}.toml")


def roller(**facts: Any) -> Dossier:
    """The accepted roller with these facts; None takes one away."""
    return with_facts(accepted("roller"), facts)


def serum(**facts: Any) -> Dossier:
    """The accepted serum with these facts; None takes one away."""
    return with_facts(accepted("serum"), facts)


def with_facts(dossier: Dossier, facts: dict[str, Any]) -> Dossier:
    changed = {name: value for name, value in {**dossier.facts, **facts}.items() if value is not None}
    return dataclasses.replace(dossier, facts=changed)


def with_evidence(dossier: Dossier, *more: Evidence) -> Dossier:
    return dataclasses.replace(dossier, evidence=(*dossier.evidence, *more))


def proven_only_by(dossier: Dossier, fact: str, *documents: Evidence) -> Dossier:
    """The dossier in which nothing but these documents covers the fact."""
    kept = []
    for document in dossier.evidence:
        covers = tuple(covered for covered in document.covers if covered != fact)
        if covers:
            kept.append(dataclasses.replace(document, covers=covers))
    return dataclasses.replace(dossier, evidence=(*kept, *documents))


def document(proof: str, *covers: str, issued_on: date = date(2026, 3, 1), **more: Any) -> Evidence:
    particulars = {"title": "A document", "issuer": "Somebody", "reference": "DOC-1", **more}
    return Evidence(proof=proof, covers=covers, issued_on=issued_on, **particulars)


def finding(report: Report | Iterable[Finding], rule: str) -> Finding:
    findings = report.findings if isinstance(report, Report) else report
    return next(finding for finding in findings if finding.rule == rule)


def judged(dossier: Dossier, today: date = TODAY, specification: Specification | None = None) -> Report:
    return judge(dossier, specification or load(), today)


def read_cases(name: str) -> dict[str, Any]:
    """A table of cases; decimals exact, lists as the facts have them."""
    return tomllib.loads((CASES / name).read_text(encoding="utf-8"), parse_float=Decimal)
