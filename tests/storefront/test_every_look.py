"""Every route that staff may open is walked for a client whose whole record bears one mark: where the mark is shown, the journal
has a line of the look, and the client reads it on their own page."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM, JournalEntry
from storefront import clock
from storefront.accounts.actions import make_account
from storefront.accounts.models import Account
from storefront.admin.export_lists import exports
from storefront.db import transaction
from storefront.eligibility import actions as care
from storefront.eligibility.models import Client
from storefront.eligibility.screenings import Given
from storefront.eligibility.treatments import TreatmentTold
from storefront.orders import stopping
from storefront.orders.models import Order
from storefront.orders.rules import ACCEPTED
from storefront.roles import ADMIN, PRACTITIONER
from tests.storefront.orders import world

pytestmark = pytest.mark.usefixtures("on_the_day")
MARK = "zebrine"
# Where a client's record is shown, each must have been seen to show the mark: the walk proves nothing by finding nothing.
SHOWING = {
    "practitioner.today", "practitioner.client", "practitioner.treatments", "practitioner.treatment",
    "practitioner.reaction_report",
}  # fmt: skip


def marked_client() -> Client:
    """All that a record can hold in words, and an order that was stopped over it."""
    client, by = world.approved_client(note=MARK, deep_note=MARK), world.practitioner()
    world.placed(client, world.on_sale())
    care.open_course(client.id, by, world.TODAY, world.NOW)
    told = TreatmentTold(treated_on=world.TODAY, areas=world.FACE, notes=MARK, reactions=MARK, health_today=MARK)
    stopping.record_treatment(client.id, told, by, world.TODAY, world.NOW)
    given = world.answers() | {"C-CON-06": Given("yes", f"{MARK} skin"), "C-CON-07": Given("yes", f"{MARK} chin")}
    stopping.answer_screening(client.id, given, world.client_who(client), world.TODAY, world.NOW)
    stopping.add_allergies(client.id, [f"{MARK} plaster"], by, world.NOW)
    stopping.report_reaction(client.id, f"{MARK} spots", world.client_who(client), world.NOW)
    stopping.withdraw_approval(client.id, f"{MARK} reason", by, world.NOW)
    return client


def addresses(app: Flask, role: str, parts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every page that this role may open; lists that may be taken away, each by its name."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and role in getattr(app.view_functions[rule.endpoint], "open_to", ()):
            told = parts | {"number": parts["order"]} if rule.rule.startswith("/admin/orders") else parts
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found, told=told: told.get(found[1], "1"), rule.rule)
            names = exports() if rule.endpoint == "admin.export" else [""]
            yield from ((rule.endpoint, path.replace("NAME", name)) for name in names)


def looks_at(session: Session, number: str) -> int:
    mine = JournalEntry.subject == "client", JournalEntry.reference == number
    return session.scalar(select(func.count(JournalEntry.id)).where(*mine)) or 0


def browser_of(app: Flask, email: str) -> FlaskClient:
    browser = app.test_client()
    assert browser.post("/demo/person", data={"email": email}).status_code == 303
    return browser


def test_wherever_staff_are_shown_a_record_the_look_is_noted_and_read_by_the_client(
    app: Flask, session: Session
) -> None:
    with transaction():
        client = marked_client()
        make_account("admin@example.org", "Ann Admin", ADMIN, SYSTEM, clock.now(), "seven small blue boats")
        desk = session.get_one(Account, world.practitioner().id).email
    order = session.scalars(select(Order)).one()
    assert order.status not in ACCEPTED
    parts = {"number": client.number, "order": order.number, "sku": "RL-020", "name": "NAME", "slug": "roller"}
    parts |= {"day": world.TODAY.isoformat(), "other": client.number}
    shown, silent = set(), set()
    for role, email in ((PRACTITIONER, desk), (ADMIN, "admin@example.org")):
        browser = browser_of(app, email)
        for endpoint, path in addresses(app, role, parts):
            before = looks_at(session, client.number)
            if MARK in browser.get(path).text or path.endswith("/report"):
                shown.add(endpoint)
                silent |= {path} if looks_at(session, client.number) == before else set()
    assert silent == set()
    assert shown >= SHOWING
    page = browser_of(app, "mara@example.org").get("/account").text
    for words in ("Read your record", "Saw you in a list of clients"):
        assert words in page
    assert "practitioner</span>" in page
