"""A mail to a visitor on the day on which they may buy at the earliest. It waits in the outbox and nowhere else, and says
nothing of what is bought or why."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from catalogue.verdicts import Refused
from storefront.accounts.actions import normal_email
from storefront.accounts.attempts import Limit, count_attempt
from storefront.clock import beginning_of, day_of
from storefront.db import db
from storefront.eligibility.consultation_rules import home_care_from
from storefront.eligibility.records import clinic_policy
from storefront.messages.actions import queue_message
from storefront.messages.models import Message

KIND = "reminder"
FROM_ADDRESS = Limit("reminder-from", 5, timedelta(hours=1))
MORNING = timedelta(hours=9)


def ask_for_reminder(email: str, began_on: date, address: str, now: datetime) -> date:
    """Queues the mail for the morning of the day, which is given back; one mail waits for an address at most. Refuses when the
    day is past or beyond reckoning, and (429) when one address asked too often."""
    today = day_of(now)
    try:
        day = home_care_from(began_on, clinic_policy())
    except OverflowError:
        day = today
    if not today < day <= today + timedelta(days=2 * 365):
        text = "By this date there is nothing to wait for: it is past, or too far away."
        raise Refused.because("no-reminder", text, "your practitioner", "Ask at the clinic what is open to you.")
    count_attempt(FROM_ADDRESS, address, now)
    to = normal_email(email)
    waiting = select(Message.id).where(Message.kind == KIND, Message.to == to, Message.sent_at.is_(None))
    if db.session.scalar(waiting.limit(1)) is None:
        queue_message(KIND, to, beginning_of(day) + MORNING, asked_on=today)
    return day
