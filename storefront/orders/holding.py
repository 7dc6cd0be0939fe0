"""Holding an accepted order, and letting it go on. An order on hold is never sent; where safety is at stake all its money is
owed back, and then it cannot go on."""

from datetime import date, datetime

from sqlalchemy import delete, func, select, update

from catalogue.journal import Who
from catalogue.ledger import Occasion
from catalogue.verdicts import Reason, Refused, Verdict, require
from storefront.clock import tomorrow
from storefront.db import db
from storefront.eligibility.records import lock_client
from storefront.orders import gate, gate_reports
from storefront.orders.dispute_models import Dispute
from storefront.orders.edit_models import OrderEdit
from storefront.orders.models import Capture, Order, Parcel
from storefront.orders.moving import move, tell
from storefront.orders.owing import end_if_given_back, owe_the_rest
from storefront.orders.records import client_id_of, lock_order, product_ids_of
from storefront.orders.rules import STOPPABLE, may_move
from storefront.orders.stop_models import Hold
from storefront.orders.units import replace_units


def hold_order(order: Order, why: Verdict, by: Who, now: datetime, gives_back: bool) -> None:
    """Stops an accepted order: it is not sent while any hold is open. `gives_back`: all the money is owed back.

    Refuses when it was sent, or never accepted.
    """
    _hold(order, why, by, now, gives_back)
    tell(order, "order_held", now, why, gives_back=gives_back)


def _hold(order: Order, why: Verdict, by: Who, now: datetime, gives_back: bool) -> None:
    if order.status not in STOPPABLE:
        require(may_move(order.status, "on_hold"))
    if order.status != "on_hold":
        move(order, "on_hold", by, now)
    told = "\n".join(reason.text for reason in why.reasons)  # a line for each code, in the same order
    hold = Hold(order_id=order.id, at=now, by_id=by.id, by_name=by.name, why=told)
    hold.codes = ",".join(why.codes)
    db.session.add(hold)
    if gives_back:
        owe_the_rest(order, "stopped", by, now)
        end_if_given_back(order, now)


def end_for_good(order: Order, why: Verdict, by: Who, now: datetime) -> None:
    """Ends an accepted order at somebody's wish: it never goes on, and all its money is owed back. Refuses as `hold_order`."""
    _hold(order, why, by, now, gives_back=True)
    tell(order, "order_ended", now, by_clinic=by.role != "client")


def lift_order(number: str, by: Who, now: datetime, today: date) -> Order:
    """Lets a held order go on and tells the client; what was packed is packed again, and units of a batch that is not for sale come
    from another.

    Refuses when more is owed back for it than for what was taken out, when its payment is contested or is of another sum, when
    the gate says no, or when no other batch has the units.
    """
    client_id = client_id_of(number)
    client = lock_client(client_id or 0)
    products = gate.lock_products(product_ids_of(number))
    order = lock_order(number)
    require(may_move(order.status, "accepted"))
    if _owes_more_back(order):
        text = "Money is owed back for this order: it cannot go on."
        raise Refused.because("wrong-state", text, "nobody", "The client may order again.")
    require(money_allows(order))
    gate_reports.insist(client, order, products, gate_reports.LIFTING, now, today)
    unpack(order)
    replace_units(order, products, gate.rules_on(today), today, Occasion(by, now, order.number))
    lift = update(Hold).where(Hold.order_id == order.id, Hold.lifted_at.is_(None))
    db.session.execute(lift.values(lifted_at=now, lifted_by=by.name))
    move(order, "accepted", by, now, judge_at=tomorrow(now))
    tell(order, "order_goes_on", now)
    return order


def may_go_on(order: Order) -> bool:
    """Whether a person may be asked to let it go on; the gate is asked when they do."""
    return order.status == "on_hold" and not _owes_more_back(order) and money_allows(order).is_yes


def _owes_more_back(order: Order) -> bool:
    """Whether more is owed back than what was taken out of it costs."""
    changed = select(func.coalesce(func.sum(OrderEdit.back_minor), 0)).where(OrderEdit.order_id == order.id)
    return order.owed_back_minor > db.session.scalars(changed).one()


def is_held_for(order: Order, code: str) -> bool:
    """Whether a hold with this reason is open."""
    open_holds = select(Hold.codes).where(Hold.order_id == order.id, Hold.lifted_at.is_(None))
    return any(code in codes.split(",") for codes in db.session.scalars(open_holds))


def money_allows(order: Order) -> Verdict:
    """Refuses while the bank has not decided a dispute, and when another sum was taken than the order costs."""
    contested = select(Dispute.id).where(Dispute.order_id == order.id, Dispute.ended_at.is_(None))
    differs = select(Capture.id).where(Capture.order_id == order.id, Capture.taken_minor.is_not(None))
    asked = (
        (contested, Reason("disputed", "Its payment is contested.", "the bank", "Wait for its decision, or stop it.")),
        (
            differs,
            Reason("captured-differs", "Another sum was taken than it costs.", "you", "Stop this order for good."),
        ),
    )
    return Verdict(tuple(reason for found, reason in asked if db.session.scalar(found.limit(1)) is not None))


def unpack(order: Order) -> None:
    """The parcel is opened: its units are sold but in no parcel."""
    db.session.execute(delete(Parcel).where(Parcel.order_id == order.id))
    for allocation in (allocation for line in order.lines for allocation in line.held):
        allocation.state = "sold"
