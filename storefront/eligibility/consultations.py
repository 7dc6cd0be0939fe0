"""A visitor's request for a free consultation: the way into a course. What they tell of their skin is health data, so it
stays in its row: the mails only say that a request waits, and the journal holds its reference."""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Integer, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue import journal
from catalogue.base import Base, UTCDateTime
from catalogue.journal import Who
from catalogue.verdicts import Stale
from storefront.accounts.attempts import Limit, count_attempt
from storefront.db import db
from storefront.messages.actions import queue_message

WINDOW = timedelta(hours=1)
FROM_ADDRESS = Limit("consultation-from", 5, WINDOW)
OF_EVERYBODY = Limit("consultation", 60, WINDOW)
VISITOR = Who(None, "a visitor", "visitor")


class ConsultationRequest(Base):
    """`reference` is what both sides call it; answered once an answer exists."""

    __tablename__ = "consultation_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), index=True)
    phone: Mapped[str] = mapped_column(String(40), default="")
    concern: Mapped[str] = mapped_column(Text)
    wishes: Mapped[str] = mapped_column(Text, default="")
    times: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)

    answer: Mapped["ConsultationAnswer | None"] = relationship(lazy="raise", uselist=False)


class ConsultationAnswer(Base):
    """Who called or wrote back, when, and what came of it."""

    __tablename__ = "consultation_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("consultation_request.id"), unique=True)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    note: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor asks for, as typed and trimmed."""

    name: str
    email: str
    phone: str
    concern: str
    wishes: str
    times: str


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
    """Those that nobody answered yet, oldest first."""
    unanswered = select(ConsultationRequest).where(~ConsultationRequest.answer.has())
    return list(db.session.scalars(unanswered.order_by(ConsultationRequest.asked_at)))


def answer_request(reference: str, note: str, by: Who, now: datetime) -> ConsultationAnswer:
    """Notes what came of a request. Refuses when somebody answered it already, or there is none of that reference."""
    request_id = db.session.scalar(select(ConsultationRequest.id).filter_by(reference=reference))
    answered = select(ConsultationAnswer.id).where(ConsultationAnswer.request_id == request_id)
    if request_id is None or db.session.scalar(answered):
        raise Stale.because("already-answered", "Somebody has already answered this request.")
    answer = ConsultationAnswer(request_id=request_id, by_id=by.id, by_name=by.name, at=now, note=note)
    db.session.add(answer)
    journal.note(db.session(), "consultation answered", "consultation", reference, by, now)
    return answer
