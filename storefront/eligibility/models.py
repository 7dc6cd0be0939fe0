"""The client's record as rows: who they are and what was signed about them; their courses are in `course_models.py`,
their approvals in `approval_models.py`. What a person decides is a row with by, at and why; nothing is overwritten. Lengths are
whole micrometres (0.20 mm = 200)."""

from datetime import date, datetime
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, String, Table, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.lasting import lasts
from storefront.eligibility.approval_models import Approval, ApprovedClass, ApprovedSerum, Deferral, Withdrawal
from storefront.eligibility.course_models import (
    Completion,
    Course,
    GapDecision,
    Qualification,
    SkinSeen,
    Topical,
    TreatedArea,
    Treatment,
)
from storefront.eligibility.signed import Signed

__all__ = [
    "Allergy", "AllergyReading", "Answer", "Approval", "ApprovedClass", "ApprovedSerum", "Clearance", "Client",
    "Completion", "Course",
    "Deferral", "GapDecision", "Qualification", "Reaction", "ReactionOutcome", "Recheck", "Screening", "Signed", "SkinSeen",
    "Topical", "TreatedArea", "Treatment", "Withdrawal",
]  # fmt: skip


class Client(Base):
    """`number` is what staff and parcels call them ("C-1187"). `safety_email` is used for recalls and nothing else;
    `kept_as_id` is the record into which this one was merged."""

    __tablename__ = "client"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254))
    safety_email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(40), default="")
    born_on: Mapped[date] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    kept_as_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"), index=True)

    allergies: Mapped[list["Allergy"]] = relationship(lazy="raise", order_by="Allergy.id")
    courses: Mapped[list["Course"]] = relationship(lazy="raise", order_by="Course.id")
    screenings: Mapped[list["Screening"]] = relationship(lazy="raise", order_by="Screening.id")
    approvals: Mapped[list["Approval"]] = relationship(lazy="raise", order_by="Approval.id")
    deferrals: Mapped[list["Deferral"]] = relationship(lazy="raise", order_by="Deferral.id")
    news: Mapped[list["Recheck"]] = relationship(
        lazy="raise",
        viewonly=True,
        order_by="Recheck.id",
        primaryjoin="and_(Client.id == Recheck.client_id, Recheck.anything_new != 'no')",
    )
    reactions: Mapped[list["Reaction"]] = relationship(lazy="raise", order_by="Reaction.id")

    @property
    def safety_address(self) -> str:
        return self.safety_email or self.email


class Allergy(Signed, Base):
    """An INCI name, the name of a group or class of ingredients, or "nickel"; lower case. `needs_reading`: no list of ours holds
    the name, so a practitioner says what it means. One that was struck out may be told again, as a row of its own."""

    __tablename__ = "allergy"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    needs_reading: Mapped[bool] = mapped_column(default=False, server_default=false())

    reading: Mapped["AllergyReading | None"] = relationship(lazy="raise", uselist=False)

    @property
    def counts(self) -> bool:
        """Whether products are looked through for it: until a practitioner found it to be no allergy."""
        return self.reading is None or self.reading.outcome != "none"

    @property
    def is_unread(self) -> bool:
        return self.needs_reading and self.reading is None


class AllergyReading(Signed, Base):
    """What a practitioner made of an allergy: it is known by other names on the record, it is in nothing that is sold here, or
    it is none."""

    __tablename__ = "allergy_reading"
    __table_args__ = (CheckConstraint("outcome in ('named', 'elsewhere', 'none')", name="outcome"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    allergy_id: Mapped[int] = mapped_column(ForeignKey("allergy.id"), unique=True)
    outcome: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text)


class Screening(Signed, Base):
    """Answers to the questions of one version that were due, or more; `by` is who filled it in."""

    __tablename__ = "screening"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    version: Mapped[str] = mapped_column(String(20))
    answered_on: Mapped[date] = mapped_column()  # the day where the clinic is, from which it grows old

    answers: Mapped[list["Answer"]] = relationship(lazy="raise", order_by="Answer.id")


class Recheck(Signed, Base):
    """The two short questions before an order, answered; `screening_id` is the screening that they come after."""

    __tablename__ = "recheck"
    __table_args__ = (
        CheckConstraint("anything_new in ('no', 'yes', 'not_sure')", name="anything_new"),
        CheckConstraint("reaction in ('no', 'yes', 'not_sure')", name="reaction"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    screening_id: Mapped[int | None] = mapped_column(ForeignKey("screening.id"))
    version: Mapped[str] = mapped_column(String(20))
    anything_new: Mapped[str] = mapped_column(String(10))
    reaction: Mapped[str] = mapped_column(String(10))


class Answer(Base):
    """`until`: the day on which the waiting period ends, worked out when answered; None = until lifted. `asked` are the exact words
    of the question; empty in answers from before they were kept, which are read from their version."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("screening_id", "condition"),
        CheckConstraint("answer in ('no', 'yes', 'not_sure')", name="answer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    screening_id: Mapped[int] = mapped_column(ForeignKey("screening.id"), index=True)
    condition: Mapped[str] = mapped_column(String(20))
    answer: Mapped[str] = mapped_column(String(10))
    asked: Mapped[str] = mapped_column(Text, default="", server_default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    until: Mapped[date | None] = mapped_column()

    clearance: Mapped["Clearance | None"] = relationship(lazy="raise", uselist=False)


class Clearance(Signed, Base):
    """A practitioner lifted one answer's block, with a note; counts from `from_on`."""

    __tablename__ = "clearance"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"), unique=True)
    note: Mapped[str] = mapped_column(Text)
    from_on: Mapped[date] = mapped_column()


class Reaction(Signed, Base):
    """A reported reaction; open until an outcome exists. `signs` are codes of `reaction_rules.SIGNS`, `answer_by` is the moment
    that was promised, `photo_id` a picture that lies sealed. By a parcel's slip it is known from which order it came."""

    __tablename__ = "reaction"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), index=True)
    began_on: Mapped[date | None] = mapped_column()
    told: Mapped[str] = mapped_column(Text)
    signs: Mapped[str] = mapped_column(String(200), default="", server_default="")
    size: Mapped[str] = mapped_column(String(10), default="", server_default="")
    used_on: Mapped[date | None] = mapped_column()
    order_number: Mapped[str] = mapped_column(String(20), default="", server_default="")
    answer_by: Mapped[datetime | None] = mapped_column(UTCDateTime)
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("sealed_file.id"), unique=True)

    outcome: Mapped["ReactionOutcome | None"] = relationship(lazy="raise", uselist=False)


class ReactionOutcome(Signed, Base):
    __tablename__ = "reaction_outcome"
    __table_args__ = (CheckConstraint("outcome in ('continue', 'other_product', 'stop', 'see_me')", name="outcome"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reaction_id: Mapped[int] = mapped_column(ForeignKey("reaction.id"), unique=True)
    outcome: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text)


lasts(cast(Table, Recheck.__table__))
