"""Closing a report of a reaction with all that its outcome brings about: the approval is withdrawn before, and the price of a
product that was not for this skin goes back, with nothing to be returned. It reaches approvals and money, so it lives here."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from catalogue.journal import Who
from storefront.db import db
from storefront.eligibility import actions as care
from storefront.eligibility.approval_rules import approval_in_force
from storefront.eligibility.models import Reaction, ReactionOutcome
from storefront.eligibility.reaction_rules import OUTCOMES
from storefront.eligibility.records import lock_client
from storefront.eligibility.signatures import insist_qualified
from storefront.orders.models import Order, OrderLine, Refund
from storefront.orders.paying_back import pay_units
from storefront.orders.records import lock_order, records_of
from storefront.orders.rules import LEFT
from storefront.orders.stopping import withdraw_approval

# What the desk reads beside the refund: whose decision it was, and nothing of anybody's health.
WHY = "decided by the practitioner"


def close_reaction(
    client_id: int, reaction_id: int, outcome: str, told: str, by: Who, today: date, now: datetime
) -> ReactionOutcome:
    """Closes a reaction and carries its outcome out. Refuses what the record's rule refuses; then nothing is changed."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    decided = OUTCOMES.get(outcome)
    if decided is not None and decided.ends_approval and told.strip() and approval_in_force(client, today):
        withdraw_approval(client_id, told, by, now)
    closed = care.close_reaction(client_id, reaction_id, outcome, told, by, today, now)
    if OUTCOMES[outcome].ends_approval:
        reaction = next(each for each in lock_client(client_id).reactions if each.id == reaction_id)
        give_price_back(reaction, by, now)
    return closed


def give_price_back(reaction: Reaction, by: Who, now: datetime) -> Refund | None:
    """Promises back what the client paid for the product of a report, once for each line; None when it names no product of an
    order that left, or nothing of that order is left to be given back."""
    line = _line_of(reaction)
    if line is None or db.session.scalar(select(Refund.id).where(Refund.line_id == line.id)) is not None:
        return None
    order = lock_order(line.order.number)
    refund = pay_units(order, {line.id: line.units}, WHY, by, now)
    if refund is not None:
        refund.line_id = line.id
    return refund


def _line_of(reaction: Reaction) -> OrderLine | None:
    """The line that the report is about; when it names no order, the last one that brought the product to this person."""
    found = select(OrderLine).join(OrderLine.order).where(OrderLine.product_id == reaction.product_id)
    found = found.where(Order.client_id.in_(records_of(reaction.client_id)), Order.status.in_(LEFT))
    if reaction.order_number:
        found = found.where(Order.number == reaction.order_number)
    latest = found.where(Order.placed_at <= reaction.at).order_by(Order.id.desc())
    return db.session.scalar(latest.options(contains_eager(OrderLine.order)).limit(1))
