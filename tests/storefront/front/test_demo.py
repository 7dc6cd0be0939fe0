"""The demo's page exists in demo mode on this machine, and nowhere else."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

import config
from storefront import clock
from storefront.accounts import actions
from storefront.accounts.models import Account, SignedIn
from storefront.app import create_app
from storefront.db import db, transaction
from storefront.eligibility.models import Qualification
from storefront.front import demo

SHOP = {
    "SECRET_KEY": "k" * 32, "BASE_URL": "https://shop.example.org", "STRIPE_SECRET_KEY": "sk_live_1",
    "SEALING_KEYS": "s" * 32, "STRIPE_WEBHOOK_SECRETS": "whsec_1", "MAIL_URL": "smtp://mail.example.org", "CLINIC_NAME": "Clinic",
    "CLINIC_PHONE": "1", "CLINIC_EMAIL": "a@example.org", "CLINIC_ADDRESS": "2 Example Street",
    "CLINIC_VAT_NUMBER": "GB123456789",
}  # fmt: skip


@pytest.fixture
def real_shop(tmp_path: Path) -> Iterator[Flask]:
    place = {"INSTANCE_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/shop.sqlite3"}
    shop = create_app(config.read_settings({**SHOP, **place}))
    with shop.app_context():
        db.create_all()
    yield shop
    with shop.app_context():
        db.engine.dispose()


def test_a_real_shop_has_no_demo(real_shop: Flask) -> None:
    assert not [rule for rule in real_shop.url_map.iter_rules() if "demo" in rule.rule or "demo" in rule.endpoint]
    browser = real_shop.test_client()
    for path in ("/demo", "/demo/person"):
        assert browser.get(path).status_code == 404
    home = browser.get("/")
    assert home.status_code == 200
    assert "/demo" not in home.text


def test_a_real_shop_answers_for_itself_and_this_machine_only(real_shop: Flask) -> None:
    browser = real_shop.test_client()
    for host, status in (
        ("shop.example.org", 200),
        ("127.0.0.1:8000", 200),
        ("evil.example", 400),
        ("example.org", 400),
    ):
        assert browser.get("/privacy", headers={"Host": host}).status_code == status, host


def test_in_the_demo_nobody_hides_behind_a_header(client: FlaskClient) -> None:
    stranger = {"REMOTE_ADDR": "203.0.113.9"}
    answer = client.get("/demo", environ_overrides=stranger, headers={"X-Forwarded-For": "127.0.0.1"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "base_url", ["https://shop.example.org", "http://192.0.2.7:8000", "http://127.0.0.1.evil.example"]
)
def test_the_demo_does_not_start_under_an_address_of_the_world(base_url: str, tmp_path: Path) -> None:
    with pytest.raises(config.WrongSettings, match="this machine only"):
        config.read_settings({"DEMO": "1", "INSTANCE_DIR": str(tmp_path), "BASE_URL": base_url})


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.2", "2001:db8::1", "", "127.0.0.1.evil.example"])
def test_a_stranger_gets_nothing_even_in_the_demo(client: FlaskClient, member: Account, address: str) -> None:
    there = {"REMOTE_ADDR": address}
    assert client.get("/demo", environ_overrides=there).status_code == 404
    assert client.post("/demo/person", data={"email": member.email}, environ_overrides=there).status_code == 404
    assert client.get("/sign-in").status_code == 200


def test_everybody_is_listed_and_can_be_become(
    client: FlaskClient, session: Session, member: Account, worker: Account
) -> None:
    page = client.get("/demo").text
    assert page.index(worker.name) < page.index(member.name)
    assert "C-1001" in page
    assert client.post("/demo/person", data={"email": member.email}).location == "/care"
    assert "You are <strong>Mara Finch</strong>" in client.get("/demo").text
    assert client.post("/demo/person", data={"email": worker.email}).location == "/practitioner"
    assert len(session.scalars(select(SignedIn)).all()) == 2


def test_nobody_else_can_be_become(client: FlaskClient, session: Session, member: Account) -> None:
    member.is_active = False
    session.commit()
    for email in (member.email, "nobody@example.org", ""):
        assert client.post("/demo/person", data={"email": email}).status_code == 404
    assert member.name not in client.get("/demo").text


def test_links_in_letters_can_be_pressed(client: FlaskClient, session: Session, member: Account) -> None:
    with transaction():
        actions.send_link(member.email, clock.now())
    page = client.get("/demo").text
    assert '<a href="/sign-in/' in page
    assert f'data-to="{member.email}"' in page


def test_only_our_own_links_can_be_pressed(app: Flask) -> None:
    text = "See http://127.0.0.1:8000/care and https://evil.example/x or http://127.0.0.1:8000.evil.example/y"
    assert [part.path for part in demo.parts(text) if part.path] == ["/care"]
    assert "".join(part.text for part in demo.parts(text)) == text


def test_the_page_asks_the_same_number_of_queries_for_few_and_many(
    client: FlaskClient, session: Session, count_queries: object
) -> None:
    def queries() -> int:
        with count_queries() as sent:  # type: ignore[operator]
            client.get("/demo")
        return len(sent)

    few = queries()
    for number in range(20):
        actions.make_account(
            f"p{number}@example.org", f"Person {number}", "client", actions.journal.SYSTEM, clock.now()
        )
        actions.send_link(f"p{number}@example.org", clock.now())
    session.commit()
    assert queries() == few <= 8


def test_everybody_says_the_state_they_are_in(
    client: FlaskClient, session: Session, member: Account, worker: Account
) -> None:
    lapsed = Qualification(account_id=worker.id, title="Needling", expires_on=clock.today() - timedelta(days=1))
    session.add(lapsed)
    session.commit()
    page = client.get("/demo").text
    assert "no course is on your record" in page
    assert "Training certificate lapsed on" in page
    assert "and 1 more" in page
