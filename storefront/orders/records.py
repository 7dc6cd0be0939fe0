"""Finding orders with what a rule or a page reads of them, and locking them. Relationships never load by themselves, so
whatever is handed on is named here; the number of queries is fixed whatever the number of rows."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload, selectinload

from catalogue.dossiers import Fact, facts_from_json
from catalogue.products import Vetting
from catalogue.serum_classes import classes_of_list
from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.home_rules import Roller
from storefront.eligibility.models import Client
from storefront.eligibility.records import lock_client
from storefront.eligibility.rules import Purchase, Purchases
from storefront.orders.early_models import EarlyUse
from storefront.orders.home_models import HomeUse
from storefront.orders.models import Allocation, Order, OrderLine, Parcel
from storefront.orders.rules import BOUGHT

UNITS_KEPT = OrderLine.quantity - OrderLine.taken_out
Unit = tuple[int, int]  # the line of an order, and which of its units
UNITS = selectinload(Order.lines).selectinload(OrderLine.allocations)
LINES = selectinload(Order.lines)
WHOLE = (
    joinedload(Order.client),
    joinedload(Order.cancellation),
    joinedload(Order.parcel),
    joinedload(Order.capture),
    joinedload(Order.closing),
    selectinload(Order.holds),
    selectinload(Order.releases),
    selectinload(Order.refunds),
    selectinload(Order.lines).selectinload(OrderLine.allocations).joinedload(Allocation.batch),
)


def _numbered(number: str) -> Select[Order]:
    return select(Order).where(Order.number == number)


def records_of(client_id: int) -> Select[int]:
    """The record of a client and those that were merged into it: what was bought under each was bought by this person."""
    return select(Client.id).where(or_(Client.id == client_id, Client.kept_as_id == client_id))


def find_order(number: str, client_id: int | None = None) -> Order | None:
    """One order with all that its page shows; with `client_id` only if it is theirs."""
    wanted = _numbered(number).options(*WHOLE)
    if client_id is not None:
        wanted = wanted.where(Order.client_id.in_(records_of(client_id)))
    return db.session.scalar(wanted)


def orders_of(client_id: int) -> list[Order]:
    """A client's orders with their lines, newest first."""
    mine = select(Order).where(Order.client_id.in_(records_of(client_id))).options(LINES)
    return list(db.session.scalars(mine.order_by(Order.placed_at.desc(), Order.id.desc())))


def last_bought(client_id: int) -> Order | None:
    """The client's newest order that was paid for and not given back, with all that its page shows."""
    mine = select(Order).where(Order.client_id.in_(records_of(client_id)), Order.status.in_(BOUGHT)).options(*WHOLE)
    return db.session.scalar(mine.order_by(Order.placed_at.desc(), Order.id.desc()).limit(1))


def last_lines(client_id: int, product_ids: Iterable[int]) -> dict[int, OrderLine]:
    """Of each of these products the line with which the client last bought it, with its batches. Two queries."""
    mine = (
        select(OrderLine).join(Order, OrderLine.order_id == Order.id).where(OrderLine.product_id.in_(set(product_ids)))
    )
    mine = mine.where(Order.client_id.in_(records_of(client_id)), Order.status.in_(BOUGHT), UNITS_KEPT > 0)
    batches = selectinload(OrderLine.allocations).joinedload(Allocation.batch)
    return {
        line.product_id: line
        for line in db.session.scalars(mine.options(batches).order_by(Order.placed_at, OrderLine.id))
    }


def client_id_of(number: str) -> int | None:
    """Whose order it is; asked first, because the client's row is the first to be locked."""
    return db.session.scalar(select(Order.client_id).where(Order.number == number))


def lock_order(number: str) -> Order:
    """The order as it is now, locked, with lines and units. The client is locked before, the batches after it."""
    fresh = _numbered(number).options(UNITS).with_for_update(of=Order)
    return db.session.scalars(fresh.execution_options(populate_existing=True)).one()


def locked(number: str) -> Order:
    """The order with its client locked before it. LookupError when there is none."""
    client_id = client_id_of(number)
    if client_id is None:
        raise LookupError(number)
    lock_client(client_id)
    return lock_order(number)


def open_order(client_id: int) -> Order | None:
    """The order that waits for this client's payment; there is at most one. Not locked: products are locked before orders."""
    waiting = select(Order).where(Order.client_id == client_id, Order.status == "awaiting_payment")
    return db.session.scalar(waiting.options(UNITS).execution_options(populate_existing=True))


def product_ids_of(number: str) -> Sequence[int]:
    """The products of an order; asked before it is locked, because products are locked first."""
    return db.session.scalars(select(OrderLine.product_id).join(Order).where(Order.number == number)).all()


def days_noted(client_id: int, until: datetime | None = None) -> Mapping[Unit, tuple[date, ...]]:
    """The diary's days of each unit as its last entries have them, in order; `until` leaves out what was noted later. One query."""
    entries = select(HomeUse.line_id, HomeUse.nth, HomeUse.used_on, HomeUse.is_struck)
    entries = entries.join(OrderLine, OrderLine.id == HomeUse.line_id).join(Order, Order.id == OrderLine.order_id)
    entries = entries.where(Order.client_id.in_(records_of(client_id)))
    if until is not None:
        entries = entries.where(HomeUse.at <= until)
    last: dict[Unit, dict[date, bool]] = defaultdict(dict)
    for line_id, nth, day, is_struck in db.session.execute(entries.order_by(HomeUse.id)):
        last[line_id, nth][day] = not is_struck
    return {unit: tuple(sorted(day for day, holds in days.items() if holds)) for unit, days in last.items()}


def signed_facts(dossier: str | None) -> Mapping[str, Fact]:
    """The facts under which a product was bought."""
    return facts_from_json(json.loads(dossier)["facts"]) if dossier else {}


def most_uses(facts: Mapping[str, Fact]) -> int | None:
    """The most uses that the maker declares; None when no number is stated."""
    stated = facts.get("max_uses_declared")
    if isinstance(stated, bool) or not isinstance(stated, int | Decimal):
        return None
    return max(1, int(stated))


def purchases_of(client_id: int, but: Order | None = None) -> Purchases:
    """What a client bought and was not given the money back for, as the gate wants it, rollers with their diaries. `but` is the
    order being judged: it does not count, nor does what was bought or noted after it. Two queries."""
    until = but.accepted_at if but is not None else None
    line = OrderLine.id, OrderLine.kind, OrderLine.product_id, UNITS_KEPT.label("quantity")
    bought = select(*line, Order.accepted_at, Parcel.dispatched_at, Vetting.dossier, EarlyUse.answer_id)
    bought = bought.join(Order, OrderLine.order_id == Order.id).outerjoin(Parcel, Parcel.order_id == Order.id)
    bought = bought.outerjoin(EarlyUse, EarlyUse.line_id == OrderLine.id)
    bought = bought.outerjoin(Vetting, Vetting.id == OrderLine.vetting_id)
    bought = bought.where(Order.client_id.in_(records_of(client_id)), Order.status.in_(BOUGHT))
    bought = bought.where(Order.accepted_at.is_not(None), UNITS_KEPT > 0)
    if but is not None:
        bought = bought.where(Order.id != but.id)
    if until is not None:
        bought = bought.where(Order.accepted_at <= until)
    noted = days_noted(client_id, until)
    rows = db.session.execute(bought.order_by(Order.accepted_at, OrderLine.id))
    return tuple(_purchase(row, noted) for row in rows)


def _purchase(row: Any, noted: Mapping[Unit, tuple[date, ...]]) -> Purchase:
    facts, day = signed_facts(row.dossier), day_of(row.accepted_at)
    most = most_uses(facts) if row.kind == "roller" else None
    since = day_of(row.dispatched_at) if row.dispatched_at else day
    units = range(1, row.quantity + 1) if row.kind == "roller" else ()
    rollers = tuple(Roller(since, noted.get((row.id, nth), ()), most) for nth in units)
    classes = classes_signed(facts) if row.kind == "serum" else frozenset()
    return Purchase(row.kind, row.product_id, row.quantity, day, rollers, row.answer_id, classes)


def classes_signed(facts: Mapping[str, Fact]) -> frozenset[str]:
    """The classes that a serum belonged to, by the ingredients that were signed; none when they are not known."""
    listed = facts.get("ingredients")
    return classes_of_list(listed) if isinstance(listed, str) else frozenset()
