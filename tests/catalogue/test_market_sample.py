"""The anonymous rollers and serums of the market, read as dossiers and judged."""

import pytest

from catalogue.imports import market_rows, market_sample
from catalogue.money import Money
from catalogue.specification import load
from tests.catalogue.cases import judged

SAMPLE = {dossier.sku: dossier for dossier in market_sample(load())}
ROLLERS, SERUMS = market_rows("rollers"), market_rows("serums")
OPEN = {"missing", "unproven", "lapsed", "review"}


def test_the_sample_holds_27_rollers_and_30_serums_without_names_or_documents() -> None:
    assert (len(ROLLERS), len(SERUMS), len(SAMPLE)) == (27, 30, 57)
    for dossier in SAMPLE.values():
        assert dossier.evidence == ()
        assert dossier.brand == dossier.manufacturer == ""


@pytest.mark.parametrize("row", ROLLERS, ids=[row["id"] for row in ROLLERS])
def test_a_market_roller_fails_by_the_rules_known_of_it(row: dict[str, str]) -> None:
    report = judged(SAMPLE[row["id"]])
    verdicts = {finding.rule: finding.verdict for finding in report.findings}
    expected = set(filter(None, row["reject_rules"].split("|")))
    assert {rule for rule, verdict in verdicts.items() if verdict == "fail"} == expected
    for rule in filter(None, row["missing_evidence_rules"].split("|")):
        assert verdicts[rule] in OPEN, rule
    assert report.verdict == {"reject": "rejected", "incomplete": "incomplete"}[row["expected"]]


@pytest.mark.parametrize("row", SERUMS, ids=[row["id"] for row in SERUMS])
def test_a_market_serum_is_rejected_for_its_ingredients_or_stays_incomplete(row: dict[str, str]) -> None:
    expected = "rejected" if row["expected"] == "reject" else "incomplete"
    assert judged(SAMPLE[row["id"]]).verdict == expected


def test_only_plain_words_of_a_seller_become_facts() -> None:
    disc, etched = SAMPLE["R001"].facts, SAMPLE["R011"].facts
    assert disc["max_uses_declared"] == 1
    assert disc["supplied_sterile"] is True
    for facts in (disc, etched):
        assert "needle_material_grade" not in facts
        assert "construction" not in facts
    assert SAMPLE["R007"].facts["construction"] == "individual_needles"
    assert SAMPLE["R029"].facts["intended_user"] == "home"
    assert "intended_user" not in SAMPLE["R013"].facts
    assert SAMPLE["R051"].facts["kind"] == "pen"
    assert "max_uses_declared" not in SAMPLE["R051"].facts


def test_a_price_counts_only_for_one_piece_in_a_known_currency() -> None:
    assert SAMPLE["R037"].price == Money(1500, "USD")
    assert SAMPLE["R039"].price is None
    assert SAMPLE["R047"].price is None
    assert SAMPLE["S199"].price == Money(58000, "AED")
