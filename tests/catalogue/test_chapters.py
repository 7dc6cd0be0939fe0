"""The report in chapters: nothing is lost, nothing stands twice, figures are those of the dossier."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from catalogue import specification
from catalogue.dossiers import Dossier, Evidence
from catalogue.reports import OTHER, SOON, Bar, Chapter, ReadFinding, asked, bases_asked, chapter_of, chapters, passed
from catalogue.vetting import judge

TODAY = date(2026, 11, 22)
SPECIFICATION = specification.load()


def sheet(expires_on: date | None) -> Evidence:
    covers = ("needle_length_nominal", "sterility_assurance_level", "remaining")
    return Evidence("datasheet", covers, "Datasheet 20", "A maker", "DS-20", date(2026, 1, 1), expires_on)


def report(expires_on: date | None = None, kind: str = "roller", **facts: object) -> dict[str, Chapter]:
    dossier = Dossier(kind, "RL", "Roller", "", "", None, None, facts, (sheet(expires_on),))  # type: ignore[arg-type]
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
    assert read.bar == Bar(0.2, 0.25, at_least=False)
    assert read.margin == "0.05 mm to spare"
    assert read.document
    assert (read.document.title, read.counts_until, read.is_soon) == ("Datasheet 20", date(2028, 1, 1), False)


def test_what_is_no_length_has_no_bar() -> None:
    told = report(sterility_assurance_level=-6, needle_length_nominal=True)
    assert [read for chapter in told.values() for read in chapter.findings if read.bar] == []


@pytest.mark.parametrize(
    ("rule", "fact", "value", "margin", "bar"),
    [
        ("R-LEN-01", "needle_length_nominal", Decimal("0.25"), "exactly at the limit", Bar(0.25, 0.25, False)),
        ("R-LEN-01", "needle_length_nominal", Decimal("0.50"), "0.25 mm beyond the limit", Bar(0.5, 0.25, False)),
        ("R-LEN-01", "needle_length_nominal", "short", "", None),
        ("R-LEN-03", "needle_length_nominal", Decimal("0.20"), "", None),
        ("R-USES-01", "max_uses_declared", 4, "6 to spare", Bar(4, 10, False)),
        ("R-RET-01", "needles_lost_in_retention_test", 0, "", None),
        ("R-STE-02", "sterility_assurance_level", -6, "exactly at the limit", None),
        ("S-PH-01", "ph", Decimal("5.8"), "1.3 pH to spare", Bar(5.8, 7.5, False, lower=4.5)),
        ("S-PH-01", "ph", Decimal("4.4"), "0.1 pH beyond the limit", Bar(4.4, 7.5, False, lower=4.5)),
        ("S-PH-01", "ph", True, "", None),
        ("S-ING-18", "ingredients", "Aqua, Glycerin", "28 to spare", Bar(2, 30, False)),
        ("S-ING-18", "ingredients", None, "", None),
    ],
)
def test_how_far_a_value_is_from_its_limit(rule: str, fact: str, value: object, margin: str, bar: Bar | None) -> None:
    kind = "roller" if rule.startswith("R") else "serum"
    read = of_rule(report(kind=kind, **({} if value is None else {fact: value})), rule)
    assert (read.margin, read.bar) == (margin, bar)


def test_rules_are_counted_by_whose_demand_they_are() -> None:
    judged = judge(Dossier("serum", "X", "X", "", "", None, None, {}), SPECIFICATION, TODAY)
    counted = bases_asked(judged)
    assert list(counted) == ["law", "standard", "clinic"]
    assert sum(counted.values()) == asked(judged.findings)
    assert counted["law"] > 0


def test_a_chapter_has_an_address() -> None:
    anchors = [chapter.anchor for chapter in report().values()]
    assert "metal-and-skin" in anchors
    assert len(set(anchors)) == len(anchors)


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
