"""Recalls: which batches are called back from the people who have them, how bad it is, and the notice that tells them. What a
person decided (opened, sent, closed, lifted) is a row with by, at and why; `status` is a column, because its moves are guarded.
The database itself keeps what was sent as it was sent, and what is over as it ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    CursorResult,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column, relationship

from catalogue import journal
from catalogue.base import Base, UTCDateTime
from catalogue.batches import Batch
from catalogue.guards import guard
from catalogue.journal import Who
from catalogue.verdicts import Stale

SEVERITIES = ("serious", "other")  # serious: harm needs rapid intervention, Regulation (EU) 2023/988, article 3(5)
UNDER_WAY = ("open", "sent")


class Recall(Base):
    """open: off sale, the notice is being written; sent: the clients are told; closed: everybody was reached or tried;
    lifted: it was a mistake. `where_picture` shows where on the pack the number stands. `notice` is the notice as JSON, fixed
    once it is sent; `report` is what held when it was closed."""

    __tablename__ = "recall"
    __table_args__ = (
        CheckConstraint(f"severity in {SEVERITIES}", name="severity"),
        CheckConstraint("status in ('open', 'sent', 'closed', 'lifted')", name="status"),
        CheckConstraint("status <> 'closed' or report <> ''", name="reported"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    status: Mapped[str] = mapped_column(String(10), default="open", index=True)
    severity: Mapped[str] = mapped_column(String(10))
    cause: Mapped[str] = mapped_column(Text)
    notice: Mapped[str] = mapped_column(Text, default="{}")
    report: Mapped[str] = mapped_column(Text, default="")
    picture: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    picture_type: Mapped[str] = mapped_column(String(60), default="")
    where_picture: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    where_picture_type: Mapped[str] = mapped_column(String(60), default="", server_default="")
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)

    batches: Mapped[list[Batch]] = relationship(secondary="recall_batch", lazy="raise", order_by=Batch.id)
    decisions: Mapped[list["RecallDecision"]] = relationship(lazy="raise", order_by="RecallDecision.id")

    @property
    def is_under_way(self) -> bool:
        return self.status in UNDER_WAY


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a notice, drawn anew."""

    media_type: str
    content: bytes


def picture_of(session: Session, number: str, is_where: bool, *only: ColumnElement[bool]) -> Picture | None:
    """The picture of the product, or of where the number stands."""
    of_product, of_place = (Recall.picture_type, Recall.picture), (Recall.where_picture_type, Recall.where_picture)
    found = session.execute(select(*(of_place if is_where else of_product)).where(Recall.number == number, *only))
    media_type, content = found.one_or_none() or ("", None)
    return None if content is None else Picture(media_type, content)


class RecallBatch(Base):
    __tablename__ = "recall_batch"

    recall_id: Mapped[int] = mapped_column(ForeignKey("recall.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True, index=True)


class RecallDecision(Base):
    """Who opened, sent, closed or lifted, when and why."""

    __tablename__ = "recall_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    recall_id: Mapped[int] = mapped_column(ForeignKey("recall.id"), index=True)
    decision: Mapped[str] = mapped_column(String(10))
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    why: Mapped[str] = mapped_column(Text)


_IS_SENT = """old.status <> 'open' and (new.status = 'open' or old.notice <> new.notice
    or old.picture is distinct from new.picture or old.picture_type <> new.picture_type
    or old.where_picture is distinct from new.where_picture or old.where_picture_type <> new.where_picture_type)"""
_IS_OVER = "old.status in ('closed', 'lifted') and (old.status <> new.status or old.report <> new.report)"
_OPENED = " or ".join(f"old.{name} <> new.{name}" for name in ("id", "number", "severity", "cause", "opened_at"))
STAYS = "a recall stays as it was sent and as it ended"
ALWAYS = "old.recall_id is not null"
OF_RECALL = "(select r.status from recall r where r.id = {row}.recall_id)"
GUARDS = (
    (Recall, "recall_stays", "update", f"{_OPENED} or {_IS_SENT} or {_IS_OVER}"),
    (Recall, "recall_is_kept", "delete", "old.id is not null"),
    (RecallBatch, "recall_batch_comes_before", "insert", OF_RECALL.format(row="new") + " <> 'open'"),
    (RecallBatch, "recall_batch_stays", "update", ALWAYS),
    (RecallBatch, "recall_batch_is_kept", "delete", ALWAYS),
    (RecallDecision, "recall_decision_comes_before", "insert", OF_RECALL.format(row="new") + " = 'closed'"),
    (RecallDecision, "recall_decision_stays", "update", ALWAYS),
    (RecallDecision, "recall_decision_is_kept", "delete", ALWAYS),
)
for _model, _name, _on, _when in GUARDS:
    guard(_model.__table__, _name, _on, _when, STAYS)  # type: ignore[arg-type]


def decide(session: Session, recall: Recall, decision: str, by: Who, now: datetime, why: str = "") -> None:
    """Keeps what a person decided, and notes it."""
    session.add(
        RecallDecision(recall_id=recall.id, decision=decision, by_id=by.id, by_name=by.name, at=now, why=why.strip())
    )
    journal.note(session, f"recall {decision}", "recall", recall.number, by, now)


def move(session: Session, recall: Recall, olds: tuple[str, ...], new: str, **also: object) -> None:
    """Moves a recall on. Refuses (Stale) when it is no longer where it was."""
    guarded = update(Recall).where(Recall.id == recall.id, Recall.status.in_(olds)).values(status=new, **also)
    done = cast(CursorResult[Any], session.execute(guarded.execution_options(synchronize_session=False)))
    if done.rowcount != 1:
        raise Stale.because("recall-moved", f"{recall.number} can no longer become {new}.", "you", "Reload the page.")
    session.refresh(recall, ["status", *also])


def locked_recall(session: Session, number: str) -> Recall:
    """The recall under its lock, its batches and decisions with it. LookupError when there is none."""
    held = session.scalar(select(Recall).where(Recall.number == number).with_for_update())
    if held is None:
        raise LookupError(number)
    session.refresh(held, ["status", "notice", "picture_type", "where_picture_type", "batches", "decisions"])
    return held


def insist_under_way(recall: Recall) -> None:
    """Refuses (Stale) when it is over."""
    if not recall.is_under_way:
        raise Stale.because("recall-moved", f"{recall.number} is {recall.status}.", "nobody", "Look at it again.")
