"""On which days documents count: the table is tests/cases/validity.toml, then what follows from it."""

import dataclasses
from datetime import date, timedelta
from typing import Any

import pytest

from catalogue.specification import OWN_SPECIFICATION, load, parse
from catalogue.validity import months_after
from tests.catalogue.cases import (
    TODAY,
    accepted,
    document,
    finding,
    judged,
    proven_only_by,
    read_cases,
    roller,
    with_evidence,
)

CASES = read_cases("validity.toml")["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["says"] for case in CASES])
def test_a_proof_counts_on_these_days_and_no_others(case: dict[str, Any]) -> None:
    rule = load().rule(case["rule"])
    proof = document(case["proof"], rule.fact, issued_on=case["issued_on"], expires_on=case.get("expires_on"))
    dossier = proven_only_by(accepted(rule.product), rule.fact, proof)
    assert finding(judged(dossier, case["today"]), rule.id).verdict == case["verdict"]


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 1, 15), 12, date(2027, 1, 15)),
        (date(9998, 6, 1), 12, date(9999, 6, 1)),
        (date(9999, 6, 1), 12, date.max),
    ],
)
def test_a_month_is_a_calendar_month(day: date, months: int, last: date) -> None:
    assert months_after(day, months) == last


def test_of_two_valid_documents_the_one_that_lasts_longer_decides() -> None:
    sooner = document("certificate", "supplied_sterile", reference="SOONER", issued_on=date(2026, 1, 1))
    later = document("certificate", "supplied_sterile", reference="LATER", issued_on=date(2026, 10, 1))
    dossier = proven_only_by(accepted("roller"), "supplied_sterile", later, sooner)
    assert finding(judged(dossier), "R-STE-01").proof == "LATER"
    assert finding(judged(dossier, date(2027, 10, 2)), "R-STE-01").proof == "LATER"


def test_of_two_that_last_equally_long_the_first_decides() -> None:
    first = document("certificate", "supplied_sterile", reference="FIRST")
    second = document("certificate", "supplied_sterile", reference="SECOND")
    dossier = proven_only_by(accepted("roller"), "supplied_sterile", first, second)
    assert finding(judged(dossier), "R-STE-01").proof == "FIRST"


def test_a_product_whose_proofs_never_age_has_no_last_day() -> None:
    """Its label has no expiry and the only rule sets no age."""
    head, *rules = OWN_SPECIFICATION.read_text(encoding="utf-8").split("\n[[rule]]\n")
    label_only = head + "\n[[rule]]\n" + next(rule for rule in rules if 'id = "R-SHR-01"' in rule)
    report = judged(accepted("roller"), specification=parse(label_only, "one rule"))
    assert report.verdict == "accepted"
    assert report.lapses_on is None


def test_one_valid_document_is_enough_beside_lapsed_ones() -> None:
    old = document("certificate", "supplied_sterile", reference="OLD", issued_on=date(2020, 1, 1))
    new = document("certificate", "supplied_sterile", reference="NEW", issued_on=date(2026, 10, 1))
    dossier = proven_only_by(accepted("roller"), "supplied_sterile", old, new)
    assert finding(judged(dossier), "R-STE-01") == dataclasses.replace(
        finding(judged(accepted("roller")), "R-STE-01"), proof="NEW"
    )


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_an_accepted_product_lapses_on_the_day_that_is_told(kind: str) -> None:
    last = judged(accepted(kind)).lapses_on
    assert last is not None
    assert judged(accepted(kind), last).verdict == "accepted"
    assert judged(accepted(kind), last + timedelta(days=1)).verdict == "incomplete"
    assert judged(accepted(kind), last).lapses_on == last


def test_a_product_that_is_not_accepted_has_no_last_day() -> None:
    assert judged(roller(supplied_sterile=False)).lapses_on is None


def test_a_document_already_there_for_later_moves_the_last_day() -> None:
    """A check that begins the day after the present one ends leaves no gap."""
    last = judged(accepted("roller")).lapses_on
    assert last == date(2026, 12, 2)
    next_check = document(
        "register check", "open_recall_or_regulator_warning", issued_on=last + timedelta(days=1), reference="NEXT"
    )
    assert judged(with_evidence(accepted("roller"), next_check)).lapses_on == date(2027, 1, 3)
    gap = dataclasses.replace(next_check, issued_on=last + timedelta(days=2))
    assert judged(with_evidence(accepted("roller"), gap)).lapses_on == last


def test_a_lapsing_note_takes_its_product_along() -> None:
    note = document("note", "R-LEN-02", expires_on=date(2026, 11, 30))
    report = judged(with_evidence(roller(needle_length_nominal=accepted("roller").facts["needle_length_nominal"] + 1)))
    assert report.lapses_on is None
    longer = with_evidence(roller(needle_length_nominal=load().rule("R-LEN-01").demand.limit), note)
    assert judged(longer, TODAY).lapses_on == date(2026, 11, 30)
