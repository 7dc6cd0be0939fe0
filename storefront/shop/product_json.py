"""The page of one product for machines: all its facts as JSON at the same address, and the little that schema.org has words for.

Field names are a promise: they are added to, never renamed. Lengths end in their unit, days are ISO dates, numbers of a rule are
strings with their unit as a person reads them (`found`, `demanded`) and plain numbers where they are drawn (`bar`).
"""

from typing import Any

from catalogue.reports import Chapter, ReadFinding
from storefront.shop.product_page import Shown


def as_json(shown: Shown) -> dict[str, Any]:
    """`Accept: application/json` at the page of a product:

    sku, name, kind, brand, manufacturer, gtin, summary
    price          {amount, currency}: a decimal text, VAT included
    is_for_sale    signed for, nothing lapsed, units in stock
    in_stock       units
    specification  the version in force, by which the report reads
    vetting        null when nobody signed for it, else {is_current, specification, passed, asked, signed_by_role, signed_at,
                   meaning, lapses_on, fingerprint}; its specification is the one that it was signed under, its last day is
                   by the version in force
    bases          how many of the rules that had to be met are {law, standard, clinic}
    eu_lists_as_of the month of the EU lists that some rules rest on
    report         [{chapter, passed, asked, findings: [{rule, title, verdict, found, demanded, margin, bar, basis,
                   basis_in_words, sources: [{title, clause, address, read_on}], document}]}]; bar is null or
                   {value, limit, at_least, lower}; document is null or {title, issuer, proof, reference, issued_on,
                   counts_until}
    needle         null or {length_mm, limit_mm, layers: [{name, to_mm, source}]}
    ingredients    [{name, position, percent, may_contain, inci, called, classes, perhaps}] in the order of the label
    """
    product = shown.product
    return {
        "sku": product.sku,
        "name": product.name,
        "kind": product.kind,
        "brand": product.brand,
        "manufacturer": product.manufacturer,
        "gtin": product.gtin,
        "summary": product.summary,
        "price": {"amount": _amount(product.price_minor, shown.places), "currency": product.currency},
        "is_for_sale": shown.is_for_sale,
        "in_stock": shown.stock,
        "specification": shown.rules.version,
        "vetting": _vetting(shown),
        "bases": dict(shown.bases),
        "eu_lists_as_of": shown.lists_as_of,
        "report": [_chapter(chapter) for chapter in shown.chapters],
        "needle": _needle(shown),
        "ingredients": [_named(each, each.__slots__) for each in shown.ingredients],
    }


def linked(shown: Shown, address: str, clinic: str) -> dict[str, Any]:
    """The product in the words of schema.org, for search engines: what it is and what it measures, never what it is good for;
    an offer only while it is for sale."""
    product = shown.product
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "sku": product.sku,
        "url": address,
        "category": "Home roller" if product.kind == "roller" else "Serum",
    }
    if product.gtin:
        told["gtin"] = product.gtin
    if product.brand:
        told["brand"] = {"@type": "Brand", "name": product.brand}
    if product.manufacturer:
        told["manufacturer"] = {"@type": "Organization", "name": product.manufacturer}
    if shown.needle_um:
        length = {"name": "Needle length", "value": shown.needle_um / 1000, "unitCode": "MMT"}
        told["additionalProperty"] = [{"@type": "PropertyValue", **length}]
    if shown.is_for_sale:
        told["offers"] = _offer(shown, address, clinic)
    return told


def _offer(shown: Shown, address: str, clinic: str) -> dict[str, Any]:
    return {
        "@type": "Offer",
        "url": address,
        "price": _amount(shown.product.price_minor, shown.places),
        "priceCurrency": shown.product.currency,
        "availability": "https://schema.org/InStock",
        "itemCondition": "https://schema.org/NewCondition",
        "seller": {"@type": "Organization", "name": clinic},
    }


def _amount(minor: int, places: int) -> str:
    return f"{minor / 10**places:.{places}f}"


def _vetting(shown: Shown) -> dict[str, Any] | None:
    vetting = shown.vetting
    if vetting is None:
        return None
    return {
        "is_current": shown.is_vetted,
        "specification": vetting.specification_version,
        "passed": shown.passed,
        "asked": shown.asked,
        "signed_by_role": vetting.signed_by_role,
        "signed_at": vetting.signed_at.isoformat(),
        "meaning": vetting.meaning,
        "lapses_on": shown.lapses_on.isoformat() if shown.lapses_on else None,
        "fingerprint": vetting.shown_hash,
    }


def _chapter(chapter: Chapter) -> dict[str, Any]:
    findings = [_finding(read) for read in chapter.findings]
    return {"chapter": chapter.name, "passed": chapter.passed, "asked": chapter.asked, "findings": findings}


def _finding(read: ReadFinding) -> dict[str, Any]:
    document = read.document and {
        **_named(read.document, ("title", "issuer", "proof", "reference")),
        "issued_on": read.document.issued_on.isoformat(),
        "counts_until": read.counts_until.isoformat() if read.counts_until else None,
    }
    return {
        **_named(read.finding, ("rule", "verdict", "found", "demanded")),
        "title": read.rule.title,
        "margin": read.margin or None,
        "bar": read.bar and _named(read.bar, read.bar.__slots__),
        "basis": read.rule.basis,
        "basis_in_words": read.rule.basis_in_words,
        "sources": [
            {**_named(each, ("title", "clause", "address")), "read_on": each.read_on.isoformat()}
            for each in read.rule.sources
        ],
        "document": document,
    }


def _needle(shown: Shown) -> dict[str, Any] | None:
    if not shown.needle_um:
        return None
    layers = [{"name": layer.name, "to_mm": layer.to_um / 1000, "source": layer.source} for layer in shown.layers]
    limit = shown.limit_um / 1000 if shown.limit_um else None
    return {"length_mm": shown.needle_um / 1000, "limit_mm": limit, "layers": layers}


def _named(thing: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}
