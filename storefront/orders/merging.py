"""Merging two records of one person: what it would do, listed before the press, and the act. It reaches orders, so it lives
here: no approval outlives it, and whatever is under way in either record stops."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from catalogue.journal import Who
from catalogue.verdicts import Verdict, require
from storefront.db import db
from storefront.eligibility import merges
from storefront.eligibility.approval_rules import approval_in_force
from storefront.eligibility.duplicate_rules import may_merge
from storefront.eligibility.merges import CarriedOver, ClientMerge
from storefront.eligibility.models import Client
from storefront.eligibility.records import clinic_policy, lock_client
from storefront.eligibility.signatures import insist_qualified
from storefront.messages.actions import queue_message
from storefront.orders.basket_models import BasketLine
from storefront.orders.baskets import leave_basket
from storefront.orders.discount_uses import lay_in_basket
from storefront.orders.models import Order
from storefront.orders.rules import STOPPABLE, UNPAID
from storefront.orders.stopping import stop_orders_of


@dataclass(frozen=True, slots=True)
class Effects:
    """What a merge would do today."""

    carried: CarriedOver
    approvals: tuple[Client, ...]
    stopping: int
    staying: int
    in_basket: int


def effects_of(kept: Client, merged: Client, today: date) -> Effects:
    """Asked before anybody presses; changes nothing. Four queries."""
    both = [client for client in (kept, merged) if approval_in_force(client, today)]
    open_orders = Order.client_id.in_((kept.id, merged.id)), Order.status.in_(UNPAID + STOPPABLE)
    return Effects(
        carried=merges.to_carry_over(kept, merged, clinic_policy(), today),
        approvals=tuple(both),
        stopping=_count(select(func.count(Order.id)).where(*open_orders)),
        staying=_count(select(func.count(Order.id)).where(Order.client_id == merged.id)),
        in_basket=_count(select(func.count(BasketLine.id)).where(BasketLine.client_id == merged.id)),
    )


def _count(counted: object) -> int:
    return db.session.scalar(counted) or 0  # type: ignore[call-overload]


def merge_clients(kept: str, merged: str, why: str, by: Who, today: date, now: datetime) -> ClientMerge:
    """Merges the record of one number into that of another. Refuses what `may_merge` refuses, or when `by` is not qualified.
    Both are locked in one order, so that of two merges at once the second sees the first."""
    ids = {number: db.session.scalar(select(Client.id).where(Client.number == number)) for number in (kept, merged)}
    locked = {client_id: lock_client(client_id or 0) for client_id in sorted(ids.values(), key=lambda each: each or 0)}
    one, other = locked[ids[kept]], locked[ids[merged]]
    insist_qualified(by, today)
    require(may_merge(one, other, why))
    carried = merges.to_carry_over(one, other, clinic_policy(), today)
    merges.withdraw_both(one, other, why.strip(), by, now)
    merges.carry_over(one, other, carried, by, today, now)
    found = merges.close_record(one, other, why.strip(), by, now)
    leave_basket(other.id, one.id, now)
    lay_in_basket(other.id, None)
    for client_id in locked:
        stop_orders_of(client_id or 0, by, now)
    queue_message("news", one.email, now, about=one.number, client=one)
    return found


def verdict_beforehand(kept: Client, merged: Client) -> Verdict:
    """What would stand against it, but for the reason that is still to be written."""
    return may_merge(kept, merged, why="to be written")
