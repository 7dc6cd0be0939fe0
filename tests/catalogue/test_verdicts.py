"""What findings add up to, and how reviews, advice, exceptions and prices are decided."""

import dataclasses
from datetime import date
from decimal import Decimal

import pytest

from catalogue.money import Money
from catalogue.specification import load
from tests.catalogue.cases import (
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


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_a_complete_dossier_is_accepted(kind: str) -> None:
    report = judged(accepted(kind))
    assert report.verdict == "accepted"
    assert set(report.counts) <= {"pass", "not applicable", "advice"}


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_there_is_one_finding_for_each_rule_in_the_order_of_the_specification(kind: str) -> None:
    expected = [rule.id for rule in load().rules if rule.product == kind and rule.checked_on == "product"]
    assert [finding.rule for finding in judged(accepted(kind)).findings] == expected


def test_one_failure_rejects_whatever_else_is_open() -> None:
    assert judged(roller(supplied_sterile=False)).verdict == "rejected"
    assert judged(roller(supplied_sterile=False, nickel_release=None)).verdict == "rejected"


def test_a_failure_counts_whether_or_not_it_is_proven() -> None:
    unproven = proven_only_by(roller(supplied_sterile=False), "supplied_sterile")
    assert finding(judged(roller(supplied_sterile=False)), "R-STE-01").proof == "RL-CERTIFICATE"
    assert finding(judged(unproven), "R-STE-01").verdict == "fail"
    assert finding(judged(unproven), "R-STE-01").proof is None


@pytest.mark.parametrize("open_fact", ["missing", "unproven", "lapsed", "review"])
def test_whatever_is_open_leaves_a_product_incomplete(open_fact: str) -> None:
    dossier = {
        "missing": roller(nickel_release=None),
        "unproven": proven_only_by(accepted("roller"), "nickel_release"),
        "lapsed": proven_only_by(
            accepted("roller"), "nickel_release", document("test report", "nickel_release", issued_on=date(2020, 1, 1))
        ),
        "review": roller(needle_length_nominal=Decimal("0.25")),
    }[open_fact]
    report = judged(dossier)
    assert report.verdict == "incomplete"
    assert report.counts[open_fact] == 1


@pytest.mark.parametrize("empty", ["", "   ", ()])
def test_an_empty_value_states_nothing(empty: object) -> None:
    assert finding(judged(roller(needle_material_grade=empty)), "R-MAT-01").verdict == "missing"
    assert finding(judged(serum(ingredients=empty)), "S-ING-01").verdict == "missing"


def test_a_review_that_is_met_needs_no_document() -> None:
    assert finding(judged(roller(needle_length_nominal=Decimal("0.20"))), "R-LEN-02").verdict == "pass"


def test_a_note_that_covers_the_rule_settles_a_review_and_is_named() -> None:
    note = document("note", "R-LEN-02", reference="NOTE-7")
    report = judged(with_evidence(roller(needle_length_nominal=Decimal("0.25")), note))
    assert finding(report, "R-LEN-02").verdict == "pass"
    assert finding(report, "R-LEN-02").proof == "NOTE-7"
    assert report.verdict == "accepted"


@pytest.mark.parametrize(
    "paper",
    [
        document("note", "R-LEN-01"),
        document("note", "needle_length_nominal"),
        document("declaration", "R-LEN-02"),
        document("note", "R-LEN-02", issued_on=date(2026, 11, 23)),
        document("note", "R-LEN-02", expires_on=date(2026, 11, 21)),
    ],
    ids=["of another rule", "of the fact", "no note", "of tomorrow", "expired"],
)
def test_no_other_paper_settles_a_review(paper: object) -> None:
    dossier = with_evidence(roller(needle_length_nominal=Decimal("0.25")), paper)  # type: ignore[arg-type]
    assert finding(judged(dossier), "R-LEN-02").verdict == "review"


def test_a_note_settles_no_rule_that_rejects() -> None:
    note = document("note", "R-STE-01", "R-NI-01", "S-ING-01")
    assert finding(judged(with_evidence(roller(supplied_sterile=False), note)), "R-STE-01").verdict == "fail"
    assert finding(judged(with_evidence(roller(nickel_release=None), note)), "R-NI-01").verdict == "missing"
    assert finding(judged(with_evidence(serum(ingredients="Aqua, Parfum"), note)), "S-ING-01").verdict == "fail"


def test_a_missing_fact_of_a_review_rule_waits_for_a_practitioner() -> None:
    dossier = serum(maker_warns_pregnancy=None)
    assert finding(judged(dossier), "S-PREG-01").verdict == "review"
    assert finding(judged(with_evidence(dossier, document("note", "S-PREG-01"))), "S-PREG-01").verdict == "pass"


def test_advice_is_shown_and_never_blocks() -> None:
    report = judged(serum(ingredients=", ".join(["Aqua"] + ["Glycerin"] * 30)))
    assert finding(report, "S-ING-18").verdict == "advice"
    assert finding(report, "S-ING-18").found == "31"
    assert report.verdict == "accepted"


def test_a_rule_that_does_not_apply_says_by_which_document() -> None:
    spared = finding(judged(accepted("roller")), "R-MAT-02")
    assert (spared.verdict, spared.found, spared.proof) == ("not applicable", "coated: no", "RL-DATASHEET")


@pytest.mark.parametrize("paper", ["none", "lapsed"])
def test_an_unproven_condition_makes_the_rule_apply(paper: str) -> None:
    lapsed = [document("datasheet", "coated", issued_on=date(2020, 1, 1))] if paper == "lapsed" else []
    dossier = proven_only_by(roller(coating_base_metal_declared=None), "coated", *lapsed)
    assert finding(judged(dossier), "R-MAT-02").verdict == "missing"


def test_a_missing_condition_makes_the_rule_apply() -> None:
    assert finding(judged(roller(coated=None)), "R-MAT-02").verdict == "pass"
    assert finding(judged(roller(coated=None, coating_base_metal_declared=False)), "R-MAT-02").verdict == "fail"


def test_any_valid_document_may_prove_a_condition() -> None:
    label = document("label", "coated", reference="BOX")
    assert finding(judged(proven_only_by(accepted("roller"), "coated", label)), "R-MAT-02").proof == "BOX"


def test_a_trace_of_acid_is_forgiven_only_when_a_document_says_how_little() -> None:
    stated = serum(ingredients=ACID_LATE, trailing_acid_percent=Decimal("0.1"))
    sheet = document("datasheet", "trailing_acid_percent", reference="SHEET")
    assert finding(judged(serum(ingredients=ACID_LATE)), "S-ING-07").verdict == "review"
    assert finding(judged(stated), "S-ING-07").verdict == "review"
    forgiven = finding(judged(with_evidence(stated, sheet)), "S-ING-07")
    assert (forgiven.verdict, forgiven.proof) == ("pass", "SHEET")
    assert forgiven.found == "Lactic Acid; trailing_acid_percent: 0.1 %"
    more = with_evidence(serum(ingredients=ACID_LATE, trailing_acid_percent=Decimal("0.11")), sheet)
    assert finding(judged(more), "S-ING-07").verdict == "review"
    old = document("datasheet", "trailing_acid_percent", issued_on=date(2023, 11, 21))
    assert finding(judged(with_evidence(stated, old)), "S-ING-07").verdict == "review"


def test_the_price_is_taken_from_the_product() -> None:
    cheap = dataclasses.replace(accepted("roller"), price=Money(999))
    assert finding(judged(cheap), "R-PRC-01").verdict == "review"
    assert finding(judged(cheap), "R-PRC-01").found == "9.99 GBP"
    assert finding(judged(dataclasses.replace(cheap, price=Money(1000))), "R-PRC-01").verdict == "pass"
    assert finding(judged(dataclasses.replace(cheap, price=None)), "R-PRC-01").verdict == "review"


@pytest.mark.parametrize(("minor", "currency", "found"), [(5000, "EUR", "50 EUR"), (9000, "JPY", "9000 JPY")])
def test_a_price_in_another_currency_waits_for_review(minor: int, currency: str, found: str) -> None:
    dossier = dataclasses.replace(accepted("roller"), price=Money(minor, currency))
    assert finding(judged(dossier), "R-PRC-01").verdict == "review"
    assert finding(judged(dossier), "R-PRC-01").found == found
    assert finding(judged(with_evidence(dossier, document("note", "R-PRC-01"))), "R-PRC-01").verdict == "pass"


def test_an_inspection_that_reads_no_ingredient_list_needs_its_document() -> None:
    assert finding(judged(proven_only_by(accepted("serum"), "medicinal_claim")), "S-CLM-01").verdict == "unproven"


def test_several_values_must_each_be_among_those_allowed() -> None:
    assert finding(judged(roller(sterilisation_standard=("ISO 11137", "ISO 11135"))), "R-STE-03").verdict == "pass"
    assert finding(judged(roller(sterilisation_standard=("ISO 11137", "boiled"))), "R-STE-03").verdict == "fail"


def test_rules_of_batch_and_shelf_are_left_out_of_the_products_verdict() -> None:
    moments = {load().rule(finding.rule).checked_on for finding in judged(accepted("roller")).findings}
    assert moments == {"product"}


def test_facts_nobody_asks_for_are_kept_and_shown() -> None:
    assert judged(roller(colour="rose")).not_asked_for == {"colour": "rose"}
    assert judged(roller(needle_count_deviation=0)).not_asked_for == {}


def test_an_ingredient_that_fails_is_named_as_printed() -> None:
    report = judged(serum(ingredients="Aqua, ASCORBYL GLUCOSIDE, Ascorbic Acid*"))
    assert finding(report, "S-ING-05").found == "ASCORBYL GLUCOSIDE, Ascorbic Acid"
    assert finding(report, "S-ING-05").demanded == "none of: vitamin C in any form"


def test_a_misspelt_name_of_a_forbidden_class_waits_for_review() -> None:
    dossier = serum(ingredients="Aqua, Glycerin, Retinl")
    report = judged(dossier)
    assert finding(report, "S-ING-04").verdict == "review"
    assert finding(report, "S-ING-04").found == "Retinl (perhaps RETINAL), Retinl (perhaps RETINOL)"
    assert report.verdict == "incomplete"
    assert judged(with_evidence(dossier, document("note", "S-ING-04"))).verdict == "accepted"
