"""What must hold of every row of the catalogue, asked of the rows themselves, whatever wrote them: that a product is what was
signed, by two people, with its documents whole, and that a released batch was judged."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from catalogue import states, versions
from catalogue.batches import Batch
from catalogue.dossiers import Dossier
from catalogue.drafts import dossier_of
from catalogue.ledger import unbalanced
from catalogue.products import Document, DossierChange, DossierRow, Listing, Product, Vetting
from catalogue.verdicts import Finding
from catalogue.vetting import judge, may_be_released


def broken_rows(session: Session) -> Iterator[str]:
    """Every row of the catalogue that breaks a rule, in words; nothing when all holds."""
    for check in (_products, _vettings, _batches, unbalanced, _documents):
        yield from check(session)


def _products(session: Session) -> Iterator[str]:
    """The facts are those that were hashed; what is on sale is what was signed, with every document stored."""
    loading = (
        joinedload(Product.dossier).selectinload(DossierRow.evidence),
        joinedload(Product.listing).joinedload(Listing.vetting),
    )
    for product in session.scalars(select(Product).options(*loading).order_by(Product.id)).unique():
        dossier = dossier_of(product)
        if dossier.hash != product.dossier.hash:
            yield f"product {product.sku}: its dossier is not what was entered"
        if product.listing is not None:
            signed = states.read(product.listing.vetting.dossier)
            if (
                any(getattr(signed, name) != getattr(dossier, name) for name in states.HEAD)
                or signed.hash != dossier.hash
            ):
                yield f"product {product.sku}: what is on sale is not what was signed"
            if not all(evidence.sha256 for evidence in dossier.evidence):
                yield f"product {product.sku}: on sale without every document"


def _vettings(session: Session) -> Iterator[str]:
    """Nobody vouches for their own change, and an accepted verdict follows from the facts that were signed."""
    own = select(Vetting.id).join(DossierChange, DossierChange.vetting_id == Vetting.id)
    for vetting_id in session.scalars(own.where(DossierChange.by_id == Vetting.signed_by_id).distinct()):
        yield f"vetting {vetting_id}: signed by who had changed the dossier"
    for vetting in session.scalars(select(Vetting).where(Vetting.verdict == "accepted").order_by(Vetting.id)):
        dossier = states.read(vetting.dossier)
        if dossier.hash != vetting.dossier_hash:
            yield f"vetting {vetting.id}: its dossier is not the one that was signed"
        elif not _was_accepted(session, vetting, dossier):
            yield f"vetting {vetting.id}: accepted against the rules"


def _was_accepted(session: Session, vetting: Vetting, dossier: Dossier) -> bool:
    """By the findings kept; and judged again where the rules are still at hand. The clinic's day may be the one beside UTC's."""
    rules = versions.with_hash(session, vetting.specification_hash)
    if rules is not None:
        day = vetting.signed_at.date()
        days = [day + timedelta(days=n) for n in (-1, 0, 1)]
        if all(judge(dossier, rules, near).verdict != "accepted" for near in days):
            return False
    return may_be_released(_findings(vetting.findings))


def _batches(session: Session) -> Iterator[str]:
    """A released batch was released by somebody, and no rule for batches was open; its documents are stored."""
    stored = set(session.scalars(select(Document.sha256)))
    for code, evidence in session.execute(select(Batch.code, Batch.evidence).order_by(Batch.id)):
        if not {paper["sha256"] for paper in json.loads(evidence) if paper["sha256"]} <= stored:
            yield f"batch {code}: a document of it is not stored"
    found = select(Batch).where(Batch.status == "released").options(selectinload(Batch.decisions)).order_by(Batch.id)
    for batch in session.scalars(found):
        if "released" not in {decision.decision for decision in batch.decisions}:
            yield f"batch {batch.code}: nobody released it"
        if not may_be_released(_findings(batch.findings)):
            yield f"batch {batch.code}: released with a rule open"


def _documents(session: Session) -> Iterator[str]:
    for document in session.scalars(select(Document).options(undefer(Document.content))):
        if hashlib.sha256(document.content).hexdigest() != document.sha256:
            yield f"document {document.sha256[:12]}: its content has changed"


def _findings(stored: str) -> list[Finding]:
    return [Finding(**finding) for finding in json.loads(stored)]
