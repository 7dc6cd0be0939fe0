"""Lists of other people's products read as dossiers: drafts, never for sale. For now the anonymous market sample.

A seller's words become facts only where they state one plainly; a claim is no document, so nothing here is proven.
"""

import csv
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from catalogue.dossiers import Dossier, Fact, places_of
from catalogue.money import Money
from catalogue.specification import Specification

SAFETY = Path(__file__).parent / "safety"
_KINDS = {"roller": "manual_roller", "powered roller": "powered_roller", "pen (powered)": "pen", "stamp": "stamp"}
_MEDICAL = re.compile(r"scar|wrinkle|fine line|dark spot|collagen|hair|heal", re.IGNORECASE)
_NO_SIDE_EFFECTS = re.compile(r"no side effects", re.IGNORECASE)
_FALSE_APPROVAL = re.compile(r"FDA.(?:cleared facility|approved)", re.IGNORECASE)


def market_sample(rules: Specification) -> list[Dossier]:
    """The anonymous rollers and serums seen on the market, as dossiers without any document, in the words of these rules."""
    rollers = [_roller(row, rules) for row in market_rows("rollers")]
    return rollers + [_serum(row) for row in market_rows("serums")]


def market_rows(name: str) -> list[dict[str, str]]:
    """The rows of the sample as collected, with what must be found in them."""
    with (SAFETY / f"market_{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _roller(row: Mapping[str, str], rules: Specification) -> Dossier:
    facts = {name: value for name, value in _facts_of_roller(row, rules).items() if value is not None}
    return _dossier(row, "roller", f"Market roller {row['id']}", facts)


def _serum(row: Mapping[str, str]) -> Dossier:
    return _dossier(row, "serum", f"Market serum {row['id']}", {"ingredients": row["inci"]})


def _dossier(row: Mapping[str, str], kind: str, name: str, facts: Mapping[str, Fact]) -> Dossier:
    return Dossier(
        kind=kind,
        sku=row["id"],
        name=name,
        brand="",
        manufacturer="",
        gtin=None,
        price=_price(row["price"], row["currency"]),
        facts=facts,
    )


def _facts_of_roller(row: Mapping[str, str], rules: Specification) -> dict[str, Fact | None]:
    claims, status = row["risky_claims"], row["fda_status_or_claim"]
    return {
        "kind": _KINDS.get(row["kind"]),
        "intended_user": _user(row["marketed_for"]),
        "needle_length_nominal": _number(row["needle_length_mm"]),
        "needle_count_declared": _number(row["needle_count"]),
        "needle_diameter": _number(row["needle_diameter_mm"]),
        "construction": _named(rules, "construction", row["needle_construction"].replace(" ", "_")),
        "needle_material_grade": _named(rules, "needle_material_grade", row["needle_material"]),
        "supplied_sterile": _yes_or_no(row["supplied_sterile"]),
        "max_uses_declared": 1 if row["use_limit"] == "single use" else _number(row["use_limit"]),
        "iso_13485_certificate_covers_product": _yes_or_no(row["iso13485_claim"]),
        "open_recall_or_regulator_warning": True if "warning letter" in status else None,
        "false_approval_claim": True if _FALSE_APPROVAL.search(status) else None,
        "medical_claim_in_listing": True if _MEDICAL.search(claims) else None,
        "claims_no_side_effects": True if _NO_SIDE_EFFECTS.search(claims) else None,
    }


def _user(marketed_for: str) -> str | None:
    """The user a seller names; where on the body it is for is no matter here."""
    user = marketed_for.split(" (")[0]
    return user if user in ("home", "professional") else None


def _number(text: str) -> Decimal | int | None:
    if re.fullmatch(r"\d+", text):
        return int(text)
    return Decimal(text) if re.fullmatch(r"\d+\.\d+", text) else None


def _named(rules: Specification, fact: str, text: str) -> str | None:
    """The text where a rule about that fact names it, else nothing is stated."""
    demands = (rule.demand for rule in rules.rules_for("roller") if rule.fact == fact)
    return text if any(demand and demand.holds(text) for demand in demands) else None


def _yes_or_no(text: str) -> bool | None:
    return {"yes": True, "no": False}.get(text.split(" ")[0])


def _price(amount: str, currency: str) -> Money | None:
    """The price of one piece; packs and doubtful currencies state none."""
    if not re.fullmatch(r"[A-Z]{3}", currency) or not re.fullmatch(r"\d+(\.\d+)?", amount):
        return None
    return Money(int(Decimal(amount).scaleb(places_of(currency))), currency)
