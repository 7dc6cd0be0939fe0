"""Finding orders with what a rule or a page reads of them, and locking them. Relationships never load by themselves, so
whatever is handed on is named here; the number of queries is fixed whatever the number of rows."""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload, selectinload

from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.eligibility.records import lock_client
from storefront.eligibility.rules import Purchase, Purchases
from storefront.orders.models import Allocation, Order, OrderLine
from storefront.orders.rules import BOUGHT

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


def purchases_of(client_id: int, but: Order | None = None) -> Purchases:
    """What a client bought and was not given the money back for, as the gate wants it. `but` is the order being judged: it
    does not count, nor does what was bought after it."""
    bought = select(OrderLine.kind, OrderLine.product_id, OrderLine.quantity, Order.accepted_at)
    bought = bought.join(Order, OrderLine.order_id == Order.id)
    bought = bought.where(Order.client_id.in_(records_of(client_id)), Order.status.in_(BOUGHT))
    if but is not None:
        bought = bought.where(Order.id != but.id)
    if but is not None and but.accepted_at is not None:
        bought = bought.where(Order.accepted_at <= but.accepted_at)
    rows = db.session.execute(bought.order_by(Order.accepted_at, OrderLine.id)).all()
    return tuple(Purchase(kind, product, quantity, day_of(at)) for kind, product, quantity, at in rows if at)
