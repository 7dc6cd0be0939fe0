"""Kits: products that go together, with a leaflet; composed for everybody, or made for one client. A kit has no price, tax, stock
or batch of its own: all of that is its parts'. What is ordered are the parts' lines, marked with the kit they came in."""

from datetime import datetime
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.guards import guard
from catalogue.lasting import lasts
from catalogue.products import Product


class Kit(Base):
    """Never edited: another composition is another kit. `client_id` is whose it is, none: everybody's."""

    __tablename__ = "kit"
    __table_args__ = (CheckConstraint("(ended_at is null) = (ended_by = '')", name="ended"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    leaflet: Mapped[str] = mapped_column(Text)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by_id: Mapped[int | None] = mapped_column(Integer)
    made_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by: Mapped[str] = mapped_column(String(200), default="", server_default="")

    parts: Mapped[list["KitPart"]] = relationship(lazy="raise", order_by="KitPart.id")

    @property
    def product_ids(self) -> frozenset[int]:
        return frozenset(part.product_id for part in self.parts)


class KitPart(Base):
    """One unit of a product in a kit."""

    __tablename__ = "kit_part"

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kit.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)

    product: Mapped[Product] = relationship(lazy="raise")


class BasketKit(Base):
    """A kit that a client put in the basket and took nothing out of since."""

    __tablename__ = "basket_kit"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kit.id"), primary_key=True)


class LineKit(Base):
    """A line of an order that came in a kit."""

    __tablename__ = "order_line_kit"

    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kit.id"), index=True)


STAYS = "a kit stays as it was made, but that it is ended"
KEPT = ("id", "code", "name", "leaflet", "client_id", "made_at", "made_by_id", "made_by")
CHANGED = " or ".join(f"old.{name} is distinct from new.{name}" for name in KEPT)
GUARDS = (
    ("kit_stays", "update", f"old.ended_at is not null or {CHANGED}"),
    ("kit_is_kept", "delete", "old.id is not null"),
)
for _name, _on, _when in GUARDS:
    guard(cast(Table, Kit.__table__), _name, _on, _when, STAYS)
for _kept in (KitPart, LineKit):
    lasts(cast(Table, _kept.__table__))
