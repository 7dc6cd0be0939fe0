"""Finding orders by what somebody remembers: a part of their number, of the tracking number of their parcel, of their client's name
or number, of a SKU, or of a batch's code or lot. Orders and parcels are very many, so the parts of their numbers are kept: of
what was typed the part that the fewest have is looked up, and only those are read."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, Select, String, func, literal, or_, select, text, union_all
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalogue.base import Base
from catalogue.batches import Batch
from catalogue.products import Product
from storefront.eligibility.models import Client
from storefront.orders.models import Allocation, Order, OrderLine, Parcel

LONGEST = 100  # letters that are looked for
LETTERS = 3  # of a part at most, two at least; by a single letter no number is found
RARE = 2_000  # orders with a part: up to how many they are told apart
MOST = 1_000  # orders that are found by each way; who finds more is told so, and types more
_NEW_PART = text("INSERT INTO order_part (part, order_id) VALUES (:part, :order_id) ON CONFLICT DO NOTHING")


class OrderPart(Base):
    """Two or three letters in a row of an order's number, or of its parcel's tracking number, in lower case."""

    __tablename__ = "order_part"
    __table_args__ = {"sqlite_with_rowid": False}

    part: Mapped[str] = mapped_column(String(LETTERS), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), primary_key=True)


class Found(NamedTuple):
    """The ids of orders; and whether there may be more than these."""

    ids: list[int]
    is_cut: bool


def parts_of(written: str) -> frozenset[str]:
    """What a number is kept under."""
    return frozenset(part for letters in (2, LETTERS) for part in _in_a_row(written.lower(), letters))


def _in_a_row(written: str, letters: int) -> Iterable[str]:
    return (written[at : at + letters] for at in range(len(written) - letters + 1))


def keep_findable(session: Session, order_id: int, written: str) -> None:
    """From now on the order is found by this too."""
    if parts := parts_of(written):
        session.execute(_NEW_PART, [{"part": part, "order_id": order_id} for part in sorted(parts)])


def found(session: Session, query: str) -> Found:
    """The orders that a text is a part of something of. Two queries: the first sees where to look, and of each way the second
    gives so many at most."""
    asked = query.lower()[:LONGEST]
    seen = _seen(session, asked)
    ways: list[Select[int]] = [
        select(Order.id).where(Order.client_id.in_(seen.clients)).limit(MOST),
        select(OrderLine.order_id).where(OrderLine.product_id.in_(seen.products)).limit(MOST),
        select(Allocation.order_id).where(Allocation.batch_id.in_(seen.batches)).limit(MOST),
        _by_numbers(asked, seen.part).limit(MOST),
    ]
    rows = session.execute(union_all(*(select(literal(nth), way.subquery()) for nth, way in enumerate(ways)))).all()
    is_cut = any(sum(row[0] == nth for row in rows) == MOST for nth in range(len(ways)))
    return Found(sorted({row[1] for row in rows}), is_cut)


class _Seen(NamedTuple):
    """Whose and what the text is a part of; and its part that the fewest numbers of orders have, "" where one is nowhere."""

    clients: list[int]
    products: list[int]
    batches: list[int]
    part: str


def _seen(session: Session, asked: str) -> _Seen:
    kinds = (
        (Client.id, (Client.number, Client.name)),
        (Product.id, (Product.sku,)),
        (Batch.id, (Batch.code, Batch.supplier_lot)),
    )
    ids = [
        select(literal(nth), literal(""), each[0]).where(_in(asked, *each[1])).limit(MOST)
        for nth, each in enumerate(kinds)
    ]
    parts = sorted(set(_in_a_row(asked, min(LETTERS, max(len(asked), 2)))))
    counts = [select(literal(len(kinds)), literal(part), _count(part)) for part in parts]
    rows = session.execute(union_all(*(select(each.subquery()) for each in ids), *counts)).all()
    clients, products, batches = ([row[2] for row in rows if row[0] == nth] for nth in range(len(kinds)))
    least, part = min(((row[2], row[1]) for row in rows if row[1]), default=(0, ""))
    return _Seen(clients, products, batches, part if least else "")


def _in(asked: str, *columns: Any) -> Any:
    return or_(*(func.lower(column).contains(asked, autoescape=True) for column in columns))


def _by_numbers(asked: str, part: str) -> Select[int]:
    """Through the orders that have this part, asking each. No join: PostgreSQL would read all orders for it."""
    number = select(Order.id).where(Order.id == OrderPart.order_id, _in(asked, Order.number))
    tracking = select(Parcel.id).where(Parcel.order_id == OrderPart.order_id, _in(asked, Parcel.tracking))
    has = or_(*(each.limit(1).scalar_subquery().is_not(None) for each in (number, tracking)))
    return select(OrderPart.order_id).where(OrderPart.part == part, has)


def _count(part: str) -> Any:
    """How many orders have it, up to where it is no longer rare."""
    some = select(OrderPart.order_id).where(OrderPart.part == part).limit(RARE).subquery()
    return select(func.count()).select_from(some).scalar_subquery()
