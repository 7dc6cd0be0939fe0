"""Dossiers are read exactly or refused with file, line, reason and remedy: the table is tests/cases/refused_dossiers.toml."""

import dataclasses
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from catalogue.dossier_files import DossierError, is_gtin, parse_dossier, read_dossier
from catalogue.dossiers import Dossier, Evidence, facts_from_json
from catalogue.money import Money
from tests.catalogue.cases import accepted, read_cases, roller

TABLE = read_cases("refused_dossiers.toml")
SOUND = TABLE["sound"]


def changed(replace: str, by: str) -> Dossier:
    assert replace in SOUND
    return parse_dossier(SOUND.replace(replace, by, 1), "roller.toml")


@pytest.mark.parametrize("case", TABLE["case"], ids=[case["says"] for case in TABLE["case"]])
def test_what_is_no_dossier_is_refused_by_file_line_and_reason(case: dict[str, Any]) -> None:
    with pytest.raises(DossierError) as refusal:
        changed(case["replace"], case["by"])
    assert case["refused"] in refusal.value.reason
    assert refusal.value.line == case.get("line", refusal.value.line)
    assert refusal.value.remedy
    assert str(refusal.value).startswith(f"roller.toml, line {refusal.value.line}: ")


def test_every_part_of_a_dossier_is_read() -> None:
    dossier = parse_dossier(SOUND, "roller.toml")
    assert (dossier.kind, dossier.sku, dossier.name) == ("roller", "RL-020", "Home roller")
    assert (dossier.gtin, dossier.price) == ("04006381333931", Money(3400, "GBP"))
    assert dossier.facts == {"needle_length_nominal": Decimal("0.20"), "supplied_sterile": True}
    assert dossier.evidence[1] == Evidence(
        proof="datasheet",
        covers=("needle_length_nominal",),
        title="Data sheet",
        issuer="Maker",
        reference="DS-1",
        issued_on=date(2026, 3, 1),
        expires_on=date(2029, 2, 28),
        file="ds-1.pdf",
        page="3",
    )


def test_a_file_that_cannot_be_opened_or_decoded_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes('[product]\nname = "Crème"\n'.encode("latin-1"))
    for name in ("nowhere.toml", "latin.toml"):
        with pytest.raises(DossierError, match=name):
            read_dossier(tmp_path / name)


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_read(tmp_path: Path) -> None:
    path = tmp_path / "roller.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SOUND.replace("\n", "\r\n").encode())
    assert read_dossier(path) == parse_dossier(SOUND, "roller.toml")


def test_a_text_that_no_label_holds_is_refused() -> None:
    assert changed("supplied_sterile = true", f'ingredients = "{"a" * 20_000}"').facts["ingredients"]
    with pytest.raises(DossierError, match="longer than 20000"):
        changed("supplied_sterile = true", f'ingredients = "{"a" * 20_001}"')


@pytest.mark.parametrize(
    ("price", "currency", "money"),
    [
        ("34", "GBP", Money(3400, "GBP")),
        ("34.5", "EUR", Money(3450, "EUR")),
        ("0.01", "GBP", Money(1, "GBP")),
        ("3400", "JPY", Money(3400, "JPY")),
        ("1.234", "KWD", Money(1234, "KWD")),
    ],
)
def test_a_price_is_exact_in_its_currency(price: str, currency: str, money: Money) -> None:
    prices = f'price = "{price}"\ncurrency = "{currency}"'
    dossier = changed('price = "34.00"\ncurrency = "GBP"', prices)
    assert dossier.price == money
    assert dossier.stated["price"] == Decimal(price)


@pytest.mark.parametrize("gtin", ["96385074", "036000291452", "4006381333931", "04006381333931"])
def test_a_gtin_whose_check_digit_holds_is_taken(gtin: str) -> None:
    assert is_gtin(gtin)
    wrong = gtin[:-1] + str((int(gtin[-1]) + 1) % 10)
    assert not is_gtin(wrong)
    assert not is_gtin(gtin[:-1])


@pytest.mark.parametrize("text", ["", "4006381333931x", "٤٠٠٦٣٨١٣٣٣٩٣١", " 4006381333931", "+006381333931"])
def test_what_is_no_row_of_digits_is_no_gtin(text: str) -> None:
    assert not is_gtin(text)


def test_facts_and_evidence_come_back_from_json_as_they_were() -> None:
    dossier = roller(colours=("rose", Decimal("1.50")), bristles=12)
    stored = json.loads(json.dumps(dossier.to_json()))
    assert facts_from_json(stored["facts"]) == dossier.facts
    assert str(facts_from_json(stored["facts"])["needle_length_nominal"]) == "0.20"
    assert tuple(Evidence.from_json(one) for one in stored["evidence"]) == dossier.evidence


def test_the_hash_is_blind_to_order_and_spelling_of_numbers() -> None:
    dossier = accepted("roller")
    turned = dataclasses.replace(
        dossier, facts=dict(reversed(dossier.facts.items())), evidence=tuple(reversed(dossier.evidence))
    )
    assert turned.hash == dossier.hash
    assert roller(needle_length_nominal=Decimal("0.2")).hash == dossier.hash
    assert roller(max_uses_declared=Decimal("10.0")).hash == dossier.hash


def test_the_hash_sees_every_change_that_judging_could_see() -> None:
    dossier = accepted("roller")
    first = dossier.evidence[0]
    changes = [
        roller(needle_length_nominal=Decimal("0.21")),
        roller(needle_length_nominal="0.20"),
        roller(colour="rose"),
        roller(supplied_sterile=None),
        roller(max_uses_declared=True),
        dataclasses.replace(dossier, price=Money(3400, "EUR")),
        dataclasses.replace(dossier, price=Money(3401)),
        dataclasses.replace(dossier, evidence=dossier.evidence[1:]),
    ]
    for name, value in {"issued_on": date(2026, 3, 2), "sha256": "ab", "covers": ("kind",), "page": "2"}.items():
        altered = dataclasses.replace(first, **{name: value})
        changes.append(dataclasses.replace(dossier, evidence=(altered, *dossier.evidence[1:])))
    hashes = {change.hash for change in changes}
    assert len(hashes) == len(changes)
    assert dossier.hash not in hashes
