"""Exceptions for orders that are too early, as rows: what a client asked for, and what a practitioner answered. Both hang on the
approval under which they were written, and end with it; the database lets neither be changed or taken away."""

from datetime import date
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base
from catalogue.lasting import lasts
from storefront.eligibility.signed import Signed


class EarlyWish(Signed, Base):
    """A client asks to order a product before its day, and says why; `name` is what it was called, `opens_on` the day that stood
    against it."""

    __tablename__ = "early_wish"
    __table_args__ = (CheckConstraint("quantity > 0 and why <> ''", name="told"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    name: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int] = mapped_column(Integer)
    opens_on: Mapped[date] = mapped_column()
    why: Mapped[str] = mapped_column(Text)

    answer: Mapped["EarlyAnswer | None"] = relationship(lazy="raise", uselist=False)


class EarlyAnswer(Signed, Base):
    """Granted for at most `quantity` of the product that was asked for, in one order, until a day; or not. The client reads the
    note. `registration` is the signer's, `meaning` what the signature says."""

    __tablename__ = "early_answer"
    __table_args__ = (
        CheckConstraint("note <> ''", name="note"),
        CheckConstraint("is_granted = (quantity is not null) and is_granted = (until is not null)", name="granted"),
        CheckConstraint("quantity is null or quantity > 0", name="quantity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wish_id: Mapped[int] = mapped_column(ForeignKey("early_wish.id"), unique=True)
    is_granted: Mapped[bool] = mapped_column()
    quantity: Mapped[int | None] = mapped_column(Integer)
    until: Mapped[date | None] = mapped_column()
    note: Mapped[str] = mapped_column(Text)
    by_role: Mapped[str] = mapped_column(String(20))
    registration: Mapped[str] = mapped_column(String(60), default="")
    meaning: Mapped[str] = mapped_column(Text)


for signed in (EarlyWish, EarlyAnswer):
    lasts(cast(Table, signed.__table__))
