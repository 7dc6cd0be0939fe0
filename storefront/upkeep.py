"""What the worker looks after that no row is due for: each asks whether there is something to do, does a piece of it in a
transaction of its own, and says whether there was."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from catalogue import lapsing, rejudging
from catalogue.catching_up import catch_up, is_behind
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.versions import awaited, in_force
from storefront import clock
from storefront.accounts.attempts import forget_old_attempts, has_old_attempts
from storefront.accounts.telling import tell_admins
from storefront.db import db, transaction
from storefront.eligibility import escalating
from storefront.eligibility.consultations import ConsultationRequest
from storefront.eligibility.erasing import erase_old_requests, old_requests
from storefront.eligibility.records import clinic_policy
from storefront.orders import invoicing
from storefront.orders.owing import captures_to_warn_of, warn_of_captures


def judge_beforehand(now: datetime) -> bool:
    """What is on sale is judged by each version that is signed or still to come, some products at a time."""
    found = awaited(db.session(), clock.day_of(now))
    is_due = any(judge_some(rules, now) for rules in found)
    db.session.rollback()
    return is_due


def judge_some(rules: Specification, now: datetime) -> bool:
    is_due = rejudging.is_unjudged(db.session(), rules)
    db.session.rollback()
    if is_due:
        with transaction():
            rejudging.judge_beforehand(db.session(), rules, now)
    return is_due


def warn_of_lapses(now: datetime) -> bool:
    """Tells the admins which proofs lapse soon, each step once; whether anybody is told stops no sale and allows none."""
    today = clock.day_of(now)
    rules = in_force(db.session(), today)
    is_due = lapsing.is_warning_due(db.session(), rules, today)
    db.session.rollback()
    try:
        if is_due:
            with transaction():
                warnings = lapsing.warn(db.session(), rules, today, now)
                told = [(db.session.get_one(Product, each.product_id), each) for each in warnings]
                tell_admins("proofs_lapse", now, lapses=told)
    except IntegrityError:
        return False  # another worker told them at the same moment
    return is_due


def judge_again(now: datetime) -> bool:
    """What the lists are filtered by is brought up to the day, some products at a time."""
    today = clock.day_of(now)
    rules = in_force(db.session(), today)
    is_due = is_behind(db.session(), rules, today)
    db.session.rollback()
    if is_due:
        with transaction():
            catch_up(db.session(), rules, today)
    return is_due


def warn(now: datetime) -> bool:
    """Mails to the clinic about money that the bank is about to let go of."""
    is_due = db.session.scalar(captures_to_warn_of(now).limit(1)) is not None
    db.session.rollback()
    if is_due:
        with transaction():
            warn_of_captures(now)
    return is_due


def erase_requests(now: datetime) -> bool:
    """Forgets requests for a consultation that are older than the privacy page says."""
    policy = clinic_policy()
    is_due = (
        db.session.scalar(select(ConsultationRequest.id).where(old_requests(policy, clock.day_of(now))).limit(1))
        is not None
    )
    db.session.rollback()
    if is_due:
        with transaction():
            erase_old_requests(policy, now)
    return is_due


def forget_tries(now: datetime) -> bool:
    """Forgets who tried to sign in or to guess, once no limit counts it any more."""
    is_due = has_old_attempts(now)
    db.session.rollback()
    if is_due:
        with transaction():
            forget_old_attempts(now)
    return is_due


def issue_papers(now: datetime) -> bool:
    """The next sheet to be drawn, else the next invoice or credit note that is owed: one at a time, in the order of the money."""
    owed = (invoicing.sheets_to_draw, invoicing.orders_to_invoice, invoicing.refunds_to_credit)
    sheet, order, refund = (db.session.scalar(found()) for found in owed)
    db.session.rollback()
    if sheet is not None:
        draw(sheet, now)
    elif order is not None:
        with transaction():
            invoicing.issue_invoice(order, now)
    elif refund is not None:
        with transaction():
            invoicing.issue_credit_note(refund, now)
    return (sheet, order, refund) != (None, None, None)


def draw(invoice_id: int, now: datetime) -> None:
    """Drawn with no transaction open, because it takes a while; kept once, whoever else drew it too."""
    content, digest = invoicing.draw_sheet(invoice_id)
    with suppress(IntegrityError), transaction():
        invoicing.keep_sheet(invoice_id, content, digest, now)


def tell_who_waits(now: datetime) -> bool:
    """Tells the practitioners, once a day, how many clients have waited for them too long."""
    is_due = escalating.is_look_due(clock.day_of(now))
    db.session.rollback()
    if is_due:
        with transaction():
            escalating.tell_who_waits(now)
    return is_due
