"""What a client means to order: a line for each product, with the price that was shown when it was put in; and what happened to it
that the client may not have seen."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.money import Money
from catalogue.products import Product


class BasketLine(Base):
    """So many of a product; `unit_minor`: what one cost when it was put in, in pence."""

    __tablename__ = "basket_line"
    __table_args__ = (
        UniqueConstraint("client_id", "product_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int] = mapped_column(Integer)
    unit_minor: Mapped[int | None] = mapped_column(Integer)
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)

    product: Mapped[Product] = relationship(lazy="raise")

    @property
    def price_before(self) -> Money | None:
        """The price when it was put in, where another one holds today."""
        has_changed = self.unit_minor is not None and self.unit_minor != self.product.price_minor
        return Money(self.unit_minor or 0, self.product.currency) if has_changed else None


class BasketNews(Base):
    """Told on the basket's page until its client says that they have read it. `product_id`: the product that it is about;
    `quantity`: how many of it left the basket by the client's own hand, to be put back in one press."""

    __tablename__ = "basket_news"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    code: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int | None] = mapped_column(Integer)
    order_number: Mapped[str | None] = mapped_column(String(20), index=True)

    product: Mapped[Product | None] = relationship(lazy="raise")
