"""Approvals as rows: what a practitioner judged a client suitable for, what was taken back, and what was not decided yet."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from storefront.eligibility.early_models import EarlyWish
from storefront.eligibility.signed import Signed


class Approval(Signed, Base):
    """What a practitioner judged one client suitable for. In force = not withdrawn, not superseded, not past `valid_until`.
    `registration` is the signer's, `meaning` what the signature says, `shown_hash` of the record that was on the screen."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("greatest_needle_um >= 0 and reorder_days > 0 and quantity > 0", name="limits"),
        CheckConstraint("greatest_needle_um <= 200 or deep_note <> ''", name="deep_note"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    screening_id: Mapped[int] = mapped_column(ForeignKey("screening.id"))
    greatest_needle_um: Mapped[int] = mapped_column(Integer)
    reorder_days: Mapped[int] = mapped_column(Integer)
    quantity: Mapped[int] = mapped_column(Integer)
    uses_per_roller: Mapped[int] = mapped_column(Integer, default=10)
    valid_until: Mapped[date] = mapped_column()
    note: Mapped[str] = mapped_column(Text, default="")
    deep_note: Mapped[str] = mapped_column(Text, default="")
    review_note: Mapped[str] = mapped_column(Text, default="")
    registration: Mapped[str] = mapped_column(String(60), default="")
    meaning: Mapped[str] = mapped_column(Text, default="")
    shown_hash: Mapped[str] = mapped_column(String(64), default="")

    serums: Mapped[list["ApprovedSerum"]] = relationship(lazy="raise")
    classes: Mapped[list["ApprovedClass"]] = relationship(lazy="raise")
    withdrawal: Mapped["Withdrawal | None"] = relationship(lazy="raise", uselist=False)
    early_wishes: Mapped[list[EarlyWish]] = relationship(lazy="raise", order_by=EarlyWish.id)


class ApprovedSerum(Base):
    __tablename__ = "approved_serum"

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)


class ApprovedClass(Base):
    """A class of serums (`catalogue/serum_classes.py`): every one of it, also what comes later, that needs no note."""

    __tablename__ = "approved_class"

    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)


class Withdrawal(Signed, Base):
    """`is_taken_back`: by the signer within seconds, before anybody was told; the decision waits again."""

    __tablename__ = "withdrawal"

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), unique=True)
    why: Mapped[str] = mapped_column(Text)
    is_taken_back: Mapped[bool] = mapped_column(default=False)


class Deferral(Signed, Base):
    """Not now: an approval is denied for the time being, or looked at again from a day on (`until`). It opens and closes
    nothing; it takes the client out of the queue, and tells them why, unless who signed it took it back within seconds."""

    __tablename__ = "deferral"
    __table_args__ = (CheckConstraint("why in ('skin', 'visit', 'treatment', 'unsuitable', 'later')", name="why"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    why: Mapped[str] = mapped_column(String(12))
    until: Mapped[date | None] = mapped_column()
    note: Mapped[str] = mapped_column(Text, default="")
    taken_back_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
