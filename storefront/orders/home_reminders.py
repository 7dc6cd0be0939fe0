"""Reminders that clients set for themselves. The first mail asks whether they are wanted, and each one carries the link that ends
them. No mail says what it is about: that stands on the client's page. Each day is looked at once, at the hour that was chosen."""

import secrets
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from catalogue.verdicts import Refused
from storefront.accounts.attempts import Limit, count_attempt
from storefront.accounts.devices import reminder_address
from storefront.clock import day_of, next_hour
from storefront.db import db
from storefront.eligibility import home_rules
from storefront.eligibility.home_reminder_rules import AFTER, REPLACING, USE, Standing, Wishes, kinds_due, last_told
from storefront.eligibility.models import Approval, Client
from storefront.eligibility.product_rules import next_roller_from
from storefront.eligibility.records import clinic_policy, load_client, lock_client
from storefront.eligibility.rules import approval_in_force, client_verdict, open_reactions
from storefront.messages.actions import queue_message
from storefront.orders.diary import rollers_at_home, usable
from storefront.orders.home_models import HomeReminder, HomeReminderSent
from storefront.orders.records import purchases_of

ASKED, REMINDED = "home_reminder_asked", "home_reminder"
AGAIN = "/care/same-again"
FROM_CLIENT = Limit("home-reminder", 10, timedelta(hours=1))


def reminder_of(client_id: int) -> HomeReminder | None:
    """What this client set, whether it is on or not."""
    return db.session.scalar(select(HomeReminder).where(HomeReminder.client_id == client_id))


def reminder_by_token(token: str) -> HomeReminder | None:
    """The reminders that the link of a mail belongs to."""
    return db.session.scalar(select(HomeReminder).where(HomeReminder.token == token))


def wishes_of(reminder: HomeReminder) -> Wishes:
    chosen = {USE: reminder.is_for_use, AFTER: reminder.is_for_after, REPLACING: reminder.is_for_replacing}
    return Wishes(frozenset(kind for kind, is_on in chosen.items() if is_on), reminder.hour, reminder.weekday)


def set_reminders(client_id: int, wishes: Wishes, now: datetime) -> HomeReminder:
    """Keeps what the client wants; unless they are on already, a mail asks for the press that begins them. Refuses without an
    approval in force, when nothing is wished for, and (429) when too many mails were asked for."""
    client = lock_client(client_id)
    if approval_in_force(client, day_of(now)) is None:
        text = "Reminders are for home care, and no approval of yours is in force."
        raise Refused.because("no-approval", text, "your practitioner", "Call the clinic when you want to go on.")
    if not wishes.kinds:
        raise Refused.because("no-wish", "Nothing is chosen.", "you", "Choose a day, or end the reminders.")
    found = reminder_of(client_id) or HomeReminder(client_id=client_id, confirmed_at=None, stopped_at=None)
    is_on = found.is_on
    found.is_for_use, found.is_for_after = USE in wishes.kinds, AFTER in wishes.kinds
    found.is_for_replacing, found.weekday, found.hour = REPLACING in wishes.kinds, wishes.weekday, wishes.hour
    found.due_at = next_hour(found.hour, now) if is_on else None
    if not is_on:
        count_attempt(FROM_CLIENT, client.number, now)
        _ask(found, client, now)
    db.session.add(found)
    db.session.flush()
    return found


def _ask(reminder: HomeReminder, client: Client, now: datetime) -> None:
    """A new link, so that those of earlier mails begin nothing."""
    reminder.token, reminder.asked_at = secrets.token_urlsafe(32), now
    reminder.confirmed_at = reminder.stopped_at = None
    queue_message(ASKED, client.email, now, about=client.number, client=client, address=_address(reminder))


def _address(reminder: HomeReminder) -> str:
    """Where the link of a mail leads."""
    return f"{current_app.config['SETTINGS'].base_url}/reminders/{reminder.token}"


def confirm_reminders(token: str, now: datetime) -> HomeReminder:
    """They are wanted, says who has the mail. LookupError when the link is none."""
    found = _locked(token)
    if not found.is_on:
        found.confirmed_at, found.stopped_at = now, None
        found.due_at = next_hour(found.hour, now)
    return found


def stop_reminders(token: str, now: datetime) -> HomeReminder:
    """They are not wanted any more. LookupError when the link is none."""
    found = _locked(token)
    found.stopped_at = found.stopped_at or now
    found.due_at = None
    return found


def _locked(token: str) -> HomeReminder:
    mine = select(HomeReminder).where(HomeReminder.token == token).with_for_update()
    found = db.session.scalar(mine.execution_options(populate_existing=True))
    if found is None:
        raise LookupError(token)
    return found


def remind(reminder_id: int, now: datetime) -> None:
    """Looks at the day for one client: one mail when anything is due, each kind once a day. Nothing is sent while no approval is in
    force or a report of theirs is open."""
    mine = select(HomeReminder).where(HomeReminder.id == reminder_id).with_for_update(of=HomeReminder)
    mine = mine.options(selectinload(HomeReminder.sent)).execution_options(populate_existing=True)
    reminder, today = db.session.scalars(mine).one(), day_of(now)
    reminder.due_at = next_hour(reminder.hour, now) if reminder.is_on else None
    reminder.attempts, reminder.last_error = 0, ""
    client = load_client(reminder.client_id) if reminder.is_on else None
    approval = approval_in_force(client, today)
    if client is None or approval is None or open_reactions(client):
        return
    told = last_told((each.kind, each.sent_on) for each in reminder.sent)
    due = kinds_due(wishes_of(reminder), standing_of(client, approval, today), told, today)
    reminder.sent += [HomeReminderSent(kind=kind, sent_on=today) for kind in due]
    if due:
        links = {"address": _address(reminder), "again": reminder_address(client.account_id, AGAIN, now)}
        queue_message(REMINDED, client.email, now, about=client.number, client=client, **links)


def standing_of(client: Client, approval: Approval, today: date) -> Standing:
    """What the reminders of a day depend on."""
    policy, owned = clinic_policy(), rollers_at_home(client.id)
    at_hand = usable(owned, client, approval)
    days = home_rules.days_of(each.roller for each in owned)
    verdict = client_verdict(client, policy, today)
    return Standing(
        may_roll=home_rules.may_roll(verdict, approval, at_hand, policy, today).is_yes,
        opens_on=home_rules.may_roll_from(days, policy),
        pace=home_rules.pace_of(approval, policy),
        days=days,
        next_roller_on=next_roller_from(approval, purchases_of(client.id), policy),
    )
