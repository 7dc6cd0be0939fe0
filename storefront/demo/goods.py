"""The demo clinic's goods: `goods.toml` read into dossiers with their documents, and the batches that arrived of them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from catalogue.dossiers import Dossier, Evidence
from catalogue.money import Money
from storefront.demo.papers import write_paper

GOODS = Path(__file__).with_name("goods.toml")


@dataclass(frozen=True, slots=True)
class Offer:
    """A dossier as a supplier would hand it in, and a practitioner's notes by rule. A new one was entered, and waits for its
    second person."""

    dossier: Dossier
    summary: str
    notes: Mapping[str, str]
    is_new: bool = False

    @property
    def papers(self) -> dict[str, bytes]:
        """The documents by file name, drawn when they are asked for."""
        return {str(paper.file): write_paper(self.dossier, paper) for paper in self.dossier.evidence}


def offers(today: date, looked_on: date) -> list[Offer]:
    """Every product of the demo clinic as it stood when the clinic looked at it, with documents dated relative to today."""
    goods = tomllib.loads(GOODS.read_text(encoding="utf-8"), parse_float=Decimal)
    return [offer(goods[product["kind"]], product, today, looked_on) for product in goods["product"]]


def offer(kind: dict[str, Any], product: dict[str, Any], today: date, looked_on: date) -> Offer:
    stated = kind["facts"] | product.get("facts", {})
    dossier = Dossier(
        kind=product["kind"],
        sku=product["sku"],
        name=product["name"],
        brand=product["manufacturer"].split()[0],
        manufacturer=product["manufacturer"],
        gtin=product["gtin"],
        price=Money(int(Decimal(product["price"]) * 100)),
        facts=stated,
        evidence=tuple(evidence(paper, product, today, looked_on) for paper in kind["evidence"]),
    )
    return Offer(dossier, product["summary"], product.get("notes", {}), product.get("is_new", False))


def evidence(paper: dict[str, Any], product: dict[str, Any], today: date, looked_on: date) -> Evidence:
    issued = (looked_on if paper.get("monthly") else today) - timedelta(days=paper["issued"])
    reference = f"{paper['reference']}-{issued:%Y}-{product['sku']}"
    dated = Evidence(
        proof=paper["proof"],
        covers=tuple(paper["covers"]),
        title=paper["title"],
        issuer=paper["issuer"].format(manufacturer=product["manufacturer"]),
        reference=reference,
        issued_on=issued,
        file=f"{reference.lower()}.pdf",
    )
    return replace(dated, expires_on=today + timedelta(days=paper["valid"])) if "valid" in paper else dated
