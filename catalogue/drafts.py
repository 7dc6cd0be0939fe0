"""Dossiers as rows: entering one, changing it, and reading it back as the value that is judged. Whatever changes, the product
is off sale in the same transaction until two people have vetted it again."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from catalogue import journal
from catalogue.canonical import canonical_json
from catalogue.documents import store_document
from catalogue.dossier_files import is_gtin
from catalogue.dossiers import Dossier, Evidence, facts_from_json
from catalogue.journal import Who
from catalogue.known_verdicts import keep_verdicts
from catalogue.products import Document, DossierChange, DossierRow, EvidenceRow, Listing, Product
from catalogue.search_words import keep_words
from catalogue.slugs import free_slugs
from catalogue.states import mark_of, written
from catalogue.verdicts import Reason, Refused, Stale, Verdict
from catalogue.versions import in_force
from catalogue.vetting import judge

__all__ = [
    "LOADING",
    "dossier_of",
    "enter_dossier",
    "locked_product",
    "new_evidence",
    "store_document",
    "take_off_sale",
]

CURRENCY = "GBP"
DEAREST = 100_000_000  # pence
# What `dossier_of` reads of a product.
LOADING = (selectinload(Product.dossier).selectinload(DossierRow.evidence),)
_HEAD = ("name", "brand", "manufacturer", "gtin")


def enter_dossier(
    session: Session,
    dossier: Dossier,
    documents: Mapping[str, Document],
    by: Who,
    now: datetime,
    summary: str | None = None,
    was: str | None = None,
) -> Product:
    """A new product, or the changed dossier of a known SKU; off sale from then on. `documents` are the stored files by the
    names that the evidence uses; `was` is the hash or the mark that the person saw. An entry that changes nothing leaves no trace.

    Refuses when it has no price in pounds, contradicts itself, or somebody else changed it meanwhile.
    """
    refuse_unfit(dossier, by)
    dossier = _with_documents(dossier, documents)
    product = locked_product(session, dossier.sku)
    refuse_clash(product, dossier, was)
    if summary is None:
        summary = product.summary if product else ""
    return enter_dossiers(session, [Draft(dossier, product, by, summary)], now)[0]


@dataclass(frozen=True, slots=True)
class Draft:
    """A dossier as it is to be, over the product that there is: locked, its rows loaded; None for a new one."""

    dossier: Dossier
    product: Product | None
    by: Who
    summary: str


def enter_dossiers(session: Session, drafts: Sequence[Draft], now: datetime) -> list[Product]:
    """Several that nothing refuses (`refuse_unfit`, `refuse_clash`), each of another SKU: a hundred take as many statements as
    one. Refuses (Stale) all of them when somebody enters one of them in the same moment."""
    slugs = free_slugs(session, [draft.dossier for draft in drafts if draft.product is None])
    changing = [(draft, told) for draft in drafts if (told := _difference(draft)) is not None]
    _take_off_sale(session, [draft.product for draft, _ in changing if draft.product])
    products = {draft.dossier.sku: draft.product or _new(draft.dossier, slugs, now) for draft in drafts}
    for draft, _ in changing:
        _write(products[draft.dossier.sku], draft, now)
    session.add_all(products.values())
    try:
        session.flush()
    except IntegrityError as clash:
        skus = ", ".join(products)
        raise Stale.because("changed-meanwhile", f"Somebody entered {skus} at the same moment.") from clash
    _keep_findable(session, {products[draft.dossier.sku].id: draft.dossier for draft, _ in changing}, now)
    for draft, told in changing:
        _tell(session, products[draft.dossier.sku], draft, told, now)
    return list(products.values())


def refuse_clash(product: Product | None, dossier: Dossier, was: str | None) -> None:
    """Refuses (Stale) what was changed since a person saw `was`, the hash or the mark of it, and a SKU of another kind."""
    if product is None:
        return
    seen = was in (None, product.dossier.hash)
    if not seen and was != mark_of(dossier_of(product), product.summary):
        raise Stale.because(
            "changed-meanwhile", "Somebody changed this dossier while you had it open.", "you", "Reload it."
        )
    if product.kind != dossier.kind:
        raise Refused.because("kind", f"{product.sku} is a {product.kind}; enter a {dossier.kind} under another SKU.")


def dossier_of(product: Product) -> Dossier:
    """The dossier of a product whose rows are loaded (`LOADING`), as the value that is judged."""
    return Dossier(
        kind=product.kind,
        sku=product.sku,
        name=product.name,
        brand=product.brand,
        manufacturer=product.manufacturer,
        gtin=product.gtin,
        price=product.price,
        facts=facts_from_json(json.loads(product.dossier.facts)),
        evidence=tuple(evidence_of(row) for row in product.dossier.evidence),
    )


def evidence_of(row: EvidenceRow) -> Evidence:
    return Evidence(
        proof=row.proof,
        covers=tuple(json.loads(row.covers)),
        title=row.title,
        issuer=row.issuer,
        reference=row.reference,
        issued_on=row.issued_on,
        expires_on=row.expires_on,
        file=row.file,
        page=row.page,
        sha256=row.document_sha256,
    )


def new_evidence(evidence: Evidence) -> EvidenceRow:
    return EvidenceRow(
        document_sha256=evidence.sha256,
        proof=evidence.proof,
        covers=json.dumps(evidence.covers),
        title=evidence.title,
        issuer=evidence.issuer,
        reference=evidence.reference,
        issued_on=evidence.issued_on,
        expires_on=evidence.expires_on,
        file=evidence.file,
        page=evidence.page,
    )


def locked_product(session: Session, sku: str) -> Product | None:
    """The product with its dossier as it is now, locked until the commit."""
    found = select(Product).where(Product.sku == sku).options(*LOADING).with_for_update()
    return session.scalar(found.execution_options(populate_existing=True))


def locked_products(session: Session, skus: Iterable[str]) -> dict[str, Product]:
    """Those of these SKUs that there are, locked in the order of their ids, as everybody locks them."""
    found = select(Product).where(Product.sku.in_(list(skus))).order_by(Product.id).options(*LOADING).with_for_update()
    return {product.sku: product for product in session.scalars(found.execution_options(populate_existing=True))}


def take_off_sale(session: Session, product: Product) -> int | None:
    """Removes the listing and names the vetting that it rested on; None when there was none."""
    gone = delete(Listing).where(Listing.product_id == product.id).returning(Listing.vetting_id)
    vetting_id = session.scalar(gone)
    set_committed_value(product, "listing", None)
    return vetting_id


def refuse_unfit(dossier: Dossier, by: Who) -> None:
    """Refuses what no product row can hold, or what would sell at another price than was judged."""
    reasons = []
    if by.id is None:
        reasons.append("A dossier is entered by a person.")
    if dossier.price is None or not 0 < dossier.price.minor <= DEAREST or dossier.price.currency != CURRENCY:
        reasons.append("The shop sells in pounds: a price above zero in GBP is needed, a million at most.")
    elif "price" in dossier.facts and dossier.facts["price"] != Decimal(dossier.price.minor) / 100:
        reasons.append("The price among the facts is not the price of the product.")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", dossier.sku):
        reasons.append("A SKU has letters, digits, dots and dashes, at most 40.")
    if dossier.gtin is not None and not is_gtin(dossier.gtin):
        reasons.append("The GTIN is wrong: length or check digit.")
    reasons += [f"Too long, or not plain text: {told[:40]!r}" for told in _unkeepable(dossier)]
    if reasons:
        raise Refused(Verdict(tuple(Reason("dossier", text, "you", "Correct the dossier.") for text in reasons)))


def _unkeepable(dossier: Dossier) -> list[str]:
    """Texts that no column holds: longer than it, or with a control character in them."""
    texts = [(getattr(dossier, name) or "", 200) for name in _HEAD]
    for e in dossier.evidence:
        texts += [(e.title, 200), (e.issuer, 200), (e.reference, 120), (e.file or "", 200), (e.page or "", 40)]
    return [text for text, longest in texts if len(text) > longest or any(ord(letter) < 32 for letter in text)]


def _with_documents(dossier: Dossier, documents: Mapping[str, Document]) -> Dossier:
    def stored(evidence: Evidence) -> Evidence:
        document = documents.get(evidence.file or "")
        return replace(evidence, sha256=document.sha256) if document else evidence

    return replace(dossier, evidence=tuple(stored(evidence) for evidence in dossier.evidence))


def _new(dossier: Dossier, slugs: Mapping[str, str], now: datetime) -> Product:
    product = Product(kind=dossier.kind, sku=dossier.sku, slug=slugs[dossier.sku], created_at=now)
    product.dossier = DossierRow()
    return product


def _write(product: Product, draft: Draft, now: datetime) -> None:
    dossier, by = draft.dossier, draft.by
    assert dossier.price is not None  # refuse_unfit came first
    assert by.id is not None
    for name in _HEAD:
        setattr(product, name, getattr(dossier, name))
    product.price_minor, product.currency, product.summary = dossier.price.minor, dossier.price.currency, draft.summary
    row = product.dossier
    row.facts = json.dumps(dossier.to_json()["facts"], ensure_ascii=False)
    row.evidence = [new_evidence(evidence) for evidence in dossier.evidence]
    row.hash, row.changed_at, row.changed_by_id, row.changed_by_name = dossier.hash, now, by.id, by.name


def _take_off_sale(session: Session, products: Sequence[Product]) -> None:
    if products:
        session.execute(delete(Listing).where(Listing.product_id.in_([product.id for product in products])))
    for product in products:
        set_committed_value(product, "listing", None)


def _keep_findable(session: Session, dossiers: Mapping[int, Dossier], now: datetime) -> None:
    """The lists find them by their words and by their verdicts as of that day, in the same transaction."""
    if not dossiers:
        return
    keep_words(session, dossiers)
    today = now.date()
    rules = in_force(session, today)
    keep_verdicts(session, {product_id: judge(dossier, rules, today) for product_id, dossier in dossiers.items()})


@dataclass(frozen=True, slots=True)
class _Difference:
    verb: str
    old: str
    changed: tuple[str, ...]


def _difference(draft: Draft) -> _Difference | None:
    """What a draft changes; None when it changes nothing."""
    if draft.product is None:
        return _Difference("dossier entered", "", ())
    before = dossier_of(draft.product)
    names = changed_names(before, draft.dossier)
    names += ("summary",) if draft.summary != draft.product.summary else ()
    return _Difference("dossier changed", draft.product.dossier.hash, names) if names else None


def _tell(session: Session, product: Product, draft: Draft, what: _Difference, now: datetime) -> None:
    new, changed, by = draft.dossier.hash, list(what.changed), draft.by
    change = DossierChange(dossier_id=product.dossier.id, by_id=by.id, by_name=by.name, at=now, hash=new)
    change.changed, change.state = json.dumps(changed), written(draft.dossier, draft.summary)
    session.add(change)
    journal.note(session, what.verb, "product", product.sku, by, now, old=what.old, new=new, changed=changed)


def changed_names(before: Dossier, after: Dossier) -> tuple[str, ...]:
    """What differs between two dossiers: names of the head, of facts, and references of documents, in order."""
    head = [name for name in (*_HEAD, "price") if getattr(before, name) != getattr(after, name)]
    names = {**before.facts, **after.facts}
    facts = [name for name in names if not _is_same(before.facts.get(name), after.facts.get(name))]
    old, new = ({canonical_json(e.to_json()): e.reference for e in d.evidence} for d in (before, after))
    papers = [f"document {reference}" for text, reference in {**old, **new}.items() if (text in old) != (text in new)]
    return tuple(dict.fromkeys(head + facts + papers))


def _is_same(one: object, other: object) -> bool:
    """Whether two facts are stated alike; 6 and 6.0 are, yes and 1 are not."""
    if type(one) is type(other) and not isinstance(one, tuple) and one == other:
        return True  # the most frequent by far
    return canonical_json([one]) == canonical_json([other])
