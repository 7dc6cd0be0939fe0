"""Courses as rows: who may treat, the treatments with what was decided on them, and the signature that a course is complete.
A treatment is corrected by a new version of it with a reason: the database itself lets none be changed or taken away.
Lengths are whole micrometres (0.20 mm = 200)."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise, takewhile
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.lasting import lasts
from storefront.eligibility.signed import Signed


class Qualification(Base):
    """A practitioner's training certificate, with the document that shows it; only who holds a current one can record a
    treatment or sign. `entered_by` put it on record; both are unknown of the first ones."""

    __tablename__ = "qualification"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    registration: Mapped[str] = mapped_column(String(60), default="")
    expires_on: Mapped[date] = mapped_column()
    document_sha256: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))
    entered_by: Mapped[str] = mapped_column(String(200), default="")


class Course(Base):
    """`origin` "papers": completed before the shop existed, recorded from the clinic's papers: a document of the client's, an
    attestation, or both. `versions` are the treatments as they were ever written, `treatments` those that hold today."""

    __tablename__ = "course"
    __table_args__ = (
        CheckConstraint("origin in ('clinic', 'papers')", name="origin"),
        CheckConstraint("origin = 'clinic' or attestation <> '' or paper_id is not null", name="attested"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    origin: Mapped[str] = mapped_column(String(10), default="clinic")
    attestation: Mapped[str] = mapped_column(Text, default="")
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("sealed_file.id"))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_by: Mapped[str] = mapped_column(String(200))

    versions: Mapped[list["Treatment"]] = relationship(lazy="raise", order_by="Treatment.id")
    completions: Mapped[list["Completion"]] = relationship(lazy="raise", order_by="Completion.id")

    @property
    def treatments(self) -> list["Treatment"]:
        """What holds today, in the order of the days: no version that was replaced, nothing that did not take place. Each
        holds on to the versions before it, so that its history outlives the course in hand."""
        replaced = {version.replaces_id for version in self.versions if version.replaces is not None}
        kept = [each for each in self.versions if each.id not in replaced and not each.is_struck]
        return sorted(kept, key=lambda treatment: treatment.treated_on)

    @property
    def completion(self) -> "Completion | None":
        """The last signature, unless a treatment that it was put under turned out not to have taken place."""
        last = max(self.completions, key=lambda completion: completion.at, default=None)
        if last is not None and any(each.is_struck and each.at > last.at for each in self.versions):
            return None
        return last


class Treatment(Signed, Base):
    """One version of one professional session. `gap_reason` says why the gap before it is out of the window, where it is;
    `needle_um` is the greatest depth of its areas. What is None was not asked when it was written: in a course from papers,
    or before the record had a place for it. `health_today`: what was new in the client's health, "" when nothing was."""

    __tablename__ = "treatment"
    __table_args__ = (
        CheckConstraint("bleeding in ('none', 'occasional', 'more')", name="bleeding"),
        CheckConstraint("needle_um > 0", name="needle"),
        CheckConstraint("skin_type between 1 and 6", name="skin_type"),
        CheckConstraint("(replaces_id is null) = (correction = '')", name="correction"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("treatment.id"), unique=True)
    correction: Mapped[str] = mapped_column(Text, default="")
    is_struck: Mapped[bool] = mapped_column(default=False)
    treated_on: Mapped[date] = mapped_column()
    practitioner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    practitioner_name: Mapped[str] = mapped_column(String(200))
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consent.id"))
    screening_id: Mapped[int | None] = mapped_column(ForeignKey("screening.id"))
    health_today: Mapped[str | None] = mapped_column(Text)
    skin_type: Mapped[int | None] = mapped_column(Integer)
    needle_um: Mapped[int] = mapped_column(Integer)
    end_point: Mapped[str] = mapped_column(String(200), default="")
    numbing_cream: Mapped[bool] = mapped_column(default=False)
    bleeding: Mapped[str] = mapped_column(String(12), default="none")
    track_marks: Mapped[bool] = mapped_column(default=False)
    minutes_to_settle: Mapped[int | None] = mapped_column(Integer)
    reactions: Mapped[str] = mapped_column(Text, default="")
    aftercare_given: Mapped[bool | None] = mapped_column()
    next_on: Mapped[date | None] = mapped_column()
    notes: Mapped[str] = mapped_column(Text, default="")
    gap_reason: Mapped[str] = mapped_column(Text, default="")

    areas: Mapped[list["TreatedArea"]] = relationship(lazy="raise", order_by="TreatedArea.id")
    topicals: Mapped[list["Topical"]] = relationship(lazy="raise", order_by="Topical.id")
    gap_decisions: Mapped[list["GapDecision"]] = relationship(lazy="raise", order_by="GapDecision.id")
    skin_seen: Mapped["SkinSeen | None"] = relationship(lazy="raise", uselist=False)
    # Every version of a course is loaded with it, so that the one before is at hand and never asked for.
    replaces: Mapped["Treatment | None"] = relationship(lazy="raise_on_sql", remote_side=[id])

    @property
    def is_over_treated(self) -> bool:
        """More than occasional bleeding or any track mark (client brief)."""
        return self.bleeding == "more" or self.track_marks

    @property
    def history(self) -> Iterator["Treatment"]:
        """This version and those before it, the newest first."""
        version: Treatment | None = self
        while version is not None:
            yield version
            version = version.replaces

    @property
    def is_seen_again(self) -> bool:
        """The skin was seen again after just this: the same day, bleeding and marks, whatever else was corrected since."""
        what = (self.treated_on, self.bleeding, self.track_marks)
        told = (each for each in self.history if each.skin_seen is not None)
        return any((each.treated_on, each.bleeding, each.track_marks) == what for each in told)

    @property
    def dated_at(self) -> datetime | None:
        """When its day was last corrected; None when that stands as it was first written."""
        told = pairwise(self.history)
        return next((later.at for later, earlier in told if later.treated_on != earlier.treated_on), None)

    @property
    def reasoned_at(self) -> datetime:
        """When the reason for the gap before it was given, for just this day."""
        told = (self.treated_on, self.gap_reason)
        return list(takewhile(lambda each: (each.treated_on, each.gap_reason) == told, self.history))[-1].at

    def decision_on(self, days: int) -> "GapDecision | None":
        """What was decided on a gap of so many days before this treatment; a gap of other days is another question."""
        decided = [one for version in self.history for one in version.gap_decisions if one.days == days]
        return max(decided, key=lambda decision: decision.at, default=None)


class TreatedArea(Base):
    """Where a treatment was done, with what, how deep and how often over it."""

    __tablename__ = "treated_area"
    __table_args__ = (CheckConstraint("needle_um > 0 and passes > 0", name="depth"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    treatment_id: Mapped[int] = mapped_column(ForeignKey("treatment.id"), index=True)
    area: Mapped[str] = mapped_column(String(80))
    device: Mapped[str] = mapped_column(String(120), default="")
    device_lot: Mapped[str] = mapped_column(String(60), default="")
    needle_um: Mapped[int] = mapped_column(Integer)
    passes: Mapped[int | None] = mapped_column(Integer)


class Topical(Base):
    """What was put on the skin, with its lot."""

    __tablename__ = "topical"

    id: Mapped[int] = mapped_column(primary_key=True)
    treatment_id: Mapped[int] = mapped_column(ForeignKey("treatment.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    lot: Mapped[str] = mapped_column(String(60), default="")


class GapDecision(Signed, Base):
    """A practitioner's decision whether a course still counts after a gap above the policy's longest; of `days` days."""

    __tablename__ = "gap_decision"
    __table_args__ = (UniqueConstraint("treatment_id", "days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    treatment_id: Mapped[int] = mapped_column(ForeignKey("treatment.id"))
    days: Mapped[int] = mapped_column(Integer)
    counts: Mapped[bool] = mapped_column()
    why: Mapped[str] = mapped_column(Text)


class SkinSeen(Signed, Base):
    """A practitioner saw the skin again after an over-treatment."""

    __tablename__ = "skin_seen"

    id: Mapped[int] = mapped_column(primary_key=True)
    treatment_id: Mapped[int] = mapped_column(ForeignKey("treatment.id"), unique=True)
    note: Mapped[str] = mapped_column(Text)


class Completion(Signed, Base):
    """A practitioner signed that a course is complete; again when a treatment turned out not to have taken place."""

    __tablename__ = "completion"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    meaning: Mapped[str] = mapped_column(Text)


for signed in (Treatment, TreatedArea, Topical, GapDecision, SkinSeen, Completion):
    lasts(cast(Table, signed.__table__))
