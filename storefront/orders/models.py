"""Orders with frozen lines, the batch of every unit, and the money owed either way. `Order.status` is the one status
column, because queues filter on it; its moves are a table in `rules.py`. Amounts are whole pence, VAT included."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.batches import Batch
from catalogue.money import Money
from catalogue.products import Product
from storefront.eligibility.models import Client
from storefront.orders import destinations
from storefront.orders.destinations import Destination
from storefront.orders.due import Due
from storefront.orders.rules import FIRST, LEFT, MOVES, Priced, Totals, totals, worth
from storefront.orders.stop_models import Cancellation, Hold

STATUSES = tuple(MOVES)
PAID_FOR = ("packed", *LEFT)
NOT_YET = "status in ('awaiting_payment', 'expired')"


class Order(Destination, Base):
    """`owed_back_minor` is promised to the client, `refunded_minor` has been given; `ask_at` is when the payment provider is
    asked next what became of the payment, `judge_at` when the gate is asked next while the order waits to leave."""

    __tablename__ = "order"
    __table_args__ = (
        CheckConstraint(f"status in {STATUSES}", name="status"),
        *destinations.CHECKS,
        CheckConstraint("total_minor > 0 and delivery_minor >= 0", name="total"),
        CheckConstraint("captured_minor in (0, total_minor)", name="captured"),
        CheckConstraint("refunded_minor >= 0 and refunded_minor <= captured_minor", name="refunded"),
        CheckConstraint("owed_back_minor >= refunded_minor and owed_back_minor <= total_minor", name="owed_back"),
        CheckConstraint(f"{NOT_YET} or status = 'cancelled' or accepted_at is not null", name="accepted"),
        CheckConstraint(f"not ({NOT_YET} or status = 'cancelled') or captured_minor = 0", name="not_taken"),
        CheckConstraint("accepted_at is null or intent_id is not null", name="authorised"),
        CheckConstraint(
            f"status not in {PAID_FOR} or captured_minor = total_minor", name="taken"
        ),
        CheckConstraint("status <> 'refunded' or refunded_minor = captured_minor", name="given_back"),
        # One payment under way per client: two tabs that pay the same basket meet in the same order.
        Index(
            "ix_order_one_open", "client_id", unique=True,
            sqlite_where=text("status = 'awaiting_payment'"), postgresql_where=text("status = 'awaiting_payment'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    status: Mapped[str] = mapped_column(String(20), default=FIRST, index=True)
    placed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ask_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    judge_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    authorised_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    specification_version: Mapped[str] = mapped_column(String(20))
    total_minor: Mapped[int] = mapped_column(Integer)
    discount_code: Mapped[str] = mapped_column(String(20), default="", server_default="")
    captured_minor: Mapped[int] = mapped_column(Integer, default=0)
    owed_back_minor: Mapped[int] = mapped_column(Integer, default=0)
    refunded_minor: Mapped[int] = mapped_column(Integer, default=0)
    session_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    session_url: Mapped[str | None] = mapped_column(Text)
    intent_id: Mapped[str | None] = mapped_column(String(120), unique=True)

    client: Mapped[Client] = relationship(lazy="raise")
    lines: Mapped[list["OrderLine"]] = relationship(back_populates="order", lazy="raise", order_by="OrderLine.id")
    cancellation: Mapped["Cancellation | None"] = relationship(lazy="raise", uselist=False)
    holds: Mapped[list["Hold"]] = relationship(lazy="raise", order_by="Hold.id")
    parcel: Mapped["Parcel | None"] = relationship(lazy="raise", uselist=False)
    capture: Mapped["Capture | None"] = relationship(lazy="raise", uselist=False)
    releases: Mapped[list["Release"]] = relationship(lazy="raise", order_by="Release.id")
    refunds: Mapped[list["Refund"]] = relationship(lazy="raise", order_by="Refund.id")
    closing: Mapped["Closing | None"] = relationship(lazy="raise", uselist=False)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def is_given_up(self) -> bool:
        """Held, and all its money goes back: it never goes on, and ends as soon as the money is given."""
        return self.status == "on_hold" and self.owed_back_minor == self.total_minor

    @property
    def off(self) -> Money:
        """What its discount code takes off its goods."""
        return self.costs.off

    @property
    def costs(self) -> Totals:
        """What it costs by its lines; the audit finds an order whose own sums say otherwise."""
        return totals([line.priced for line in self.lines], self.delivery_price)

    @property
    def kept_lines(self) -> list["OrderLine"]:
        """The lines of which anything is still ordered."""
        return [line for line in self.lines if line.units]

    @property
    def is_paid(self) -> bool:
        return self.captured_minor == self.total_minor


class OrderLine(Base):
    """Facts frozen at purchase, `off_minor` a discount's share, and the vetting, approval and screening that allowed it.
    `taken_out`: units that the clinic took out before it was packed."""

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("quantity > 0 and unit_minor > 0 and tax_minor >= 0", name="amounts"),
        CheckConstraint("off_minor between 0 and unit_minor * quantity", name="off"),
        CheckConstraint("taken_out between 0 and quantity", name="taken_out"),
        UniqueConstraint("order_id", "product_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    vetting_id: Mapped[int] = mapped_column(ForeignKey("vetting.id"))
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"))
    screening_id: Mapped[int] = mapped_column(ForeignKey("screening.id"))
    sku: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(10))
    quantity: Mapped[int] = mapped_column(Integer)
    unit_minor: Mapped[int] = mapped_column(Integer)
    off_minor: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    tax_percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    tax_minor: Mapped[int] = mapped_column(Integer)
    taken_out: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    order: Mapped[Order] = relationship(back_populates="lines", lazy="raise")
    product: Mapped[Product] = relationship(lazy="raise")
    allocations: Mapped[list["Allocation"]] = relationship(lazy="raise", order_by="Allocation.id")

    @property
    def units(self) -> int:
        """The units that are still ordered."""
        return self.quantity - self.taken_out

    @property
    def total_minor(self) -> int:
        return self.priced.gross.minor

    @property
    def priced(self) -> Priced:
        return Priced(Money(self.unit_minor), self.quantity, self.tax_percent, self.off_minor)

    def worth(self, first: int, last: int) -> int:
        """What was paid for the units from one on until another, in pence; all units together are the whole line."""
        return worth(self.total_minor, self.quantity, first, last)

    @property
    def held(self) -> list["Allocation"]:
        """The units that this line has now; what was given back is not among them."""
        return [allocation for allocation in self.allocations if allocation.state != "released"]


class Allocation(Base):
    """Units of one batch that a line holds. reserved: while the payment lives; sold: accepted; packed: in the parcel;
    released: given back. The sums of the first three, less what `returned`, equal the batch's `reserved` and `sold`. Order and
    client stand here again, so that one index answers who has units of a batch."""

    __tablename__ = "allocation"
    __table_args__ = (
        CheckConstraint("state in ('reserved', 'sold', 'packed', 'released')", name="state"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("returned between 0 and quantity and (returned = 0 or state = 'packed')", name="returned"),
        Index("ix_allocation_of_batch", "batch_id", "client_id", "order_id", "state", "quantity", "returned"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    quantity: Mapped[int] = mapped_column(Integer)
    returned: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    state: Mapped[str] = mapped_column(String(10), default="reserved")

    batch: Mapped[Batch] = relationship(lazy="raise")


class Parcel(Base):
    """`slip_code` is printed on the slip in the box: whoever has it may report a reaction to what was in it.
    `weight_grams` where whoever packed weighed it."""

    __tablename__ = "parcel"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), unique=True)
    packed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    packed_by: Mapped[str] = mapped_column(String(200))
    slip_code: Mapped[str | None] = mapped_column(String(8), unique=True)
    weight_grams: Mapped[int | None] = mapped_column(Integer)
    tracking: Mapped[str] = mapped_column(String(80), default="")
    dispatched_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    dispatched_by: Mapped[str | None] = mapped_column(String(200))
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Capture(Due, Base):
    """Owed by every accepted order, once. `capture_before`: when the bank lets go of the money, `warned_at`: when the clinic
    was told that this is near. `lost_at`: the authorisation was gone before it could be captured. `taken_minor` of
    `taken_currency`: what was taken of it by somebody else, where that is not what the order costs; it is to go back."""

    __tablename__ = "capture"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("done_at is null or lost_at is null", name="one_end"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), unique=True)
    intent_id: Mapped[str] = mapped_column(String(120), unique=True)
    amount_minor: Mapped[int] = mapped_column(Integer)
    capture_before: Mapped[datetime | None] = mapped_column(UTCDateTime)
    warned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lost_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    taken_minor: Mapped[int | None] = mapped_column(Integer)
    taken_currency: Mapped[str | None] = mapped_column(String(3))

    @property
    def taken(self) -> Money | None:
        return None if self.taken_minor is None else Money(self.taken_minor, self.taken_currency or "GBP")


class Release(Due, Base):
    """An authorisation to be cancelled: its order was refused. An intent has a capture or a release, never both."""

    __tablename__ = "release"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    intent_id: Mapped[str] = mapped_column(String(120), unique=True)


class Closing(Due, Base):
    """A payment session to be expired; the stock is given back only after that."""

    __tablename__ = "closing"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), unique=True)


class Refund(Due, Base):
    """Money promised back. `returned_at`: the bank of the client sent it back to us, so a person has to find another way, and
    writes it down: `other_way`.
    `line_id`: the line whose product the practitioner judged not to be for this client, given back once."""

    __tablename__ = "refund"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(Integer)
    why: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    stripe_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"), unique=True)
    returned_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    other_way: Mapped[str] = mapped_column(Text, default="", server_default="")
    other_way_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    other_way_by: Mapped[str | None] = mapped_column(String(200))
