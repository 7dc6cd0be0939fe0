"""Discount codes as the admin made them, the one in a client's basket, and their uses by orders. A code stays as it was made, but
that it is counted and ended; it changes what is paid and no limit."""

from datetime import date, datetime
from typing import cast

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.guards import guard
from storefront.eligibility.models import Client

STATES = ("claimed", "given_back", "kept")
ONLY_ONE = text("is_once and state = 'claimed'")


class Discount(Base):
    """Per cent or an amount off the goods, from a day until a day. `used` counts the orders that have it now, never more than
    `most_uses` but for those that were paid late. `limited_to`: classes
    and SKUs it is for, separated by spaces; none means all."""

    __tablename__ = "discount"
    __table_args__ = (
        CheckConstraint("(per_cent is null) <> (amount_minor is null)", name="one_way"),
        CheckConstraint("per_cent between 1 and 100 and amount_minor is null or amount_minor > 0", name="amount"),
        CheckConstraint("ends_on is null or ends_on >= starts_on", name="days"),
        CheckConstraint("used >= 0 and most_uses > 0 and least_goods_minor >= 0", name="counts"),
        CheckConstraint("(ended_at is null) = (ended_by = '')", name="ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    per_cent: Mapped[int | None] = mapped_column(Integer)
    amount_minor: Mapped[int | None] = mapped_column(Integer)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    most_uses: Mapped[int | None] = mapped_column(Integer)
    used: Mapped[int] = mapped_column(Integer, default=0)
    is_once: Mapped[bool] = mapped_column(Boolean)
    least_goods_minor: Mapped[int] = mapped_column(Integer, default=0)
    limited_to: Mapped[str] = mapped_column(Text, default="")
    why: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by_id: Mapped[int | None] = mapped_column(Integer)
    made_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by: Mapped[str] = mapped_column(String(200), default="", server_default="")


class BasketDiscount(Base):
    """The code that a client put in the basket; one at a time."""

    __tablename__ = "basket_discount"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), primary_key=True)
    discount_id: Mapped[int] = mapped_column(ForeignKey("discount.id"))

    discount: Mapped[Discount] = relationship(lazy="raise")


class DiscountUse(Base):
    """The code of one order. claimed: when it was placed; given_back: the order ended unpaid; kept: it was paid after that, and
    keeps what it was shown. `is_once`: this client has no other claim on the code."""

    __tablename__ = "discount_use"
    __table_args__ = (
        CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint("off_minor > 0", name="off"),
        Index(
            "ix_discount_use_once", "discount_id", "client_id", unique=True,
            sqlite_where=ONLY_ONE, postgresql_where=ONLY_ONE,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), unique=True)
    discount_id: Mapped[int] = mapped_column(ForeignKey("discount.id"), index=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    off_minor: Mapped[int] = mapped_column(Integer)
    is_once: Mapped[bool] = mapped_column(Boolean)
    claimed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(10), default="claimed")

    client: Mapped[Client] = relationship(lazy="raise")


KEPT = (
    "id", "code", "per_cent", "amount_minor", "starts_on", "ends_on", "most_uses", "is_once", "least_goods_minor", "limited_to",
    "why", "made_at", "made_by_id", "made_by",
)  # fmt: skip
OF_USE = ("id", "order_id", "discount_id", "client_id", "off_minor", "is_once", "claimed_at")


def _changed(names: tuple[str, ...]) -> str:
    return " or ".join(f"old.{name} is distinct from new.{name}" for name in names)


CODE_STAYS = "a discount code stays as it was made, but that it is counted and ended"
USE_STAYS = "what an order used stays as it was written, but that it is given back or kept"
ENDED = "old.ended_at is not null and old.ended_at is distinct from new.ended_at"
AGAIN = "old.state <> new.state and (new.state = 'claimed' or old.state = 'claimed' and new.state = 'kept')"
GUARDS = (
    (Discount, "discount_stays", "update", f"{ENDED} or {_changed(KEPT)}", CODE_STAYS),
    (Discount, "discount_is_kept", "delete", "old.id is not null", CODE_STAYS),
    (DiscountUse, "discount_use_stays", "update", f"{AGAIN} or {_changed(OF_USE)}", USE_STAYS),
    (DiscountUse, "discount_use_is_kept", "delete", "old.id is not null", USE_STAYS),
)
for _model, _name, _on, _when, _told in GUARDS:
    guard(cast(Table, _model.__table__), _name, _on, _when, _told)
