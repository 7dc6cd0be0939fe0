"""Loading the demo clinic once into an empty database, and saying who one can be there. The payment stand-in has to be up,
because its orders were paid for at it."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from catalogue.journal import SYSTEM, Who
from storefront import clock
from storefront.accounts.actions import make_account
from storefront.accounts.models import Account
from storefront.db import db, transaction
from storefront.demo import records, shelves, trade
from storefront.demo.calendar import Calendar
from storefront.eligibility.models import Qualification
from storefront.roles import ADMIN, PRACTITIONER

PEOPLE = tomllib.loads(Path(__file__).with_name("people.toml").read_text(encoding="utf-8"))
OPENED = 600  # days ago


def load() -> None:
    """Everything of the demo clinic, as if it had been open for more than a year. Does nothing where anybody is on record."""
    if db.session.scalar(select(func.count(Account.id))):
        return
    calendar = Calendar(clock.now(), clock.today())
    staff = [hire(told, calendar) for told in PEOPLE["staff"]]
    admin = next(who for who in staff if who.role == ADMIN)
    practitioner = next(who for who in staff if who.role == PRACTITIONER)
    shelves.fill(calendar, admin, practitioner)
    for told in PEOPLE["client"]:
        client_id = records.register(told, calendar, admin, practitioner)
        records.judge_client(client_id, told, calendar, practitioner)
        for order in told.get("orders", []):
            trade.order(client_id, order, calendar, admin)
        records.stop(client_id, told, calendar, practitioner)
    trade.carry_out()


def hire(told: dict[str, Any], calendar: Calendar) -> Who:
    with transaction():
        opened = calendar.moment(OPENED)
        account = make_account(told["email"], told["name"], told["role"], SYSTEM, opened, PEOPLE["password"])
        if "certificate" in told:
            expires = calendar.today + timedelta(days=told["certificate_days_left"])
            kept = Qualification(account_id=account.id, title=told["certificate"], expires_on=expires)
            kept.registration = told["registration"]
            db.session.add(kept)
        return account.who


def introduction() -> str:
    """Who one can be, for the terminal."""
    staff = [f"  {told['name']}, {told['role']}: {told['email']}" for told in PEOPLE["staff"]]
    clients = [told["name"] for told in PEOPLE["client"]]
    return "\n".join(
        [
            "Be anybody with one press at /demo, or sign in:",
            *staff,
            f"  (password of all three: {PEOPLE['password']})",
            f"  {len(clients)} clients, among them {clients[0]}, who may buy, and {clients[4]}, who may not.",
            "",
        ]
    )
