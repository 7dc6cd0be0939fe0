"""Back to the batches from whatever one holds in hand: a code, a supplier's lot, the serial of a box, an order, a vetting, a
document. The number of queries is fixed, whatever is found."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Row, case, func, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from catalogue.batches import Batch
from catalogue.ledger import StockMovement
from catalogue.products import DossierRow, EvidenceRow, Product, Vetting
from storefront.db import db
from storefront.orders.models import Allocation, Order

MOST = 100  # batches, papers, vettings and movements that one page shows
SHORTEST = 3  # letters of a document's title or reference


@dataclass(slots=True)
class Origin:
    """The batches that were meant, and what led to them; `order` and `vetting` narrow what is shown of them."""

    batches: list[Batch] = field(default_factory=list)
    led: list[str] = field(default_factory=list)
    order: str | None = None
    vetting: int | None = None

    @property
    def batch_ids(self) -> list[int]:
        return [batch.id for batch in self.batches]

    @property
    def products(self) -> dict[int, Product]:
        return {batch.product_id: batch.product for batch in self.batches}


def origin_of(asked: str) -> Origin:
    """At most a hundred batches, newest first. Nothing is found for nothing asked."""
    found = Origin()
    if not asked:
        return found
    which: list[ColumnElement[bool]] = [*_by_mark(asked, found), *_by_order(asked, found)]
    which += [*_by_vetting(asked, found), *_by_document(asked, found)]
    if which:
        wanted = select(Batch).join(Batch.product).where(or_(*which)).order_by(Batch.id.desc()).limit(MOST)
        loading = (contains_eager(Batch.product), selectinload(Batch.decisions))
        found.batches = list(db.session.scalars(wanted.options(*loading)))
    return found


def _by_mark(asked: str, found: Origin) -> list[ColumnElement[bool]]:
    """What is written on the box: our code, the supplier's lot, its serial; in small letters or large."""
    marks = {"our code": Batch.code, "the supplier’s lot": Batch.supplier_lot, "the serial of the box": Batch.serial}
    same = {name: func.lower(mark) == asked.lower() for name, mark in marks.items()}
    told = [func.max(case((condition, 1), else_=0)) for condition in same.values()]
    is_so = db.session.execute(select(*told).where(or_(*same.values()))).one()
    found.led += [name for name, led in zip(same, is_so, strict=True) if led]
    return list(same.values()) if found.led else []


def _by_order(asked: str, found: Origin) -> list[ColumnElement[bool]]:
    number = db.session.scalar(select(Order.number).where(Order.number == asked.upper()))
    if number is None:
        return []
    found.led.append("an order")
    found.order = number
    held = select(Allocation.batch_id).join(Order, Order.id == Allocation.order_id)
    return [Batch.id.in_(held.where(Order.number == number, Allocation.state != "released"))]


def _by_vetting(asked: str, found: Origin) -> list[ColumnElement[bool]]:
    told = re.fullmatch(r"(?:vetting\s*)?([0-9]{1,9})", asked.lower(), re.ASCII)
    signed = select(Vetting.product_id).where(Vetting.id == (int(told[1]) if told else 0))
    product_id = db.session.scalar(signed)
    if told is None or product_id is None:
        return []
    found.led.append("a vetting")
    found.vetting = int(told[1])
    return [Batch.product_id == product_id]


def _by_document(asked: str, found: Origin) -> list[ColumnElement[bool]]:
    """By a document of the product's dossier, or of a batch itself: by its title, its reference or the beginning of its hash."""
    if len(asked) < SHORTEST:
        return []
    part = json.dumps(asked, ensure_ascii=False)[1:-1]
    is_proof = or_(*(_has(column, asked) for column in (EvidenceRow.title, EvidenceRow.reference)))
    is_proof = or_(is_proof, EvidenceRow.document_sha256.startswith(asked.lower(), autoescape=True))
    of_product = (
        select(DossierRow.product_id).join(EvidenceRow, EvidenceRow.dossier_id == DossierRow.id).where(is_proof)
    )
    which = [Batch.product_id.in_(of_product), _has(Batch.evidence, part)]
    if db.session.scalar(select(Batch.id).where(or_(*which)).limit(1)) is None:
        return []
    found.led.append("a document")
    return which


def _has(column: object, part: str) -> ColumnElement[bool]:
    return column.icontains(part, autoescape=True)  # type: ignore[attr-defined,no-any-return]


def vettings_of(product_ids: Sequence[int]) -> Sequence[Row[tuple[int, ...]]]:
    """Number, product, version, verdict, and by whom and when; newest first."""
    columns = (Vetting.id, Vetting.product_id, Vetting.specification_version, Vetting.verdict)
    signed = (Vetting.signed_by_name, Vetting.signed_by_role, Vetting.signed_at)
    found = select(*columns, *signed).where(Vetting.product_id.in_(product_ids))
    return db.session.execute(found.order_by(Vetting.id.desc()).limit(MOST)).all()  # type: ignore[return-value]


def papers_of(product_ids: Sequence[int]) -> Sequence[Row[tuple[object, ...]]]:
    """The documents in the dossiers of these products, as they are now."""
    columns = (EvidenceRow.title, EvidenceRow.reference, EvidenceRow.issuer, EvidenceRow.expires_on)
    found = select(DossierRow.product_id, *columns, EvidenceRow.document_sha256).join(EvidenceRow.dossier)
    return db.session.execute(
        found.where(DossierRow.product_id.in_(product_ids)).order_by(DossierRow.product_id, EvidenceRow.id).limit(MOST)
    ).all()  # type: ignore[return-value]


def movements_of(batch_ids: Sequence[int], order: str | None) -> Sequence[StockMovement]:
    """The newest rows of the ledger, of one order where one was asked for."""
    mine = select(StockMovement).where(StockMovement.batch_id.in_(batch_ids))
    if order is not None:
        mine = mine.where(StockMovement.order_number == order)
    return db.session.scalars(mine.order_by(StockMovement.id.desc()).limit(MOST)).all()
