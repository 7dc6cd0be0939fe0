"""Dossiers that meet every rule, and products that are on sale, for tests that need one to start from. Facts and documents
follow the specification itself, so that a new rule does not break them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import drafts, goods_in, shelf, signing, specification
from catalogue.batches import Batch
from catalogue.documents import store_document
from catalogue.dossiers import Dossier, Evidence, Fact
from catalogue.journal import Who
from catalogue.ledger import Occasion
from catalogue.money import Money
from catalogue.products import Document, Product
from catalogue.recall_notices import Notice
from catalogue.specification import Rule, Specification
from catalogue.vetting import judge

TODAY = date(2026, 11, 22)
NOW = datetime.combine(TODAY, time(9), UTC)
ADMIN = Who(101, "Ada Admin", "admin")
COLLEAGUE = Who(102, "Cora Colleague", "admin")
OCCASION = Occasion(ADMIN, NOW, "R-2345678", "A test")
PRACTITIONER = Who(103, "Petra Practitioner", "practitioner")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"

WHOLE_NOTICE = Notice(
    where="On the lower edge of the pouch, behind the word LOT.",
    sold="From 1 to 20 November 2026 by the clinic, at the clinic and by post.",
    hazard="Needles can break off and stay in the skin.",
    action="Stop using it at once. Put the roller into your sharps box; do not send it back.",
    remedies=("refund",),
    only_remedy="A used roller cannot be repaired, and we have no other batch.",
    contact="Call 020 7946 0000 free of charge, or ask at https://clinic.example/recalls.",
    share="Please tell everybody who may have it.",
)

HARMLESS = "Aqua, Glycerin, Sodium Hyaluronate, Panthenol, Phenoxyethanol"


def fitting(rule: Rule) -> Fact:
    """A value that meets the rule."""
    assert rule.demand is not None
    limit = rule.demand.limit
    if rule.demand.must == "between":
        return Decimal(6)
    if rule.demand.must == "one of":
        return limit[0]  # type: ignore[index]
    if rule.demand.must in ("more than", "less than"):
        return Decimal(limit) + (1 if rule.demand.must == "more than" else Decimal("-0.1"))  # type: ignore[arg-type]
    return limit  # type: ignore[return-value]


def facts_for(kind: str, moment: str = "product") -> dict[str, Fact]:
    rules = [rule for rule in specification.load().rules_for(kind, moment) if rule.demand]
    facts = {rule.fact: fitting(rule) for rule in rules if rule.fact not in ("ingredients", "price")}
    if moment == "product":
        facts |= {"needle_length_nominal": Decimal("0.2"), "coated": False} if kind == "roller" else {}
        facts |= {"ingredients": HARMLESS, "maker_warns_pregnancy": True} if kind == "serum" else {}
    return facts


def evidence_for(kind: str, issued_on: date, moment: str = "product") -> tuple[Evidence, ...]:
    """One document of each kind of proof, covering every fact that asks for that kind."""
    covers: dict[str, dict[str, None]] = {}
    for rule in specification.load().rules_for(kind, moment):
        if rule.needs_document:
            covers.setdefault(rule.proof, {})[rule.fact] = None
            if rule.applies_when:
                covers[rule.proof][rule.applies_when.fact] = None
    return tuple(
        Evidence(
            proof,
            tuple(facts),
            f"The {proof}",
            "Test House",
            f"{kind[0].upper()}-{proof}",
            issued_on,
            file=f"{proof}.pdf",
        )
        for proof, facts in covers.items()
    )


def complete(kind: str = "roller", sku: str = "RL-020", today: date = TODAY, **facts: Fact) -> Dossier:
    """A dossier that is accepted on that day."""
    return Dossier(
        kind=kind,
        sku=sku,
        name=f"Sample {kind} {sku}",
        brand="Sample",
        manufacturer="Sample Works Ltd",
        gtin=None,
        price=Money(3400),
        facts={**facts_for(kind), **facts},
        evidence=evidence_for(kind, today - timedelta(days=5)),
    )


def documents_for(session: Session, dossier: Dossier, now: datetime = NOW) -> dict[str, Document]:
    files = [evidence.file for evidence in dossier.evidence if evidence.file]
    return {file: store_document(session, file, pdf(file), now) for file in files}


def pdf(file: str) -> bytes:
    return PDF + b"%" + file.encode() + b"\n%%EOF\n"


def entered(session: Session, dossier: Dossier, by: Who = ADMIN, now: datetime = NOW) -> Product:
    return drafts.enter_dossier(session, dossier, documents_for(session, dossier, now), by, now)


def sign(
    session: Session,
    product: Product,
    by: Who = PRACTITIONER,
    today: date = TODAY,
    notes: Mapping[str, str] | None = None,
    rules: Specification | None = None,
) -> signing.Vetting:
    """Reads what is there and signs it, under the packaged rules unless others are given."""
    rules = rules or specification.load()
    dossier = drafts.dossier_of(product)
    shown = signing.shown_hash(judge(dossier, rules, today), dossier, product.summary)
    now = datetime.combine(today, time(10), UTC)
    return signing.record_vetting(session, product, rules, by, today, now, shown, notes)


def arrival(
    kind: str = "roller", units: int = 10, expires_on: date | None = None, today: date = TODAY
) -> goods_in.Arrival:
    papers = evidence_for(kind, today - timedelta(days=5), "batch")
    evidence = tuple(replace(paper, sha256=sha256(pdf(str(paper.file))).hexdigest()) for paper in papers)
    expires_on = expires_on or today + timedelta(days=720)
    return goods_in.Arrival("LOT-1", expires_on, units, "DN-1", facts=facts_for(kind, "batch"), evidence=evidence)


def released(
    session: Session, product: Product, units: int = 10, expires_on: date | None = None, today: date = TODAY
) -> Batch:
    rules, now = specification.load(), datetime.combine(today, time(8), UTC)
    came = arrival(product.kind, units, expires_on, today)
    for paper in came.evidence:
        store_document(session, str(paper.file), pdf(str(paper.file)), now)
    batch = goods_in.receive_batch(session, product, came, rules, ADMIN, today, now)
    goods_in.release_batch(session, batch, rules, ADMIN, today, now)
    return batch


def on_sale(
    session: Session, kind: str = "roller", sku: str = "RL-020", units: int = 10, today: date = TODAY, **facts: Fact
) -> Product:
    """A vetted product with one released batch, loaded as the shelf asks for it."""
    dossier = complete(kind, sku, today, **facts)
    product = entered(session, dossier, now=datetime.combine(today, time(8), UTC))
    sign(session, product, today=today)
    if units:
        released(session, product, units, today=today)
    return loaded(session, sku)


def signed_anew(session: Session, sku: str = "RL-020", today: date = TODAY, **head: Any) -> Product:
    """The product with another name, price or bar code, signed again."""
    dossier = replace(drafts.dossier_of(loaded(session, sku)), **head)
    entered(session, dossier, now=datetime.combine(today, time(9), UTC))
    sign(session, loaded(session, sku), today=today)
    return loaded(session, sku)


def loaded(session: Session, sku: str) -> Product:
    session.flush()
    found = select(Product).where(Product.sku == sku).options(*shelf.LOADING, *drafts.LOADING)
    product = session.scalar(found.execution_options(populate_existing=True))
    assert product is not None
    return product


def without(dossier: Dossier, fact: str) -> Dossier:
    return replace(dossier, facts={name: value for name, value in dossier.facts.items() if name != fact})
