"""Courses as rows: who may treat, the treatments with what was decided on them, and the signature that a course is complete.
Lengths are whole micrometres (0.20 mm = 200)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from storefront.eligibility.signed import Signed


class Qualification(Base):
    """A practitioner's training certificate; only who holds a current one can record a treatment or sign."""

    __tablename__ = "qualification"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    registration: Mapped[str] = mapped_column(String(60), default="")
    expires_on: Mapped[date] = mapped_column()


class Course(Base):
    """`origin` "papers": completed before the shop existed, recorded from the clinic's papers with an attestation."""

    __tablename__ = "course"
    __table_args__ = (
        CheckConstraint("origin in ('clinic', 'papers')", name="origin"),
        CheckConstraint("origin = 'clinic' or attestation <> ''", name="attested"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    origin: Mapped[str] = mapped_column(String(10), default="clinic")
    attestation: Mapped[str] = mapped_column(Text, default="")
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_by: Mapped[str] = mapped_column(String(200))

    treatments: Mapped[list["Treatment"]] = relationship(lazy="raise", order_by="Treatment.treated_on")
    completion: Mapped["Completion | None"] = relationship(lazy="raise", uselist=False)


class Treatment(Signed, Base):
    """One professional session. `gap_reason` says why the gap before it is out of the window, where it is."""

    __tablename__ = "treatment"
    __table_args__ = (
        UniqueConstraint("course_id", "treated_on"),
        CheckConstraint("bleeding in ('none', 'occasional', 'more')", name="bleeding"),
        CheckConstraint("needle_um > 0", name="needle"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    treated_on: Mapped[date] = mapped_column()
    practitioner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    practitioner_name: Mapped[str] = mapped_column(String(200))
    area: Mapped[str] = mapped_column(String(80), default="face")
    device: Mapped[str] = mapped_column(String(120), default="")
    device_lot: Mapped[str] = mapped_column(String(60), default="")
    needle_um: Mapped[int] = mapped_column(Integer)
    serum: Mapped[str] = mapped_column(String(200), default="")
    serum_lot: Mapped[str] = mapped_column(String(60), default="")
    numbing_cream: Mapped[bool] = mapped_column(default=False)
    bleeding: Mapped[str] = mapped_column(String(12), default="none")
    track_marks: Mapped[bool] = mapped_column(default=False)
    minutes_to_settle: Mapped[int | None] = mapped_column(Integer)
    notes: Mapped[str] = mapped_column(Text, default="")
    gap_reason: Mapped[str] = mapped_column(Text, default="")

    gap_decision: Mapped["GapDecision | None"] = relationship(lazy="raise", uselist=False)
    skin_seen: Mapped["SkinSeen | None"] = relationship(lazy="raise", uselist=False)

    @property
    def is_over_treated(self) -> bool:
        """More than occasional bleeding or any track mark (client brief)."""
        return self.bleeding == "more" or self.track_marks


class GapDecision(Signed, Base):
    """A practitioner's decision whether a course still counts after a gap above the policy's longest."""

    __tablename__ = "gap_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    treatment_id: Mapped[int] = mapped_column(ForeignKey("treatment.id"), unique=True)
    counts: Mapped[bool] = mapped_column()
    why: Mapped[str] = mapped_column(Text)


class SkinSeen(Signed, Base):
    """A practitioner saw the skin again after an over-treatment."""

    __tablename__ = "skin_seen"

    id: Mapped[int] = mapped_column(primary_key=True)
    treatment_id: Mapped[int] = mapped_column(ForeignKey("treatment.id"), unique=True)
    note: Mapped[str] = mapped_column(Text)


class Completion(Signed, Base):
    __tablename__ = "completion"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), unique=True)
    meaning: Mapped[str] = mapped_column(Text)
