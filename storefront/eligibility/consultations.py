"""A visitor's request for a free consultation: the way into a course. What they tell of their skin is health data, so it
stays in its row: the mails only say that a request waits, and the journal holds its reference."""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload

from catalogue import journal
from catalogue.base import Base, UTCDateTime
from catalogue.journal import Who
from catalogue.verdicts import Stale
from storefront.accounts.attempts import Limit, count_attempt
from storefront.db import db
from storefront.eligibility.consultation_rules import CONCERNS
from storefront.messages.actions import queue_message

WINDOW = timedelta(hours=1)
FROM_ADDRESS = Limit("consultation-from", 5, WINDOW)
OF_EVERYBODY = Limit("consultation", 60, WINDOW)
CHANGES = Limit("consultation-changes", 10, timedelta(days=1))
VISITOR = Who(None, "a visitor", "visitor")


class ConsultationRequest(Base):
    """`reference` is what both sides call it; answered once an answer exists. `sequence` counts what the visitor's calendar
    has to learn: a time picked, moved or given up."""

    __tablename__ = "consultation_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), index=True)
    phone: Mapped[str] = mapped_column(String(40), default="")
    concern: Mapped[str] = mapped_column(Text)
    wishes: Mapped[str] = mapped_column(Text, default="")
    times: Mapped[str] = mapped_column(Text, default="")
    concerns: Mapped[str] = mapped_column(String(200), default="", server_default="")
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    sequence: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    answer: Mapped["ConsultationAnswer | None"] = relationship(lazy="raise", uselist=False)
    offers: Mapped[list["ConsultationOffer"]] = relationship(lazy="raise", order_by="ConsultationOffer.id")
    taken: Mapped["ConsultationTime | None"] = relationship(lazy="raise", uselist=False, viewonly=True)

    @property
    def concern_names(self) -> list[str]:
        return [CONCERNS[code] for code in self.concerns.split(",") if code in CONCERNS]


class ConsultationAnswer(Base):
    """Who called or wrote back, when, and what came of it: also a client."""

    __tablename__ = "consultation_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("consultation_request.id"), unique=True)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    note: Mapped[str] = mapped_column(Text)


class ConsultationTime(Base):
    """A time of one practitioner, offered to one visitor or several; `taken_by_id` is whoever picked it first. A visitor has
    one time at most."""

    __tablename__ = "consultation_time"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    practitioner_name: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("consultation_request.id"), unique=True)

    taken_by: Mapped[ConsultationRequest | None] = relationship(lazy="raise", viewonly=True)


class ConsultationOffer(Base):
    """One time offered to one visitor."""

    __tablename__ = "consultation_offer"
    __table_args__ = (UniqueConstraint("request_id", "time_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("consultation_request.id"), index=True)
    time_id: Mapped[int] = mapped_column(ForeignKey("consultation_time.id"), index=True)

    time: Mapped[ConsultationTime] = relationship(lazy="raise")


class ConsultationLink(Base):
    """What a mail to the visitor holds: opens this one request and nothing else, until the last time offered begins. Kept as
    a hash, so that who reads the database cannot use it."""

    __tablename__ = "consultation_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("consultation_request.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor asks for, as typed and trimmed; `concerns` are codes with commas between."""

    name: str
    email: str
    phone: str
    concern: str
    wishes: str
    times: str
    concerns: str = ""


def ask_for_consultation(wish: Wish, address: str, clinic_email: str, now: datetime) -> ConsultationRequest:
    """Writes the request and tells both sides; the same wish again within the hour is the same request.
    Refuses (429) when one address, or everybody together, asked too often within the hour."""
    if earlier := same_wish(wish, now):
        return earlier
    count_attempt(FROM_ADDRESS, address, now)
    count_attempt(OF_EVERYBODY, "", now)
    reference = f"F-{secrets.token_hex(4).upper()}"
    request = ConsultationRequest(reference=reference, asked_at=now, **asdict(wish))
    db.session.add(request)
    journal.note(db.session(), "consultation asked for", "consultation", reference, VISITOR, now)
    queue_message("consultation_asked", clinic_email, now, about=reference, reference=reference)
    queue_message("consultation_received", wish.email, now, about=reference, reference=reference)
    return request


def same_wish(wish: Wish, now: datetime) -> ConsultationRequest | None:
    """A double press, or the same form sent again after going back."""
    lately = select(ConsultationRequest).where(ConsultationRequest.asked_at > now - WINDOW)
    return db.session.scalar(lately.filter_by(**asdict(wish)).limit(1))


def open_requests() -> list[ConsultationRequest]:
    """Those that nobody answered yet, oldest first, with the times offered."""
    unanswered = select(ConsultationRequest).where(~ConsultationRequest.answer.has())
    unanswered = unanswered.options(
        joinedload(ConsultationRequest.taken),
        selectinload(ConsultationRequest.offers).joinedload(ConsultationOffer.time),
    )
    fresh = unanswered.order_by(ConsultationRequest.asked_at).execution_options(populate_existing=True)
    return list(db.session.scalars(fresh))


def count_open() -> int:
    """How many nobody answered yet."""
    return db.session.scalar(select(func.count(ConsultationRequest.id)).where(~ConsultationRequest.answer.has())) or 0


def answer_request(reference: str, note: str, by: Who, now: datetime) -> ConsultationAnswer:
    """Notes what came of a request. Refuses when somebody answered it already, or there is none of that reference."""
    request_id = db.session.scalar(select(ConsultationRequest.id).filter_by(reference=reference).with_for_update())
    answered = select(ConsultationAnswer.id).where(ConsultationAnswer.request_id == request_id)
    if request_id is None or db.session.scalar(answered):
        raise Stale.because("already-answered", "Somebody has already answered this request.")
    answer = ConsultationAnswer(request_id=request_id, by_id=by.id, by_name=by.name, at=now, note=note)
    db.session.add(answer)
    journal.note(db.session(), "consultation answered", "consultation", reference, by, now)
    return answer
