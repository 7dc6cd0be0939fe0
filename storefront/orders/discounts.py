"""Making discount codes, ending them, and putting one in a basket. Who made one, who ended it and why it is given is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from catalogue.journal import Who, note
from catalogue.products import KINDS, Product
from catalogue.verdicts import Reason, Refused, Stale, Verdict, require
from storefront.db import db
from storefront.eligibility.records import lock_client
from storefront.orders.baskets import basket_of
from storefront.orders.discount_models import Discount
from storefront.orders.discount_rules import plain
from storefront.orders.discount_uses import InBasket, has_used, lay_in_basket
from storefront.orders.pricing import goods_of


@dataclass(frozen=True, slots=True)
class DiscountTold:
    """A code as somebody makes it; either `per_cent` or `amount_minor`. `limited_to`: classes and SKUs."""

    code: str
    per_cent: int | None
    amount_minor: int | None
    starts_on: date
    ends_on: date | None
    most_uses: int | None
    is_once: bool
    least_goods_minor: int
    limited_to: tuple[str, ...]
    why: str


def make_discount(told: DiscountTold, by: Who, now: datetime) -> Discount:
    """A code that clients may use from its first day on. Refuses, with every reason, one that was there before, that takes off
    nothing or in two ways, that ends before it begins, or is for what the shop has not."""
    code = plain(told.code)
    reasons = [*_shape(told), *_unknown(told.limited_to)]
    if db.session.scalar(select(Discount.id).where(Discount.code == code)) is not None:
        text = f"There is, or was, a code {code}."
        reasons.append(Reason("discount-taken", text, "you", "Choose another one: old orders keep theirs."))
    require(Verdict(tuple(reasons)))
    made = Discount(code=code, per_cent=told.per_cent, amount_minor=told.amount_minor, why=told.why.strip())
    made.starts_on, made.ends_on, made.most_uses, made.is_once = (
        told.starts_on,
        told.ends_on,
        told.most_uses,
        told.is_once,
    )
    made.least_goods_minor, made.limited_to = told.least_goods_minor, " ".join(told.limited_to)
    made.made_at, made.made_by_id, made.made_by = now, by.id, by.name
    db.session.add(made)
    db.session.flush()
    note(
        db.session(), "discount made", "discount", code, by, now, per_cent=told.per_cent, amount_minor=told.amount_minor
    )
    return made


def _shape(told: DiscountTold) -> list[Reason]:
    found = []
    if (told.per_cent is None) == (told.amount_minor is None):
        text = "A code takes off either so many per cent or an amount."
        found.append(Reason("discount-one-way", text, "you", "Fill in one of the two."))
    if told.ends_on is not None and told.ends_on < told.starts_on:
        found.append(Reason("discount-days", "It would end before it begins.", "you", "Look at its two days."))
    if not told.why.strip():
        found.append(Reason("no-reason", "Nobody says why it is given.", "you", "Write it down in a few words."))
    return found


def _unknown(limited_to: Sequence[str]) -> list[Reason]:
    skus = set(db.session.scalars(select(Product.sku).where(Product.sku.in_(limited_to)))) if limited_to else set()
    wrong = [one for one in limited_to if one not in KINDS and one not in skus]
    return [
        Reason("no-product", f"There is no class or SKU {one}.", "you", "Write roller, serum or a SKU.")
        for one in wrong
    ]


def end_discount(code: str, by: Who, now: datetime) -> None:
    """It counts no longer; orders that have it keep it. LookupError when there is none of that code; Stale when it had ended."""
    mine = select(Discount).where(Discount.code == code).with_for_update()
    discount = db.session.scalar(mine.execution_options(populate_existing=True))
    if discount is None:
        raise LookupError(code)
    if discount.ended_at is not None:
        raise Stale.because("wrong-state", "This code has ended already.")
    discount.ended_at, discount.ended_by = now, by.name
    note(db.session(), "discount ended", "discount", code, by, now)


def discounts_made() -> Sequence[Discount]:
    """All codes, the newest first."""
    return db.session.scalars(select(Discount).order_by(Discount.id.desc())).all()


def put_code_in_basket(client_id: int, typed: str, today: date) -> Discount:
    """The code goes in the basket, in the place of another one. Refuses one that nobody made, and with every reason one that
    takes nothing off what is in the basket today. It lifts nothing that the gate says."""
    lock_client(client_id)
    found = db.session.execute(select(Discount, has_used(client_id)).where(Discount.code == plain(typed))).first()
    if found is None:
        text = "There is no such code."
        raise Refused.because("discount-unknown", text, "you", "Look at its letters and numbers again.")
    code = InBasket(*found)
    require(code.verdict(goods_of(basket_of(client_id)), today))
    lay_in_basket(client_id, code.discount.id)
    return code.discount


def take_code_out(client_id: int) -> None:
    """What is not there is no matter."""
    lock_client(client_id)
    lay_in_basket(client_id, None)
