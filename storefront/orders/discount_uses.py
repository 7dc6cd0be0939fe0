"""The code in a basket, and its use by an order: claimed with the order in one transaction by a guarded update, given back when the
order ends unpaid, kept when the payment came after that. The code's row is locked after the order and before the batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Exists, Select, and_, delete, exists, or_, select, update

from catalogue.verdicts import Reason, Refused, Verdict
from storefront.db import db, rows_changed
from storefront.orders.discount_models import BasketDiscount, Discount, DiscountUse
from storefront.orders.discount_rules import OTHER, Goods, may_use, shares
from storefront.orders.models import Order
from storefront.orders.records import records_of

NOW_USED = ("claimed", "kept")


@dataclass(frozen=True, slots=True)
class InBasket:
    """The code in a client's basket, and whether an order of theirs has it already."""

    discount: Discount
    has_used: bool

    def verdict(self, goods: Sequence[Goods], today: date) -> Verdict:
        return may_use(self.discount, goods, self.has_used, today)

    def shares(self, goods: Sequence[Goods], today: date) -> list[int]:
        """What it takes off each line today; nothing while anything speaks against it."""
        return shares(self.discount, goods) if self.verdict(goods, today).is_yes else [0] * len(goods)


def code_in_basket(client_id: int) -> InBasket | None:
    """One query."""
    mine: Select[Discount, bool] = select(Discount, has_used(client_id)).join(
        BasketDiscount, BasketDiscount.discount_id == Discount.id
    )
    mine = mine.where(BasketDiscount.client_id == client_id).execution_options(populate_existing=True)
    row = db.session.execute(mine).first()
    return InBasket(*row) if row else None


def has_used(client_id: int) -> Exists:
    """Whether an order of this person that stands has the code, whichever of their records it is under."""
    of_code = exists().where(DiscountUse.discount_id == Discount.id, DiscountUse.state.in_(NOW_USED))
    return of_code.where(DiscountUse.client_id.in_(records_of(client_id)))


def lay_in_basket(client_id: int, discount_id: int | None) -> None:
    """This code in the place of any other, or none."""
    db.session.execute(delete(BasketDiscount).where(BasketDiscount.client_id == client_id))
    if discount_id is not None:
        db.session.add(BasketDiscount(client_id=client_id, discount_id=discount_id))
        db.session.flush()


def claim(order: Order, coupon: InBasket | None, now: datetime) -> None:
    """Binds the code to the order that is being placed, and takes it out of the basket. A code that takes nothing off stays
    there, and says why. Refuses when it ended, or somebody had its last use, since it was read."""
    off = sum(line.off_minor for line in order.lines)
    if coupon is None or not off:
        return
    discount = coupon.discount
    free = and_(Discount.ended_at.is_(None), or_(Discount.most_uses.is_(None), Discount.used < Discount.most_uses))
    if rows_changed(update(Discount).where(Discount.id == discount.id, free).values(used=Discount.used + 1)) != 1:
        text = f"Somebody else had the last use of {discount.code} just now."
        raise Refused(Verdict((Reason("discount-used-up", text, "nobody", OTHER),)))
    order.discount_code = discount.code
    db.session.flush()
    use = DiscountUse(order_id=order.id, discount_id=discount.id, client_id=order.client_id, off_minor=off)
    use.is_once, use.claimed_at = discount.is_once, now
    db.session.add(use)
    lay_in_basket(order.client_id, None)


def give_use_back(order: Order) -> None:
    """The order ended and nothing was taken for it: its code may be used again. Twice does no harm."""
    if order.discount_code:
        _change(order, NOW_USED, "given_back", -1)


def keep_use(order: Order) -> None:
    """An order whose time was over is paid after all: it keeps what it was shown, even where the last use went to another."""
    if order.discount_code:
        _change(order, ("given_back",), "kept", 1)


def _change(order: Order, old: tuple[str, ...], new: str, by: int) -> None:
    mine = update(DiscountUse).where(DiscountUse.order_id == order.id, DiscountUse.state.in_(old))
    changed = db.session.scalar(mine.values(state=new).returning(DiscountUse.discount_id))
    if changed is not None:
        db.session.execute(update(Discount).where(Discount.id == changed).values(used=Discount.used + by))


def return_code(order: Order) -> None:
    """The code of an order that was not paid is in the basket again, unless the client took another one meanwhile."""
    if order.discount_code and db.session.get(BasketDiscount, order.client_id) is None:
        found = select(DiscountUse.discount_id).where(DiscountUse.order_id == order.id)
        lay_in_basket(order.client_id, db.session.scalars(found).one())
