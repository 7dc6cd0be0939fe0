"""What the page of one product shows, worked out of its row: the proof first. Reads only what was loaded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalogue import reports, shelf
from catalogue.dossiers import Dossier, Evidence, Fact, facts_from_json, places_of
from catalogue.glossary import Explained, explained
from catalogue.ingredient_classes import eu_lists_as_of
from catalogue.limits import is_number
from catalogue.products import Product, Vetting
from catalogue.reports import Chapter
from catalogue.skin import LAYERS, Layer
from catalogue.specification import Specification
from catalogue.verdicts import Finding
from catalogue.vetting import Report, ingredients_in, judge

NEEDLE = "needle_length_nominal"


@dataclass(frozen=True, slots=True)
class Shown:
    """Lengths in whole micrometres; `vetting` is the one that listed the product, None when nobody signed for it. The report
    reads by the `rules` in force; `lapses_on` is the last day by them, where they are met."""

    product: Product
    stock: int
    is_vetted: bool
    lapses_on: date | None
    has_lapsed: bool
    vetting: Vetting | None
    rules: Specification
    chapters: tuple[Chapter, ...]
    passed: int
    asked: int
    needle_um: int | None
    limit_um: int | None
    layers: tuple[Layer, ...]
    ingredients: tuple[Explained, ...]
    bases: Mapping[str, int]
    particulars: tuple[tuple[str, str], ...]
    lists_as_of: str

    @property
    def is_for_sale(self) -> bool:
        return self.is_vetted and self.stock > 0

    @property
    def places(self) -> int:
        return places_of(self.product.currency)


def shown(product: Product, specification: Specification, today: date) -> Shown:
    """The page of a product loaded with `shelf.LOADING`; without a current vetting there is no report to show."""
    vetting = product.listing.vetting if product.listing else None
    report = signed_report(product, vetting, specification, today) if vetting else None
    facts = report.dossier.facts if report else {}
    findings = report.findings if report else ()
    counting = shelf.counting(product, specification)
    lapses_on = counting.lapses_on if counting else None
    return Shown(
        product=product,
        stock=shelf.units_for_sale(product, today, specification),
        is_vetted=shelf.is_vetted(product, today, specification),
        lapses_on=lapses_on,
        has_lapsed=bool(lapses_on and today > lapses_on),
        vetting=vetting,
        rules=specification,
        chapters=tuple(reports.chapters(report)) if report else (),
        passed=reports.passed(findings),
        asked=reports.asked(findings),
        needle_um=micrometres(facts.get(NEEDLE)),
        limit_um=longest_needle(specification),
        layers=LAYERS,
        ingredients=explained(ingredients_in(facts)),
        bases=reports.bases_asked(report) if report else {},
        particulars=particulars(product, facts),
        lists_as_of=eu_lists_as_of(),
    )


def signed_report(product: Product, vetting: Vetting, specification: Specification, today: date) -> Report:
    """What was signed; where other rules are in force since, what they say of the dossier that was signed."""
    stored = json.loads(vetting.dossier)
    evidence = tuple(Evidence.from_json(each) for each in stored["evidence"])
    facts = facts_from_json(stored["facts"])
    head = (product.kind, product.sku, product.name, product.brand, product.manufacturer, product.gtin, product.price)
    dossier = Dossier(*head, facts, evidence)
    if vetting.specification_hash != specification.hash:
        return judge(dossier, specification, today)
    findings = tuple(Finding(**each) for each in json.loads(vetting.findings))
    return Report(dossier, specification, today, findings)


def glance(product: Product) -> str:
    """One line on the card in the list, from the signed dossier; nothing where nobody signed."""
    if product.listing is None:
        return ""
    facts = facts_from_json(json.loads(product.listing.vetting.dossier)["facts"])
    if product.kind == "serum":
        return f"{len(ingredients_in(facts))} ingredients"
    length = micrometres(facts.get(NEEDLE))
    return f"Needles of {length / 1000:.2f} mm" if length else ""


def micrometres(millimetres: object) -> int | None:
    """Whole micrometres of a length in the unit of the specification."""
    return int(Decimal(str(millimetres)) * 1000) if is_number(millimetres) else None


def longest_needle(specification: Specification) -> int | None:
    """The limit that refuses a roller for its length, if the specification has one."""
    limits = [
        micrometres(rule.demand.limit)
        for rule in specification.rules_for("roller")
        if rule.fact == NEEDLE and rule.outcome == "reject" and rule.demand and rule.demand.must == "at most"
    ]
    return limits[0] if limits else None


PARTICULARS = (
    ("needle_count_declared", "Needles"),
    ("needle_material_grade", "Metal"),
    ("max_uses_declared", "Uses at most"),
    ("max_days_after_opening", "Days after opening at most"),
    ("pack", "Pack"),
    ("period_after_opening", "Months after opening at most"),
    ("ph", "pH"),
)


def particulars(product: Product, facts: Mapping[str, Fact]) -> tuple[tuple[str, str], ...]:
    """What one wants to know of a product beside its report, as far as it is stated."""
    head = [("Brand", product.brand), ("Made by", product.manufacturer), ("GTIN", product.gtin or "")]
    told = [(name, str(facts[fact]).replace("_", " ")) for fact, name in PARTICULARS if facts.get(fact) is not None]
    return tuple((name, value) for name, value in [*head, *told, ("Number", product.sku)] if value)
