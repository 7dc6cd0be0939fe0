"""What the worker does. Rows that are due are the queue: a job claims one with a lease, does it with no transaction open around
what lies outside, and says whether there was one. A failure is kept on the row and tried again after a growing pause."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from smtplib import SMTPException
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, bindparam, select, true, update
from sqlalchemy.exc import SQLAlchemyError

from catalogue.journal import SYSTEM
from catalogue.supplier_files import ImportFile
from catalogue.versions import Publication, in_force
from storefront import clock, upkeep
from storefront.db import db, rows_changed, transaction
from storefront.messages import sending
from storefront.messages.models import Message
from storefront.orders import daily, home_reminders, importing, recall_sending, recalling, stopping
from storefront.orders.disputes import contested_orders
from storefront.orders.home_models import HomeReminder
from storefront.orders.models import Capture, Closing, Order, Refund, Release
from storefront.orders.recall_models import RecallNotice, RecallRefund
from storefront.payments import carrying_out, reconciling
from storefront.payments.models import Reconciliation

# Does one due item, in its own transactions; false when nothing is due.
Job = Callable[[datetime], bool]
LONGEST_ROUND = 100
LEASE = timedelta(minutes=2)  # longer than any call outside may take
NIGHT = timedelta(minutes=30)  # longer than all of a week's payments take to be looked at
PIECE = timedelta(seconds=30)  # longer than a piece of a file may take; a worker that was killed is missed no longer
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
ASK_AGAIN = timedelta(minutes=5)

log = logging.getLogger("storefront.jobs")


@dataclass(frozen=True)
class Kind:
    """One sort of due row: when it is due, and how it is carried out."""

    name: str
    row: Any
    carry_out: Callable[[int, datetime], None]
    due: str = "due_at"
    lease: timedelta = LEASE
    ready: Callable[[], ColumnElement[bool]] = true
    turns: int = LONGEST_ROUND  # how many items one round does before the others have their turn

    def __call__(self, now: datetime) -> bool:
        item = self.claim(now)
        if item is not None:
            self.attempt(item, now)
        return item is not None

    @property
    def is_counted(self) -> bool:
        return self.row is not Order

    @cached_property
    def first_due(self) -> Select[Any]:
        """Written once: a worker that has nothing to do asks for it all day."""
        due = getattr(self.row, self.due)
        is_due = (due <= bindparam("now"), self.ready())
        return select(self.row.id, due).where(*is_due).order_by(due, self.row.id).limit(1)

    def claim(self, now: datetime) -> int | None:
        """The next due row, its due time moved ahead so that no other worker takes it. None when nothing is due."""
        found = db.session.execute(self.first_due, {"now": now}).first()
        db.session.rollback()
        if found is None:
            return None
        due = getattr(self.row, self.due)
        with transaction():
            mine = update(self.row).where(self.row.id == found[0], due == found[1])
            values: dict[str, Any] = {self.due: now + self.lease}
            values |= {"attempts": self.row.attempts + 1} if self.is_counted else {}
            claimed = rows_changed(mine.values(**values))
        return found[0] if claimed else self.claim(now)

    def attempt(self, item: int, now: datetime) -> None:
        """Carries one row out; whatever goes wrong outside is written on it."""
        try:
            self.carry_out(item, now)
        except SQLAlchemyError:
            raise  # the database itself: the lease runs out, and the row is due again
        except Exception as error:
            db.session.rollback()
            log.warning("%s %s failed: %r", self.name, item, error)
            self.keep_error(item, error, now)

    def keep_error(self, item: int, error: Exception, now: datetime) -> None:
        if not self.is_counted:
            return
        with transaction():
            row = db.session.get_one(self.row, item, populate_existing=True)
            row.last_error = f"{type(error).__name__}: {error}"[:500]
            if row.due_at is not None:
                row.due_at = now + pause_after(row.attempts)


def pause_after(attempts: int) -> timedelta:
    """Doubles with every failure, up to an hour."""
    doublings = max(0, min(attempts - 1, 20))
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def send_message(message_id: int, now: datetime) -> None:
    """Sends one mail, then marks it sent; one that will never arrive is given up."""
    letter = sending.read_letter(message_id)
    try:
        sending.deliver(letter, current_app.config["SETTINGS"])
    except (OSError, SMTPException, ValueError) as error:
        if not sending.is_final(letter, error, now):
            raise
        with transaction():
            sending.record_given_up(message_id, error, now)
        return
    with transaction():
        sending.record_sent(message_id, now)


def switch_specification(publication_id: int, now: datetime) -> None:
    """A version's day has come: what nobody judged is judged, and what it refuses is stopped, piece by piece, so that no lock is
    held for long. Broken off, it is taken up again, and nothing is stopped twice."""
    rules = in_force(db.session(), clock.day_of(now))
    while upkeep.judge_some(rules, now):
        pass
    for sku in stopping.fallen_by(rules):
        with transaction():
            stopping.stop_what_fell(sku, rules, SYSTEM, now)
    with transaction():
        stopping.record_switch(publication_id, now)


def ask_the_gate(order_id: int, now: datetime) -> None:
    """What time alone closes holds an order that has not left yet."""
    with transaction():
        daily.ask_again(order_id, now)


def tell_of_recall(notice_id: int, now: datetime) -> None:
    """Queues the notice of a recall, or its next reminder, for one client."""
    with transaction():
        recall_sending.tell_next(notice_id, now)


def remind(reminder_id: int, now: datetime) -> None:
    """Looks at one client's day, and queues the reminder that is due; the next look is queued with it."""
    with transaction():
        home_reminders.remind(reminder_id, now)


def give_back_for_recall(refund_id: int, now: datetime) -> None:
    """Promises one order the price of its recalled units."""
    with transaction():
        recalling.give_back(refund_id, now)


def _is_taken() -> ColumnElement[bool]:
    """Nothing is given back before it was taken, and nothing while the bank may give it back because it is contested."""
    is_taken = Refund.order_id.in_(select(Order.id).where(Order.captured_minor > 0))
    return is_taken & Refund.order_id.not_in(contested_orders())


def _may_be_taken() -> ColumnElement[bool]:
    """Nothing is taken while an order is on hold and nobody has decided what becomes of it."""
    undecided = select(Order.id).where(Order.status == "on_hold", Order.owed_back_minor < Order.total_minor)
    return Capture.order_id.not_in(undecided)


switch_due = Kind("switch", Publication, switch_specification)
GATE = Kind("gate", Order, ask_the_gate, due="judge_at", lease=ASK_AGAIN)
KINDS = (
    switch_due,
    Kind("reconciliation", Order, carrying_out.reconcile, due="ask_at", lease=ASK_AGAIN),
    GATE,
    Kind("capture", Capture, carrying_out.capture, ready=_may_be_taken),
    Kind("release", Release, carrying_out.release),
    Kind("closing", Closing, carrying_out.close),
    Kind("recall refund", RecallRefund, give_back_for_recall),
    Kind("refund", Refund, carrying_out.refund, ready=_is_taken),
    Kind("comparison", Reconciliation, reconciling.compare_books, lease=NIGHT),
    Kind("recall notice", RecallNotice, tell_of_recall),
    Kind("reminder", HomeReminder, remind),
    Kind("message", Message, send_message),
    Kind("import", ImportFile, importing.carry_on, lease=PIECE, turns=1),
)
JOBS: tuple[Job, ...] = (
    *KINDS, upkeep.warn, upkeep.warn_of_lapses, upkeep.judge_beforehand, upkeep.judge_again, upkeep.erase_requests,
    upkeep.forget_tries, upkeep.issue_papers, upkeep.tell_who_waits, reconciling.plan,
)  # fmt: skip


def run_due(now: datetime) -> int:
    """Does all that is due at an instant, also what becomes due by doing it; how many items that was."""
    done = 0
    while more := sum(_all_of(job, now) for job in JOBS):
        done += more
    return done


def _all_of(job: Job, now: datetime) -> int:
    done = 0
    while job(now):
        done += 1
    return done


def work_off(must_stop: Callable[[], bool], jobs: tuple[Job, ...] | None = None) -> int:
    """One round: every job until nothing of it is due, an item at a time, so that ending waits for one item only."""
    done = 0
    for job in JOBS if jobs is None else jobs:
        for _ in range(getattr(job, "turns", LONGEST_ROUND)):
            if must_stop() or not job(clock.now()):
                break
            done += 1
    return done
