"""What a report says besides its verdict: counts, its last day, what each finding shows, and what machines read of it."""

import dataclasses
from datetime import timedelta
from decimal import Decimal

import pytest

from catalogue.dossiers import Dossier
from catalogue.money import Money
from catalogue.specification import Condition, Rule, load
from catalogue.verdicts import Finding, Outcome
from catalogue.vetting import facts_asked, findings_by, ingredients_in, is_open, may_be_released
from tests.catalogue.cases import (
    TODAY,
    accepted,
    document,
    finding,
    judged,
    proven_only_by,
    roller,
    serum,
    with_evidence,
)

ACID_LATE = "Aqua, B, C, D, E, F, G, H, I, J, K, L, Lactic Acid"


def test_a_report_counts_each_verdict_once_for_each_finding() -> None:
    report = judged(roller(nickel_release=None, supplied_sterile=False))
    told = [finding.verdict for finding in report.findings]
    assert dict(report.counts) == {verdict: told.count(verdict) for verdict in set(told)}
    assert (report.counts["missing"], report.counts["fail"]) == (1, 1)


def test_a_report_that_is_not_accepted_has_no_last_day() -> None:
    assert judged(accepted("roller")).lapses_on is not None
    assert judged(roller(nickel_release=None)).lapses_on is None
    assert judged(roller(supplied_sterile=False)).lapses_on is None


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_the_last_day_is_the_last_on_which_it_is_accepted(kind: str) -> None:
    day = judged(accepted(kind)).lapses_on
    assert day is not None
    assert judged(accepted(kind), day).verdict == "accepted"
    assert judged(accepted(kind), day + timedelta(days=1)).verdict == "incomplete"


def test_a_report_is_printed_for_machines_with_the_five_fields_of_each_finding() -> None:
    report = judged(accepted("roller"))
    told = report.to_json()
    assert {**told, "findings": None} == {
        "sku": accepted("roller").sku,
        "kind": "roller",
        "specification": "2026.1",
        "today": "2026-11-22",
        "verdict": "accepted",
        "findings": None,
    }
    assert told["findings"] == [dataclasses.asdict(finding) for finding in report.findings]
    assert list(dataclasses.asdict(report.findings[0])) == ["rule", "verdict", "found", "demanded", "proof"]


def test_what_is_printed_of_a_report_in_a_trace_is_short() -> None:
    report = dataclasses.replace(judged(accepted("roller")), findings=())
    assert repr(report) == "Report(today=datetime.date(2026, 11, 22), findings=())"


def test_every_fact_that_a_rule_reads_is_asked_for_whatever_it_reads_it_for() -> None:
    asked = {kind: facts_asked(load(), kind) for kind in ("roller", "serum")}
    assert {"supplied_sterile", "coated", "needle_count_deviation"} <= asked["roller"]
    assert {"ingredients", "trailing_acid_percent"} <= asked["serum"]
    assert "ingredients" not in asked["roller"]
    assert "coated" not in asked["serum"]


@pytest.mark.parametrize("verdict", ["fail", "missing", "unproven", "lapsed", "review"])
def test_a_finding_that_is_open_keeps_a_batch_back(verdict: Outcome) -> None:
    good = [Finding("R-1", told, None, "", None) for told in ("pass", "advice", "not applicable")]
    assert may_be_released(good)
    assert not any(map(is_open, good))
    assert is_open(Finding("R-2", verdict, None, "", None))
    assert not may_be_released([*good, Finding("R-2", verdict, None, "", None)])


def test_an_ingredient_list_may_be_a_text_or_a_list_and_anything_else_is_none() -> None:
    assert [item.name for item in ingredients_in({"ingredients": ("Aqua", "Glycerin")})] == ["Aqua", "Glycerin"]
    assert [item.name for item in ingredients_in({"ingredients": "Aqua, Glycerin"})] == ["Aqua", "Glycerin"]
    assert ingredients_in({"ingredients": 7}) == ingredients_in({}) == ()
    listed = judged(serum(ingredients=("Aqua", "Retinol")))
    assert finding(listed, "S-ING-04").verdict == "fail"


def test_every_finding_says_what_its_rule_demands() -> None:
    acid = document("datasheet", "trailing_acid_percent")
    forgiven = with_evidence(serum(ingredients=ACID_LATE, trailing_acid_percent=Decimal("0.1")), acid)
    long = serum(ingredients=", ".join(["Aqua"] + ["Glycerin"] * 30))
    deep = with_evidence(roller(needle_length_nominal=Decimal("0.25")), document("note", "R-LEN-02"))
    for dossier in (accepted("roller"), roller(nickel_release=None, supplied_sterile=False), deep, long, forgiven):
        assert all(found.demanded == load().rule(found.rule).demanded for found in judged(dossier).findings)


def test_a_review_that_is_met_names_the_document_that_shows_it() -> None:
    paper = document(load().rule("R-LEN-02").proof, "needle_length_nominal", reference="LENGTH")
    shown = proven_only_by(roller(needle_length_nominal=Decimal("0.20")), "needle_length_nominal", paper)
    assert finding(judged(shown), "R-LEN-02").proof == "LENGTH"


def asked_alone(dossier: Dossier, rule: Rule) -> Finding:
    (found,) = findings_by(dossier, [rule], TODAY)
    return found


def test_advice_about_a_name_one_letter_off_is_advice() -> None:
    rule = dataclasses.replace(load().rule("S-ING-04"), outcome="advise")
    doubtful = "Retinl (perhaps RETINAL), Retinl (perhaps RETINOL)"
    found = asked_alone(serum(ingredients="Aqua, Glycerin, Retinl"), rule)
    assert found == Finding("S-ING-04", "advice", doubtful, rule.demanded, None)


def test_what_was_found_is_a_number_of_entries_only_where_entries_are_counted() -> None:
    colours = dataclasses.replace(load().rule("S-ING-18"), demand=Condition("colours", "count at most", 2))
    assert asked_alone(serum(colours=("red", "blue", "green")), colours).found == "3"
    assert asked_alone(serum(colours=7), colours).found == "7"
    several = judged(roller(sterilisation_standard=("ISO 11137", "ISO 11135")))
    assert finding(several, "R-STE-03").found == "ISO 11137, ISO 11135"


def test_a_list_that_holds_no_name_states_nothing() -> None:
    found = finding(judged(serum(ingredients=" , ; ")), "S-ING-18")
    assert (found.verdict, found.found) == ("advice", None)


def test_a_price_is_in_the_rules_currency_when_none_is_told() -> None:
    told = dataclasses.replace(roller(price=Decimal(12)), price=None)
    assert (told.currency, finding(judged(told), "R-PRC-01").verdict) == (None, "pass")
    assert finding(judged(told), "R-PRC-01").found == "12 GBP"
    anywhere = dataclasses.replace(load().rule("R-PRC-01"), demand=Condition("price", "at least", 10))
    assert asked_alone(dataclasses.replace(accepted("roller"), price=Money(1200)), anywhere).verdict == "pass"
