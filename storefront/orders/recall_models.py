"""A recall as it reaches clients: one notice for each, the attempts to reach them by other ways, the money that goes back, and
the drills. Notices and refunds are rows of the queue: whoever is killed in between leaves the rest due, and does nothing twice.
When the recall is over they stay as they were: the database itself refuses to change them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.guards import guard
from catalogue.recalls import ALWAYS, OF_RECALL, STAYS, Recall
from storefront.eligibility.models import Client
from storefront.messages.models import Message
from storefront.orders.due import Due
from storefront.orders.models import Order, Refund

ANSWERS = ("stopped", "never_received", "passed_on")
WAYS = ("phone", "letter", "mail")
OUTCOMES = ("reached", "not_reached", "came_back")


class RecallNotice(Due, Base):
    """One client of a recall. `told` counts the mails that were queued: the notice and its reminders; `message_id` is the last.
    `code` opens the page of the answer, for whoever has the mail."""

    __tablename__ = "recall_notice"
    __table_args__ = (
        UniqueConstraint("recall_id", "client_id"),
        CheckConstraint(f"answer in {ANSWERS}", name="answer"),
        CheckConstraint("(answer is null) = (answered_at is null)", name="answered"),
        CheckConstraint("units > 0 and told >= 0", name="counts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recall_id: Mapped[int] = mapped_column(ForeignKey("recall.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    address: Mapped[str] = mapped_column(String(254))
    units: Mapped[int] = mapped_column(Integer)
    told: Mapped[int] = mapped_column(Integer, default=0)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    answer: Mapped[str | None] = mapped_column(String(20))
    remedy: Mapped[str] = mapped_column(String(20), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    recall: Mapped[Recall] = relationship(lazy="raise")
    client: Mapped[Client] = relationship(lazy="raise")
    message: Mapped[Message | None] = relationship(lazy="raise")
    attempts_made: Mapped[list["RecallAttempt"]] = relationship(lazy="raise", order_by="RecallAttempt.id")
    late_answers: Mapped[list["LateAnswer"]] = relationship(lazy="raise", order_by="LateAnswer.id")

    @property
    def is_reached(self) -> bool:
        """Answered, or spoken with."""
        return self.answer is not None or any(attempt.outcome == "reached" for attempt in self.attempts_made)

    @property
    def last_word(self) -> "tuple[str, datetime] | None":
        """What the client said last and when, also after the recall was closed."""
        if self.late_answers:
            return self.late_answers[-1].answer, self.late_answers[-1].at
        return (self.answer, self.answered_at) if self.answer and self.answered_at else None

    @property
    def has_bounced(self) -> bool:
        """The last mail was refused for good, came back, or there was no address for it."""
        is_given_up = self.message is not None and self.message.given_up_at is not None
        return not self.address or is_given_up or any(one.outcome == "came_back" for one in self.attempts_made)


class RecallAttempt(Base):
    """Somebody tried to reach a client in another way; kept as it was told."""

    __tablename__ = "recall_attempt"
    __table_args__ = (
        CheckConstraint(f"way in {WAYS}", name="way"),
        CheckConstraint(f"outcome in {OUTCOMES}", name="outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("recall_notice.id"), index=True)
    way: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class LateAnswer(Base):
    """What a client said after the recall was closed: kept beside what was fixed then, because it may still matter."""

    __tablename__ = "recall_late_answer"
    __table_args__ = (CheckConstraint(f"answer in {ANSWERS}", name="answer"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("recall_notice.id"), index=True)
    answer: Mapped[str] = mapped_column(String(20))
    remedy: Mapped[str] = mapped_column(String(20), default="")
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class RecallRefund(Due, Base):
    """What an order gets back for its recalled units, once. `amount_minor` is 0 where it had all of it back before."""

    __tablename__ = "recall_refund"
    __table_args__ = (UniqueConstraint("recall_id", "order_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    recall_id: Mapped[int] = mapped_column(ForeignKey("recall.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"), unique=True)
    amount_minor: Mapped[int] = mapped_column(Integer, default=0)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))

    order: Mapped[Order] = relationship(lazy="raise")
    refund: Mapped[Refund | None] = relationship(lazy="raise")
    recall: Mapped[Recall] = relationship(lazy="raise")


class RecallDrill(Base):
    """A recall that was only tried: how long the list took, and how many of the units could be traced."""

    __tablename__ = "recall_drill"
    __table_args__ = (CheckConstraint("traced >= 0 and traced <= units", name="traced"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batches: Mapped[str] = mapped_column(Text)
    clients: Mapped[int] = mapped_column(Integer)
    units: Mapped[int] = mapped_column(Integer)
    traced: Mapped[int] = mapped_column(Integer)
    milliseconds: Mapped[int] = mapped_column(Integer)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)

    @property
    def minutes(self) -> float:
        return self.milliseconds / 60_000

    @property
    def percent(self) -> float:
        return 100 * self.traced / self.units if self.units else 100.0


def _differ(*columns: str) -> str:
    return " or ".join(f"old.{column} is distinct from new.{column}" for column in columns)


_WHO = _differ("recall_id", "client_id", "code", "address", "units", "owed_at")
_SAID = _differ("told", "answer", "answered_at", "remedy")
_OF_NOTICE = "(select r.status from recall r join recall_notice n on n.recall_id = r.id where n.id = new.notice_id)"
_MAILED = f"{OF_RECALL.format(row='old')} = 'closed' and {_differ('message_id')}"  # that it was lifted is still mailed
_OVER = "in ('closed', 'lifted')"
_EVER = "old.id is not null"
GUARDS = (
    (RecallNotice, "recall_notice_comes_with_its_sending", "insert", OF_RECALL.format(row="new") + " <> 'sent'"),
    (
        RecallNotice,
        "recall_notice_stays",
        "update",
        f"{_WHO} or ({OF_RECALL.format(row='old')} {_OVER} and ({_SAID})) or ({_MAILED})",
    ),
    (RecallNotice, "recall_notice_is_kept", "delete", ALWAYS),
    (RecallAttempt, "recall_attempt_comes_before", "insert", f"{_OF_NOTICE} {_OVER}"),
    (RecallAttempt, "recall_attempt_stays", "update", _EVER),
    (RecallAttempt, "recall_attempt_is_kept", "delete", _EVER),
    (LateAnswer, "late_answer_comes_after", "insert", f"{_OF_NOTICE} <> 'closed'"),
    (LateAnswer, "late_answer_stays", "update", _EVER),
    (LateAnswer, "late_answer_is_kept", "delete", _EVER),
    (
        RecallRefund,
        "recall_refund_stays",
        "update",
        f"old.done_at is not null and ({_differ('recall_id', 'order_id', 'refund_id', 'amount_minor', 'done_at')})",
    ),
    (RecallRefund, "recall_refund_is_kept", "delete", ALWAYS),
    (RecallDrill, "recall_drill_stays", "update", _EVER),
    (RecallDrill, "recall_drill_is_kept", "delete", _EVER),
)
for _model, _name, _on, _when in GUARDS:
    guard(_model.__table__, _name, _on, _when, STAYS)  # type: ignore[arg-type]
