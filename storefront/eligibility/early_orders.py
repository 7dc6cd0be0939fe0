"""Doing: exceptions for orders that are too early. A client asks, with a reason; a currently qualified practitioner answers once,
and the client is told to look. Nothing here opens an order: the gate reads what was granted."""

from datetime import date, datetime

from catalogue.journal import Who
from catalogue.verdicts import Stale, require
from storefront.db import db
from storefront.eligibility.approval_rules import approval_in_force
from storefront.eligibility.early_models import EarlyAnswer, EarlyWish
from storefront.eligibility.early_rules import MEANING, Grant, may_answer_wish, may_wish, wishes_of
from storefront.eligibility.product_rules import Purchases, Wanted
from storefront.eligibility.reasons import day_in_words
from storefront.eligibility.records import clinic_policy, lock_client
from storefront.eligibility.signatures import found_in, insist_qualified, note, registration_of, signature
from storefront.messages.actions import queue_message


def wish_early(
    client_id: int, line: Wanted, why: str, purchases: Purchases, by: Who, today: date, now: datetime
) -> EarlyWish:
    """Asks for an exception for one product. Refuses what `may_wish` refuses."""
    client = lock_client(client_id)
    verdict, day = may_wish(client, line, why, purchases, clinic_policy(), today)
    require(verdict)
    approval = approval_in_force(client, today)
    if approval is None or day is None:
        raise AssertionError("the rule refuses without an approval and a day")
    wish = EarlyWish(
        product_id=line.product.id, name=line.product.name, quantity=line.quantity, opens_on=day, answer=None
    )
    wish.why, wish.by_id, wish.by_name, wish.at = why.strip(), by.id, by.name, now
    approval.early_wishes.append(wish)
    db.session.flush()
    note("early order asked for", client, by, now, wish=wish.id)
    return wish


def answer_wish(
    client_id: int, wish_id: int, grant: Grant | None, told: str, by: Who, today: date, now: datetime
) -> EarlyAnswer:
    """Grants what a client asked for, or does not (None), signed, and tells the client to look. Refuses what `may_answer_wish`
    refuses, or when `by` is not qualified; Stale when somebody answered first."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    wish = found_in(wishes_of(client), wish_id, "wish")
    if wish.answer is not None:
        text = f"{wish.answer.by_name} answered this on {day_in_words(wish.answer.at.date())}."
        raise Stale.because("answered", text, "nobody", "Look at the record again.")
    require(may_answer_wish(client, wish, grant, told, today))
    answer = EarlyAnswer(is_granted=grant is not None, note=told.strip(), meaning=MEANING, **signature(by, now))
    answer.quantity, answer.until = (grant.quantity, grant.until) if grant else (None, None)
    answer.by_role, answer.registration = by.role, registration_of(by, today)
    wish.answer = answer
    db.session.flush()
    note("early order granted" if grant else "early order not granted", client, by, now, wish=wish.id)
    queue_message("news", client.email, now, about=client.number, client=client)
    return answer
