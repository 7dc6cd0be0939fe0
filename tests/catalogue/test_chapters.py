"""The report in chapters: nothing is lost, nothing stands twice, figures are those of the dossier."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from catalogue import specification
from catalogue.dossiers import Dossier, Evidence
from catalogue.reports import OTHER, SOON, Chapter, ReadFinding, asked, chapter_of, chapters, passed
from catalogue.vetting import judge

TODAY = date(2026, 11, 22)
SPECIFICATION = specification.load()


def sheet(expires_on: date | None) -> Evidence:
    covers = ("needle_length_nominal", "sterility_assurance_level", "remaining")
    return Evidence("datasheet", covers, "Datasheet 20", "A maker", "DS-20", date(2026, 1, 1), expires_on)


def report(expires_on: date | None = None, **facts: object) -> dict[str, Chapter]:
    dossier = Dossier("roller", "RL", "Roller", "", "", None, None, facts, (sheet(expires_on),))  # type: ignore[arg-type]
    return {chapter.name: chapter for chapter in chapters(judge(dossier, SPECIFICATION, TODAY))}


def of_rule(told: dict[str, Chapter], rule: str) -> ReadFinding:
    return next(read for chapter in told.values() for read in chapter.findings if read.rule.id == rule)


@pytest.mark.parametrize("rule", SPECIFICATION.rules, ids=lambda rule: rule.id)
def test_every_rule_has_its_chapter(rule: specification.Rule) -> None:
    assert chapter_of(rule.id) != OTHER


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_every_finding_stands_once(kind: str) -> None:
    judged = judge(Dossier(kind, "X", "X", "", "", None, None, {}), SPECIFICATION, TODAY)
    read = [each.finding for chapter in chapters(judged) for each in chapter.findings]
    assert sorted(read, key=lambda f: f.rule) == sorted(judged.findings, key=lambda f: f.rule)


def test_prohibited_ingredients_stand_with_the_ingredients_and_not_with_the_papers() -> None:
    assert chapter_of("S-LAW-05") == "Ingredients"
    assert chapter_of("S-LAW-04") == "Maker and papers"
    assert chapter_of("S-NEW-01") == OTHER


def test_a_value_stands_beside_its_limit_and_its_document() -> None:
    read = of_rule(report(date(2028, 1, 1), needle_length_nominal=Decimal("0.20")), "R-LEN-01")
    assert read.finding.verdict == "pass"
    assert read.bar == {"value": 0.2, "limit": 0.25, "at_least": False}
    assert read.document
    assert (read.document.title, read.counts_until, read.is_soon) == ("Datasheet 20", date(2028, 1, 1), False)


def test_what_is_no_length_has_no_bar() -> None:
    told = report(sterility_assurance_level=-6, needle_length_nominal=True)
    assert [read for chapter in told.values() for read in chapter.findings if read.bar] == []


@pytest.mark.parametrize(("days", "soon"), [(0, True), (SOON.days, True), (SOON.days + 1, False)])
def test_a_document_that_ends_soon_says_so(days: int, soon: bool) -> None:
    told = report(TODAY + timedelta(days=days), needle_length_nominal=Decimal("0.20"))
    assert of_rule(told, "R-LEN-01").is_soon is soon


def test_only_what_was_asked_for_counts() -> None:
    judged = judge(Dossier("serum", "X", "X", "", "", None, None, {}), SPECIFICATION, TODAY)
    verdicts = [finding.verdict for finding in judged.findings]
    assert passed(judged.findings) == verdicts.count("pass") == 0
    assert asked(judged.findings) == len(verdicts) - verdicts.count("advice") - verdicts.count("not applicable")


def test_a_chapter_with_something_open_stands_open() -> None:
    told = report(needle_length_nominal=Decimal("0.20"))
    assert told["Needles"].is_open
    assert told["Needles"].passed == 3, "R-LEN-01, R-LEN-02 and R-LEN-03 are met"
