"""What leaves the record, by mail or into the journal, says nothing of anybody's health; what a stranger writes into a form
does not steer where a mail goes; and no field that a form does not ask for has any effect."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import JournalEntry
from config import ROOT
from storefront import clock
from storefront.accounts.models import Account
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.messages.models import Message
from storefront.messages.sending import compose, read_letter
from storefront.orders import stopping
from storefront.orders.basket_models import BasketLine
from tests.databases import settings_for
from tests.storefront.orders import world

pytestmark = pytest.mark.usefixtures("on_the_day")
FORM_TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')

Becoming = Callable[[Account], FlaskClient]
HEALTH = (
    "allerg", "reaction", "pregnan", "nickel", "diabet", "keloid", "cancer", "skin", "bleed", "blister", "rash", "acne", "scar",
    "medic", "condition", "contraindication", "symptom", "infect", "swell", "pus",
)  # fmt: skip


def says_anything(text: str) -> list[str]:
    return [word for word in HEALTH if word in text.lower()]


def test_no_subject_of_a_mail_has_a_health_word() -> None:
    letters = sorted((ROOT / "templates" / "mail").glob("[!_]*.txt"))
    assert len(letters) > 8
    for letter in letters:
        subject = letter.read_text(encoding="utf-8").partition("\n")[0].replace("settings.clinic_name", "")
        assert says_anything(subject) == [], letter.name


def test_neither_journal_nor_mail_tells_what_was_answered_and_reported(session: Session, signed_in: Becoming) -> None:
    with transaction():
        client = world.approved_client()
        desk = world.practitioner()
        product = world.on_sale()
        world.placed(client, product, now=clock.now(), today=world.TODAY)
    me, doctor = signed_in(session.get_one(Account, client.account_id)), signed_in(session.get_one(Account, desk.id))
    report = {"product": "else", "signs": "swelling", "told": "a rash on my skin, and pus"}
    assert me.post("/care/reaction", data=report).status_code == 303
    address = f"/practitioner/clients/{client.number}"
    assert doctor.post(f"{address}/allergies", data={"name": "nickel"}).status_code == 303
    told = {"outcome": "stop", "note": "an infection"}
    assert doctor.post(f"{address}/reactions/1/outcome", data=told).status_code == 303
    assert doctor.post(f"{address}/reactions/1/outcome", data=told).status_code == 409
    assert me.get(address).status_code == 403
    assert doctor.get("/care/reaction").status_code == 403
    rows = db.session.scalars(select(JournalEntry)).all()
    assert {"denied", "refused", "report closed"} <= {row.verb for row in rows}
    for row in rows:
        assert says_anything(f"{row.verb} {row.subject} {row.reference} {row.particulars}") == [], row.verb
    letters = db.session.scalars(select(Message)).all()
    assert len(letters) > 2
    for letter in letters:
        assert says_anything(letter.subject) == [], letter.kind
        assert {"rash", "nickel", "infection", "pus"}.isdisjoint(letter.text.lower().split()), letter.kind


@pytest.mark.parametrize("name", ["Nora\r\nBcc: all@example.org", "Nora\nSubject: x", "{{ 7*191 }}", "%s%n", "Nora\0"])
def test_what_a_visitor_types_does_not_steer_a_mail(
    session: Session, client: FlaskClient, tmp_path: Path, stamped: str, name: str
) -> None:
    form = {"name": name, "email": "nora@example.org", "concern": name, "times": name, "began": stamped}
    assert client.post("/consultation", data=form).status_code == 303
    letters = session.scalars(select(Message.id)).all()
    assert len(letters) == 2
    for number in letters:
        mail = compose(read_letter(number), settings_for("sqlite://", tmp_path))
        assert mail["Bcc"] is None
        assert mail["To"] in ("nora@example.org", "clinic@example.org")
        assert all("1337" not in part.get_content() for part in mail.iter_parts())


@pytest.mark.parametrize("email", ["a@b.c\r\nBcc: x@y.z", "a@b.c, x@y.z", "a@b.c;x@y.z", "<a@b.c>", "a@b", "a@b.c\0"])
def test_an_address_that_is_several_is_none(session: Session, client: FlaskClient, email: str) -> None:
    answer = client.post("/consultation", data={"name": "Nora", "email": email, "concern": "A scar."})
    kept = session.scalars(select(Message.to).where(Message.to != "clinic@example.org")).all()
    assert answer.status_code == 422 or kept == ["a@b.c"]
    assert client.post("/sign-in", data={"email": email}).status_code in (303, 422)


def test_fields_that_no_form_asks_for_have_no_effect(session: Session, signed_in: Becoming) -> None:
    with transaction():
        me, other = world.approved_client(), world.new_client("Tom Birch", "tom@example.org")
        product = world.on_sale()
    more = {
        "role": "admin",
        "approved": "1",
        "client_id": str(other.id),
        "price": "1",
        "status": "delivered",
        "id": "1",
    }
    more |= {
        "price_minor": "1",
        "account_id": str(other.account_id),
        "total_minor": "1",
        "is_active": "1",
        "user_id": "1",
    }
    browser = signed_in(session.get_one(Account, me.account_id))
    form = {"sku": product.sku, "quantity": "1", **more}
    assert browser.post("/basket/lines", data=form).status_code == 303
    assert session.scalars(select(BasketLine.client_id)).all() == [me.id]
    assert session.scalars(select(Account.role).where(Account.id == me.account_id)).all() == ["client"]
    assert browser.get("/admin").status_code == 403


def test_an_unapproved_client_gets_nowhere_with_the_orders_of_another(session: Session, signed_in: Becoming) -> None:
    with transaction():
        mine, other = world.approved_client(), world.new_client("Tom Birch", "tom@example.org")
        number = world.placed(mine, world.on_sale()).number
    browser = signed_in(session.get_one(Account, session.get_one(Client, other.id).account_id))
    known, unknown = [], []
    for found, which in ((known, number), (unknown, "R-2222222")):
        for method, step in (("GET", ""), ("HEAD", ""), ("POST", "/payment"), ("POST", "/cancellation")):
            headers = {"If-None-Match": "*", "Range": "bytes=0-9"}
            answer = browser.open(f"/orders/{which}{step}", method=method, headers=headers)
            page = FORM_TOKEN.sub("", answer.text.replace(which, ""))  # its end tells the second in which it was made
            found.append((answer.status_code, page))
    assert known == unknown
    assert {status for status, _ in known} == {404}


def test_withdrawing_stops_what_a_forged_form_would_still_send(session: Session, signed_in: Becoming) -> None:
    with transaction():
        client = world.approved_client()
        number = world.placed(client, world.on_sale(), now=clock.now()).number
        stopping.withdraw_approval(client.id, "seen at the clinic", world.practitioner(), clock.now())
    browser = signed_in(session.get_one(Account, client.account_id))
    assert browser.post(f"/orders/{number}/payment").status_code == 409
    assert browser.post(
        "/checkout", data={"delivery": "collection", "recipient": "M", "nothing_new": "y"}
    ).status_code in (303, 409)
    assert browser.post("/basket/lines", data={"sku": "RL-020", "quantity": "1"}).status_code == 409
