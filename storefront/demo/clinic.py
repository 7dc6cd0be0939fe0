"""Loading the demo clinic once into an empty database, and saying who one can be there. The payment stand-in has to be up,
because its orders were paid for at it."""

import tomllib
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from catalogue.journal import SYSTEM, Who
from storefront import clock
from storefront.accounts.actions import make_account
from storefront.accounts.models import Account
from storefront.db import db, transaction
from storefront.demo import agreements, codes, exceptions, lists, recalled, records, shelves, trade, visitors
from storefront.demo.calendar import Calendar
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
    shelves.open_shelves(calendar, admin, practitioner)
    clients = [(records.register(told, calendar, admin, practitioner), told) for told in PEOPLE["client"]]
    for client_id, told in clients:
        records.judge_client(client_id, told, calendar, practitioner)
    codes.make_codes(calendar, admin)
    trade_day_by_day(clients, calendar, admin, practitioner)
    for client_id, told in clients:
        records.stop(client_id, told, calendar, practitioner)
        for wish in told.get("early", []):
            exceptions.ask(client_id, wish, calendar, practitioner)
        if told.get("reminded"):
            trade.remind(client_id, calendar)
    recalled.recall_unsold(calendar, admin)
    recalled.recall_a_serum(calendar, admin)
    recalled.try_a_recall(calendar, admin)
    trade.carry_out()
    trade.compare(calendar)
    shelves.enter_what_is_new(calendar, admin)
    shelves.compose_kits(calendar, admin, practitioner, clients[0][0])
    lists.send_lists(calendar, admin)
    visitors.ask(PEOPLE["visitor"], calendar, practitioner, current_app.config["SETTINGS"].clinic_email)


def trade_day_by_day(
    clients: list[tuple[int, dict[str, Any]]], calendar: Calendar, admin: Who, practitioner: Who
) -> None:
    """Orders and the monthly looks at the dossiers as they came one after the other: an order rests on the vetting of its day."""
    orders = [(told, client_id) for client_id, client in clients for told in client.get("orders", [])]
    looks = list(shelves.LOOKS[1:])
    for told, client_id in sorted(orders, key=lambda order: -order[0]["ago"]):
        while looks and looks[0] >= told["ago"]:
            shelves.look(looks.pop(0), calendar, admin, practitioner)
        trade.order(client_id, told, calendar, admin)
    for ago in looks:
        shelves.look(ago, calendar, admin, practitioner)


def hire(told: dict[str, Any], calendar: Calendar) -> Who:
    with transaction():
        opened = calendar.moment(OPENED)
        account = make_account(told["email"], told["name"], told["role"], SYSTEM, opened, PEOPLE["password"])
        if "certificate" in told:
            agreements.certify(account, told, calendar, SYSTEM, OPENED)
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
