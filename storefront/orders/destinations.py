"""Where an order goes and what that costs: the columns of `Order` that the till, the parcel and the invoice read alike."""

from sqlalchemy import CheckConstraint, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.money import Money
from storefront.orders.delivery_terms import HOME, NEVER

CHECKS = (
    CheckConstraint("delivery in ('post', 'collection')", name="delivery"),
    CheckConstraint(f"country not in {NEVER}", name="country"),
)


class Destination:
    """`delivery`: whether a parcel leaves, or is collected at the clinic, where it has no address. `way`: which of the terms of
    delivery was paid for, with the name that it had; `country`: whose VAT is in the prices."""

    delivery: Mapped[str] = mapped_column(String(12))
    way: Mapped[str] = mapped_column(String(20))
    way_name: Mapped[str] = mapped_column(String(80))
    recipient: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(Text, default="")
    country: Mapped[str] = mapped_column(String(2), default=HOME)
    delivery_minor: Mapped[int] = mapped_column(Integer)
    delivery_tax_minor: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(String(3), default="GBP")

    @property
    def delivery_price(self) -> Money:
        return Money(self.delivery_minor, self.currency)
