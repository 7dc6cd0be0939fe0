"""The report in chapters: nothing is lost, nothing stands twice, figures are those of the dossier."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from catalogue import specification
from catalogue.chapters import CHAPTERS, SOON, Chapter, chapter_of, chapters
from catalogue.dossiers import Dossier, Evidence
from catalogue.vetting import judge

TODAY = date(2026, 11, 22)
SPECIFICATION = specification.load()


def sheet(expires_on: date | None) -> Evidence:
    covers = ("needle_length_nominal", "sterility_assurance_level", "remaining")
    return Evidence("datasheet", covers, "Datasheet 20", "A maker", "DS-20", date(2026, 1, 1), expires_on)


def report(expires_on: date | None = None, **facts: object) -> dict[str, Chapter]:
    dossier = Dossier("roller", "RL", "Roller", "", "", None, None, facts, (sheet(expires_on),))  # type: ignore[arg-type]
    findings = judge(dossier, SPECIFICATION, TODAY).findings
    told = chapters("roller", findings, dossier.facts, dossier.evidence, SPECIFICATION, TODAY)
    return {chapter.name: chapter for chapter in told}


@pytest.mark.parametrize("rule", SPECIFICATION.rules, ids=lambda rule: rule.id)
def test_every_rule_has_its_chapter(rule: specification.Rule) -> None:
    assert chapter_of(rule.product, rule.id) in dict(CHAPTERS[rule.product])


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_every_finding_stands_once(kind: str) -> None:
    findings = judge(Dossier(kind, "X", "X", "", "", None, None, {}), SPECIFICATION, TODAY).findings
    told = chapters(kind, findings, {}, (), SPECIFICATION, TODAY)
    assert sorted(entry.finding.rule for chapter in told for entry in chapter.entries) == sorted(
        f.rule for f in findings
    )


def test_prohibited_ingredients_stand_with_the_ingredients_and_not_with_the_papers() -> None:
    assert chapter_of("serum", "S-LAW-05") == "Ingredients"
    assert chapter_of("serum", "S-LAW-04") == "Law and papers"
    assert chapter_of("serum", "S-NEW-01") == "Others"


def test_a_value_stands_beside_its_limit_and_its_document() -> None:
    needles = report(date(2028, 1, 1), needle_length_nominal=Decimal("0.20"))["Needles"]
    entry = next(entry for entry in needles.entries if entry.finding.rule == "R-LEN-01")
    assert entry.finding.verdict == "pass"
    assert entry.bar
    assert (entry.bar.value, entry.bar.limit, entry.bar.at_least) == (0.2, 0.25, False)
    assert entry.document
    assert (entry.document.title, entry.document.until, entry.document.soon) == (
        "Datasheet 20",
        date(2028, 1, 1),
        False,
    )


def test_what_is_no_length_has_no_bar() -> None:
    told = report(sterility_assurance_level=-6, needle_length_nominal=True)
    drawn = [entry.finding.rule for chapter in told.values() for entry in chapter.entries if entry.bar]
    assert drawn == []


@pytest.mark.parametrize(("days", "soon"), [(0, True), (SOON.days, True), (SOON.days + 1, False)])
def test_a_document_that_ends_soon_says_so(days: int, soon: bool) -> None:
    needles = report(TODAY + timedelta(days=days), needle_length_nominal=Decimal("0.20"))["Needles"]
    assert {entry.document.soon for entry in needles.entries if entry.document} == {soon}


def test_what_did_not_apply_and_what_only_advises_is_not_counted() -> None:
    chapter = report(needle_length_nominal=Decimal("0.20"))["Needles"]
    assert chapter.passed == 3, "R-LEN-01, R-LEN-02 and R-LEN-03 are met"
    assert chapter.total == len([e for e in chapter.entries if e.finding.verdict not in ("not applicable", "advice")])


def test_a_rule_of_another_version_is_shown_by_its_id() -> None:
    findings = judge(Dossier("roller", "X", "X", "", "", None, None, {}), SPECIFICATION, TODAY).findings
    gone = specification.Specification("x", TODAY, (), "", {}, {})
    told = chapters("roller", findings, {}, (), gone, TODAY)
    assert {entry.title for entry in told[0].entries} <= {finding.rule for finding in findings}
