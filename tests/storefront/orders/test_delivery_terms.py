"""Where the clinic sends to, as data and as a rule: a wrong file is refused by entry, the United States by any name."""

from decimal import Decimal
from pathlib import Path

import pytest

from catalogue.money import Money
from config import read_settings
from storefront import create_app
from storefront.orders.addresses import address_reasons, may_deliver, names_america
from storefront.orders.delivery_terms import NEVER, Terms, TermsError, load_terms, rate_of
from storefront.orders.rules import Delivery

TERMS = load_terms()
ISLAND = """
[country.{code}]
name = "An island"
rates = {{ roller = "20", serum = "0" }}
postcode = "{form}"
example = "ISLAND 1"
note = ""
desk = ""
why_not = "{why_not}"
source = "ours"
"""
WAY = """
[way.boat]
name = "By boat"
leaves = "{leaves}"
prices = {{ GB = {price}, {to} = 900 }}
source = "ours"
"""


def own(folder: Path, text: str) -> Terms:
    file = folder / "ours.toml"
    file.write_text(text, encoding="utf-8")
    load_terms.cache_clear()
    return load_terms(file)


def island(code: str = "IC", form: str = "ISLAND [0-9]", why_not: str = "") -> str:
    return ISLAND.format(code=code, form=form, why_not=why_not)


def boat(leaves: str = "post", price: str = "100", to: str = "IC") -> str:
    return WAY.format(leaves=leaves, price=price, to=to)


def test_each_class_of_product_has_one_rate_in_each_country() -> None:
    rates = {code: {rate_of(TERMS, kind, code) for kind in ("roller", "serum")} for code in TERMS.countries}
    assert rates == {"GB": {Decimal(20)}, "IM": {Decimal(20)}, "JE": {Decimal(0)}, "GG": {Decimal(0)}}
    assert all(each.source for each in (*TERMS.countries.values(), *TERMS.ways.values(), *TERMS.closed.values()))
    assert {way.leaves for way in TERMS.ways.values()} == {"post", "collection"}
    assert (TERMS.price("post", "GB"), TERMS.price("collection", "GB")) == (Money(395), Money(0))
    assert "FDA" in TERMS.why_closed("US").why


def test_a_clinic_sets_its_own_ways_and_countries(tmp_path: Path) -> None:
    told = own(tmp_path, island() + boat())
    assert rate_of(told, "serum", "IC") == 0
    assert told.price("boat", "IC") == Money(900)
    closed = own(tmp_path, ISLAND.format(code="JE", form="ISLAND [0-9]", why_not="No boat goes there."))
    assert set(closed.countries) == {"GB", "IM", "GG"}
    assert closed.why_closed("JE").why == "No boat goes there."
    assert "JE" not in closed.ways["post"].prices
    assert "JE" in TERMS.countries
    stranded = own(tmp_path, island(why_not="No boat goes there.") + boat().replace("GB = 100, ", ""))
    assert "boat" not in stranded.ways, "what goes nowhere is no way"


def test_a_wrong_file_is_refused_by_name_and_entry(tmp_path: Path) -> None:
    wrong = {
        "[cuontry.GB]\n": "ours.toml: cuontry: unknown",
        "[country.IC]\nname = 'x'\n": "ours.toml: country.IC: needs name",
        island() + boat(price="'1'"): "ours.toml: way.boat: prices: whole pence",
        island() + boat(leaves="air"): "ours.toml: way.boat: leaves",
        island() + boat(leaves="collection"): "ours.toml: way.boat: prices: collected",
        island() + boat(to="XX"): "ours.toml: way.boat: prices: no country XX",
        island(): "ours.toml: country.IC: no way goes there",
        island("ic") + boat(to="ic"): "ours.toml: country.ic: a code of ISO",
        island(form="[") + boat(): "ours.toml: country.IC: postcode",
        island(form="HOUSE") + boat(): "ours.toml: country.IC: example",
        island().replace('"20"', "20") + boat(): "ours.toml: country.IC: rates: per cent as text",
        island().replace('"20"', '"much"') + boat(): "ours.toml: country.IC: rates",
        island().replace('"20"', '"-1"') + boat(): "ours.toml: country.IC: rates",
        island().replace("serum =", "soap =") + boat(): "ours.toml: country.IC: rates: one for each of",
        island().replace('source = "ours"', 'source = " "') + boat(): "ours.toml: country.IC: source",
        island("GB", why_not="closed"): "ours.toml: country.GB is sent to",
        island("GG") + island() + boat(): "ours.toml: country.GG: postcode: IC takes it for its own",
        "[closed.moon]\nname = 'x'\ncodes = ['m']\nwhy = 'x'\nsource = 'x'\n": "ours.toml: closed.moon: codes",
        "not toml": "ours.toml: ",
    }
    told = {}
    for text in wrong:
        with pytest.raises(TermsError) as error:
            own(tmp_path, text)
        told[text] = str(error.value)
    assert [(said, wrong[text]) for text, said in told.items() if not said.startswith(wrong[text])] == []


def test_no_policy_opens_the_united_states(tmp_path: Path) -> None:
    for code in NEVER:
        with pytest.raises(TermsError) as error:
            own(tmp_path, island(code) + boat(to=code))
        assert str(error.value).startswith(f"ours.toml: country.{code}: nothing is ever sent to the United States")
    settings = read_settings(
        {"DEMO": "1", "INSTANCE_DIR": str(tmp_path), "CLINIC_DELIVERY": str(tmp_path / "ours.toml")}
    )
    with pytest.raises(TermsError):
        create_app(settings)


def codes(country: str, *lines: str, way: str = "post") -> tuple[str, ...]:
    return may_deliver(Delivery(way, "Mara Finch", "\n".join(lines), country), TERMS).codes


def test_a_parcel_goes_where_way_country_and_postcode_agree() -> None:
    road = ("1 Example Road", "Town")
    assert codes("GB", *road, "BT1 1AA") == codes("GB", *road, "sw1a 1aa".upper()) == codes("JE", *road, "JE23AB") == ()
    assert codes("GG", *road, "GY1 2AB") == codes("IM", *road, "IM1 2AB") == codes("GB", way="collection") == ()
    for postcode in ("JE2 3AB", "GY1 2AB", "IM1 2AB", "12345", "M1", "", "SW1A 1AA USA"):
        assert codes("GB", *road, postcode) in (("wrong-postcode",), ("not-shipped",)), postcode
    (reason,) = may_deliver(Delivery("post", "", "1 Road\nTown\nJE2 3AB"), TERMS).reasons
    assert reason.text == "JE2 3AB belongs to Jersey. Choose Jersey as the country, or look at it again."
    assert codes("JE", *road, "JE2 3AB", way="tracked") == codes("GB", way="pigeon") == ("no-way",)
    assert codes("IE", *road, "D02 AF30") == codes("XX", "x") == codes("US", *road, "M1 2AB") == ("not-shipped",)
    assert [each.code for each in address_reasons("1 Road\nTown\nD02 AF30", "IE", TERMS)] == ["not-shipped"]


def test_the_united_states_are_known_however_they_are_written() -> None:
    american = (
        "Boston, USA", "Boston MA, U.S.A.", "United States", "boston, united states of america", "San Juan, Puerto Rico",
        "ＵＳＡ", "New York, NY 10001", "Boston MA 02110-1234", "02110", "APO AE 09012", "Texas  TX, 75001.",
        "St Thomas, U.S. Virgin Islands",
    )  # fmt: skip
    british = (
        "1 Example Road",
        "Flat 12345",
        "PO Box 12345",
        "Usalane 4",
        "Washington",
        "Boston",
        "12345 High Street",
        "Guamstead",
    )
    assert [line for line in american if not names_america(line)] == []
    assert [line for line in british if names_america(line)] == []
    assert [codes("GB", line, "Town", "M1 2AB") for line in american] == [("not-shipped",)] * len(american)
