"""Goods-in: what the rules checked on each batch say, and the shelf life that a batch must still have."""

import dataclasses
from datetime import date

import pytest

from catalogue.dossiers import Evidence
from catalogue.specification import load
from catalogue.verdicts import Finding
from catalogue.vetting import judge_batch, may_be_released
from tests.catalogue.cases import TODAY, finding, read_cases

BATCHES = read_cases("batch.toml")


def documents(kind: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(**{**one, "covers": tuple(one["covers"])}) for one in BATCHES[kind]["evidence"])


def judged(kind: str, evidence: tuple[Evidence, ...], today: date = TODAY, **facts: object) -> tuple[Finding, ...]:
    return judge_batch({**BATCHES[kind]["facts"], **facts}, evidence, kind, load(), today)


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_a_sound_batch_may_be_released(kind: str) -> None:
    findings = judged(kind, documents(kind))
    assert may_be_released(findings)
    assert [found.rule for found in findings] == [rule.id for rule in load().rules_for(kind, "batch")]


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_a_batch_without_documents_is_held(kind: str) -> None:
    findings = judged(kind, ())
    assert {found.verdict for found in findings} == {"unproven"}
    assert not may_be_released(findings)


def test_a_bent_needle_holds_the_batch() -> None:
    findings = judged("roller", documents("roller"), tips_bent_hooked_or_blunt=1)
    assert finding(findings, "R-TIP-01").verdict == "fail"
    assert not may_be_released(findings)


def test_a_report_from_another_year_releases_nothing() -> None:
    old = tuple(dataclasses.replace(paper, issued_on=date(2025, 11, 21)) for paper in documents("serum"))
    assert {found.verdict for found in judged("serum", old)} == {"lapsed"}


def test_the_months_a_batch_must_still_last_come_from_the_specification() -> None:
    assert load().shelf_life_months("roller") == 6
    assert load().shelf_life_months("serum") == 3
