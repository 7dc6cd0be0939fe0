"""Which lines came in which kit: of a basket while nothing of it was taken out, and of an order for good. A mark changes nothing
of what a rule, a recall or a trace finds: those read the lines."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload

from storefront.db import db
from storefront.orders.kit_models import BasketKit, Kit, KitPart, LineKit
from storefront.orders.models import Order, OrderLine

ONE_EACH = 1  # a kit holds one of each; another number of a part is that product by itself


def kits_in_basket(client_id: int) -> list[Kit]:
    """Each with its parts, the oldest kit first."""
    mine = select(Kit).join(BasketKit, BasketKit.kit_id == Kit.id).where(BasketKit.client_id == client_id)
    return list(db.session.scalars(mine.options(selectinload(Kit.parts)).order_by(Kit.id)))


def mark_basket(client_id: int, kit: Kit) -> None:
    """The kit is in the basket; a second tap does no harm."""
    if db.session.get(BasketKit, (client_id, kit.id)) is None:
        db.session.add(BasketKit(client_id=client_id, kit_id=kit.id))
        db.session.flush()


def unmark_basket(client_id: int, product_ids: Iterable[int] | None = None) -> Sequence[Kit]:
    """Kits that are no longer whole, which are given back; all of them where no products are named. What else was in them stays,
    each by itself."""
    mine = select(Kit).join(BasketKit, BasketKit.kit_id == Kit.id).where(BasketKit.client_id == client_id)
    if product_ids is not None:
        mine = mine.where(Kit.id.in_(select(KitPart.kit_id).where(KitPart.product_id.in_(list(product_ids)))))
    kits = db.session.scalars(mine.order_by(Kit.id)).all()
    if kits:
        gone = BasketKit.client_id == client_id, BasketKit.kit_id.in_([kit.id for kit in kits])
        db.session.execute(delete(BasketKit).where(*gone))
    return kits


def kits_by_product(kits: Iterable[Kit], product_ids: Iterable[int]) -> dict[int, Kit]:
    """The kit that each product came in, of the kits that are whole among these products; the first one where two share it."""
    there, found = frozenset(product_ids), dict[int, Kit]()
    for kit in kits:
        if kit.product_ids <= there:
            found = dict.fromkeys(kit.product_ids, kit) | found
    return found


def mark_order(order: Order, kit_ids: Iterable[int] | None) -> None:
    """Ties the lines of a new order to the kits they came in: those named, or those of the client's basket."""
    if kit_ids is not None and not set(kit_ids):
        return
    if kit_ids is None:
        kits = [kit for kit in kits_in_basket(order.client_id) if kit.ended_at is None]
    else:
        named = select(Kit).where(Kit.id.in_(set(kit_ids))).options(selectinload(Kit.parts)).order_by(Kit.id)
        kits = list(db.session.scalars(named))
    came_in = kits_by_product(kits, [line.product_id for line in order.lines if line.quantity == ONE_EACH])
    marked = [line for line in order.lines if line.product_id in came_in]
    db.session.add_all(LineKit(line_id=line.id, kit_id=came_in[line.product_id].id) for line in marked)


def kits_of_order(order: Order) -> Mapping[int, Kit]:
    """The kit of each line that came in one, by the product's id, with its parts."""
    marked = select(OrderLine.product_id, Kit).join(LineKit, LineKit.line_id == OrderLine.id)
    marked = marked.join(Kit, Kit.id == LineKit.kit_id).where(OrderLine.order_id == order.id)
    marked = marked.options(selectinload(Kit.parts))
    rows = db.session.execute(marked.order_by(OrderLine.id))
    return {row[0]: row[1] for row in rows}
