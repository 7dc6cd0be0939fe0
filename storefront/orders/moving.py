"""The parts that every verb on orders shares: the guarded move, the units that go back, and the mail to the client."""

from datetime import datetime

from flask import current_app
from sqlalchemy import update

from catalogue import stock
from catalogue.journal import Who, note
from catalogue.ledger import Occasion
from catalogue.verdicts import Stale, Verdict, require
from storefront.db import db, rows_changed
from storefront.eligibility.models import Client
from storefront.messages.actions import queue_message
from storefront.orders.discount_uses import give_use_back
from storefront.orders.early_uses import give_exceptions_back
from storefront.orders.models import Allocation, Order
from storefront.orders.rules import NEVER_LEFT, STOPPABLE, UNPAID_ENDS, WORDS, may_move
from storefront.orders.stop_models import Cancellation
from storefront.orders.telling import for_the_mail, hides_care


def move(order: Order, new: str, by: Who, now: datetime, **also: object) -> None:
    """Moves an order and notes it. Refuses when the table has no such move; Stale when somebody moved it first."""
    old = order.status
    require(may_move(old, new))
    guarded = update(Order).where(Order.id == order.id, Order.status == old)
    if rows_changed(guarded.values(status=new, **also)) != 1:
        raise Stale.because("wrong-state", "Somebody else moved this order first.", "nobody", "Look at it again.")
    if old in STOPPABLE and new in NEVER_LEFT:
        give_exceptions_back(order, now)
    if new in UNPAID_ENDS:
        give_use_back(order)
    note(db.session(), f"order {WORDS[new]}", "order", order.number, by, now, was=old)


def add_cancellation(order: Order, why: Verdict, by: Who, now: datetime) -> None:
    """Keeps by whom, when and why an order ended."""
    told = "\n".join(reason.text for reason in why.reasons)  # a line for each code, in the same order
    cancellation = Cancellation(order_id=order.id, at=now, by_id=by.id, by_name=by.name, why=told)
    cancellation.codes = ",".join(why.codes)
    db.session.add(cancellation)


def tell(order: Order, kind: str, now: datetime, verdict: Verdict | None = None, **particulars: object) -> None:
    """Queues a mail about an order to its client. A reason that touches their care is read on the order's page instead."""
    client = db.session.get_one(Client, order.client_id)
    reasons = for_the_mail(verdict) if verdict else []
    particulars |= {"reasons": reasons, "has_more": verdict is not None and hides_care(verdict)}
    queue_message(kind, client.email, now, order.number, order=order, client=client, **particulars)


def tell_clinic(order: Order, kind: str, now: datetime, **particulars: object) -> None:
    """Queues a mail to the clinic about the money of an order, which a person has to look at."""
    queue_message(kind, current_app.config["SETTINGS"].clinic_email, now, order.number, order=order, **particulars)


def give_back(order: Order, by: Who, now: datetime) -> None:
    """Every unit that the order still holds returns to its batch; batches in the order of their ids."""
    held = [allocation for line in order.lines for allocation in line.held]
    for allocation in sorted(held, key=lambda one: (one.batch_id, one.id)):
        _return(allocation, Occasion(by, now, order.number))


def _return(allocation: Allocation, occasion: Occasion) -> None:
    session = db.session()
    if allocation.state == "reserved":
        stock.unreserve(session, allocation.batch_id, allocation.quantity, occasion)
    else:
        stock.put_back(session, allocation.batch_id, allocation.quantity, occasion)
    allocation.state = "released"
