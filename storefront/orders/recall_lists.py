"""Where the units of batches are, and who has them: the lists that a recall begins with. One query each, whatever the number of
orders; only units that left the clinic make a client one of those affected."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import joinedload

from catalogue.batches import Batch
from catalogue.ledger import MassBalance, mass_balances
from catalogue.products import DossierRow, EvidenceRow
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.orders.models import Allocation, Order, OrderLine, Parcel
from storefront.orders.rules import LEFT

FOUND_AT_MOST = 50
KEPT = Allocation.quantity - Allocation.returned


@dataclass(frozen=True, slots=True)
class Balance:
    """The units of one batch, by its ledger and by the orders. It closes when the ledger does, and what it says is sold and
    reserved is what orders hold."""

    code: str
    received: int
    in_stock: int
    returned: int
    destroyed: int
    reserved: int
    waiting: int
    with_clients: int
    ledger_closes: bool
    said_sold: int
    said_reserved: int

    @property
    def accounted(self) -> int:
        """Units whose place is known."""
        held = min(self.reserved, self.said_reserved) + min(self.waiting + self.with_clients, self.said_sold)
        return self.in_stock + self.returned + self.destroyed + held

    @property
    def closes(self) -> bool:
        agrees = (self.said_reserved, self.said_sold) == (self.reserved, self.waiting + self.with_clients)
        return self.ledger_closes and agrees and self.accounted == self.received


def balances(batches: Sequence[Batch]) -> list[Balance]:
    """The mass balance of each batch, by its ledger and the orders; two queries. A correction counts with what was received."""
    places = (Allocation.batch_id, Allocation.state, Order.status.in_(LEFT))
    told = select(*places, func.sum(KEPT)).join(Order, Order.id == Allocation.order_id)
    told = told.where(Allocation.batch_id.in_([batch.id for batch in batches]), Allocation.state != "released")
    held: dict[tuple[int, str], int] = {}
    for batch_id, state, has_left, units in db.session.execute(told.group_by(*places)):
        place = "reserved" if state == "reserved" else "with_clients" if has_left else "waiting"
        held[batch_id, place] = held.get((batch_id, place), 0) + units
    ledger = mass_balances(db.session(), batches)
    return [_balance(batch, of, held) for batch, of in zip(batches, ledger, strict=True)]


def _balance(batch: Batch, of: MassBalance, held: dict[tuple[int, str], int]) -> Balance:
    return Balance(
        code=batch.code,
        received=of.received + of.corrected,
        in_stock=of.free,
        returned=of.returned,
        destroyed=of.destroyed,
        reserved=held.get((batch.id, "reserved"), 0),
        waiting=held.get((batch.id, "waiting"), 0),
        with_clients=held.get((batch.id, "with_clients"), 0),
        ledger_closes=of.closes,
        said_sold=of.sold,
        said_reserved=of.reserved,
    )


def affected(batch_ids: Sequence[int]) -> Sequence[Row[int, int]]:
    """Each client who has units of these batches (the id), with how many; one query."""
    return db.session.execute(_by_client(batch_ids)).all()


def affected_addresses(batch_ids: Sequence[int]) -> Sequence[Row[int, int, str, str]]:
    """As `affected`, with the address for safety and the telephone number of each; columns and no objects, because a batch may
    have gone to very many."""
    having = _by_client(batch_ids).subquery()
    address = func.coalesce(func.nullif(Client.safety_email, ""), Client.email)
    told = select(Client.id, having.c.units, address, Client.phone).join(having, having.c.client_id == Client.id)
    return db.session.execute(told.order_by(Client.id)).all()


def count_orders(batch_ids: Sequence[int]) -> int:
    """How many orders left with units of these batches."""
    return db.session.scalar(_sent(batch_ids, func.count(Order.id.distinct()))) or 0


def _by_client(batch_ids: Sequence[int]) -> Select[int, int]:
    columns = (Allocation.client_id.label("client_id"), func.sum(KEPT).label("units"))
    return _sent(batch_ids, *columns).group_by(Allocation.client_id)


def affected_orders(batch_ids: Sequence[int]) -> Sequence[Row[int, int]]:
    """Each order that left with units of these batches, and its client."""
    return db.session.execute(_sent(batch_ids, Order.id, Order.client_id).distinct().order_by(Order.id)).all()


def units_in_order(batch_ids: Sequence[int], order_id: int) -> dict[int, int]:
    """How many units of these batches an order has with its client, by the id of their line."""
    told = _sent(batch_ids, Allocation.line_id, func.sum(KEPT)).where(Order.id == order_id)
    return {row[0]: row[1] for row in db.session.execute(told.group_by(Allocation.line_id))}


@dataclass(frozen=True, slots=True)
class Sent:
    """What one client got of a recalled batch, in one order."""

    client_id: int
    order: str
    product: str
    batch: str
    lot: str
    units: int
    sent_at: datetime


def units_of_clients(batch_ids: Sequence[int], client_ids: Sequence[int]) -> dict[int, list[Sent]]:
    """By client what they have of these batches, order by order; one query."""
    columns = (Order.client_id, Order.number, OrderLine.name, Batch.code, Batch.supplier_lot, KEPT)
    told = _sent(batch_ids, *columns, Parcel.dispatched_at).join(Batch, Batch.id == Allocation.batch_id)
    told = told.join(OrderLine, OrderLine.id == Allocation.line_id)
    told = told.join(Parcel, Parcel.order_id == Order.id).where(Order.client_id.in_(client_ids))
    found: dict[int, list[Sent]] = {}
    for row in db.session.execute(told.order_by(Allocation.id)):
        found.setdefault(row[0], []).append(Sent(*row))
    return found


def sold_between(batch_ids: Sequence[int]) -> tuple[datetime | None, datetime | None]:
    """When the first and the last of these units left the clinic."""
    told = _sent(batch_ids, func.min(Parcel.dispatched_at), func.max(Parcel.dispatched_at))
    first, last = db.session.execute(told.join(Parcel, Parcel.order_id == Order.id)).one()
    return first, last


def _sent(batch_ids: Sequence[int], *columns: object) -> Select[Any]:
    """Units of these batches that left the clinic and did not come back."""
    told: Select[Any] = select(*columns).select_from(Allocation)  # type: ignore[call-overload]
    told = told.join(Order, Order.id == Allocation.order_id).where(Order.status.in_(LEFT))
    return told.where(Allocation.batch_id.in_(batch_ids), Allocation.state == "packed", KEPT > 0)


def batches_named(text: str) -> list[Batch]:
    """Batches of this code, supplier's lot or serial, in the order of this number, or of which a document of this reference or
    hash proves something; newest first, with their products."""
    wanted = text.strip()
    in_order = select(Allocation.batch_id).join(Order, Order.id == Allocation.order_id)
    in_order = in_order.where(Order.number == wanted.upper())
    marks = (Batch.code, Batch.supplier_lot, Batch.serial)
    is_named = or_(*(func.lower(mark) == wanted.lower() for mark in marks))
    which = or_(is_named, Batch.id.in_(in_order), *_proven_by(wanted))
    found = select(Batch).where(which).order_by(Batch.id.desc()).limit(FOUND_AT_MOST)
    return list(db.session.scalars(found.options(joinedload(Batch.product)))) if wanted else []


def _proven_by(reference: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """That a document is in the dossier of the product, or came with the batch: by its whole reference, or its hash."""
    same = func.lower(EvidenceRow.reference) == reference.lower()
    papers = select(DossierRow.product_id).join(EvidenceRow, EvidenceRow.dossier_id == DossierRow.id)
    papers = papers.where(or_(same, EvidenceRow.document_sha256 == reference.lower()))
    kept = f'"reference": {json.dumps(reference, ensure_ascii=False)}'
    return Batch.product_id.in_(papers), Batch.evidence.icontains(kept, autoescape=True)
