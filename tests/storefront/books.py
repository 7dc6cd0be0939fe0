"""The one thing that is asked after every fault, whatever it was: no row is broken, and the money at Stripe is the money in the
books. Stripe is whoever the shop asks: the book in memory, the stand-in's process, or the stand-in of a whole running shop."""

from collections import Counter
from datetime import UTC, date, datetime

from sqlalchemy import func, select

from storefront.db import db
from storefront.orders.audit import broken_rows
from storefront.orders.dispute_rules import REOPENS
from storefront.orders.models import Order, Refund
from storefront.payments import api
from storefront.payments.stripe_values import Intent

EVER = datetime(2000, 1, 1, tzinfo=UTC)


def books_agree(today: date) -> None:
    """The audit prints nothing; every order was paid once or never, and what Stripe kept of it is what the books say."""
    broken = list(broken_rows(today))
    assert broken == [], "; ".join(broken)
    ours = kept_in_the_books()
    paid = [intent for intent in api().intents_since(EVER) if intent.received.minor]
    numbers = Counter(intent.order_number for intent in paid)
    twice = [number for number, times in numbers.items() if times > 1]
    assert twice == [], f"paid twice: {twice}"
    theirs = {intent.order_number: kept_at_stripe(intent) for intent in paid if kept_at_stripe(intent)}
    assert theirs == ours, f"Stripe kept {theirs}, the books say {ours}"


def kept_at_stripe(intent: Intent) -> int:
    """What was taken, less what was given back and what the bank took back in a dispute that is lost, or was and is appealed."""
    contested = api().read_intent(intent.id, is_contested=True).disputes if intent.is_disputed else ()
    return intent.kept.minor - sum(each.withdrawn_minor for each in contested if each.status in ("lost", *REOPENS))


def kept_in_the_books() -> dict[str, int]:
    """By order; money that a client's bank sent back is with Stripe again."""
    returned = select(func.coalesce(func.sum(Refund.amount_minor), 0))
    returned = returned.where(Refund.order_id == Order.id, Refund.returned_at.is_not(None))
    kept = Order.captured_minor - Order.refunded_minor + returned.scalar_subquery()
    found = {number: minor for number, minor in db.session.execute(select(Order.number, kept)) if minor}
    db.session.rollback()
    return found
