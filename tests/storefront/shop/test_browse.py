"""The shelf as visitors, clients and staff see it: the proof first, and what each may do now."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import specification
from catalogue.products import Listing, Product
from storefront import clock
from storefront.accounts.models import Account
from storefront.eligibility.models import (
    Answer,
    Approval,
    ApprovedSerum,
    Client,
    Completion,
    Course,
    Screening,
    Treatment,
)
from storefront.eligibility.policy import load_policy
from storefront.shop import browse
from tests.catalogue import samples

Become = Callable[[Account], FlaskClient]
POLICY = load_policy()


def on_shelf(session: Session, kind: str = "roller", sku: str = "RL-020", **others: Any) -> Product:
    found = samples.on_sale(session, kind, sku, today=clock.today(), **others)
    session.commit()
    return found


def approve(session: Session, account: Account, serums: tuple[int, ...] = ()) -> Client:
    """A whole course, clear answers and an approval to 0.20 mm."""
    client = session.scalars(select(Client).where(Client.account_id == account.id)).one()
    today, signed = clock.today(), {"by_id": 1, "by_name": "Dr Holt", "at": clock.now()}
    days = [today - timedelta(days=each) for each in (147, 98, 49)]
    course = Course(client_id=client.id, opened_at=clock.now(), opened_by="Dr Holt")
    course.versions = [Treatment(treated_on=day, practitioner_name="Dr Holt", needle_um=500, **signed) for day in days]
    course.completions = [Completion(meaning="complete", **signed)]
    screening = Screening(client_id=client.id, answered_on=today, version=POLICY.screening_version, **signed)
    screening.answers = [Answer(condition=condition.code, answer="no") for condition in POLICY.conditions]
    session.add_all([course, screening])
    session.flush()
    approval = Approval(client_id=client.id, course_id=course.id, screening_id=screening.id, **signed)
    approval.greatest_needle_um, approval.reorder_days, approval.quantity = 200, 70, 2
    approval.valid_until = today + timedelta(days=300)
    approval.serums = [ApprovedSerum(product_id=number) for number in serums]
    session.add(approval)
    session.commit()
    return client


def test_the_list_shows_what_was_vetted_and_nothing_else(client: FlaskClient, session: Session) -> None:
    on_shelf(session)
    on_shelf(session, "serum", "SE-01", units=0)
    samples.entered(session, samples.complete(sku="RL-DRAFT"))
    session.commit()
    text = client.get("/products").text
    assert 'data-sku="RL-020" data-stock="10"' in text
    assert 'data-sku="SE-01" data-stock="0"' in text
    assert text.count('data-verdict="accepted"') == 2
    assert "£34.00" in text
    assert "RL-DRAFT" not in text


def test_an_empty_shelf_says_so(client: FlaskClient) -> None:
    assert "The shelf is empty today" in client.get("/products").text


def test_a_product_that_nobody_signed_for_is_not_there(client: FlaskClient, session: Session) -> None:
    found = samples.entered(session, samples.complete())
    session.commit()
    assert client.get(f"/products/{found.slug}").status_code == 404
    assert client.get("/products/nothing-of-the-kind").status_code == 404


def test_staff_see_what_nobody_signed_for(session: Session, worker: Account, signed_in: Become) -> None:
    found = samples.entered(session, samples.complete())
    session.commit()
    browser = signed_in(worker)
    assert 'data-verdict="none"' in browser.get("/products").text
    answer = browser.get(f"/products/{found.slug}")
    assert answer.status_code == 200
    assert "nobody has signed for it" in answer.text
    assert "/basket/lines" not in answer.text


def test_a_visitor_reads_the_proof_and_the_way_in(client: FlaskClient, session: Session) -> None:
    found = on_shelf(session)
    text = client.get(f"/products/{found.slug}").text
    for said in (
        "0.20 mm",
        "Every safety rule passed",
        "Checked by two people",
        "For clients who have completed the course",
        "3 treatments with us",
        "/consultation",
        "I am a client",
        'data-total="3400"',
        'data-rule="R-LEN-01"',
        "The datasheet, Test House",
    ):
        assert said in text
    assert "/basket/lines" not in text
    assert "Petra" not in text, "who signed is told by role"


def test_a_serum_shows_all_its_ingredients(client: FlaskClient, session: Session) -> None:
    found = on_shelf(session, "serum", "SE-01")
    text = client.get(f"/products/{found.slug}").text
    assert f"All {len(samples.HARMLESS.split(','))} ingredients" in text
    assert "Sodium Hyaluronate" in text
    assert "May 2024" in text


def test_a_client_without_a_course_reads_every_reason(session: Session, member: Account, signed_in: Become) -> None:
    found = on_shelf(session)
    text = signed_in(member).get(f"/products/{found.slug}").text
    for code in ("no-course", "no-approval", "screening-due"):
        assert f'data-reason="{code}"' in text
    assert "Who can lift it" in text
    assert "/basket/lines" not in text


def test_an_approved_client_may_add_it(session: Session, member: Account, signed_in: Become) -> None:
    found = on_shelf(session)
    approve(session, member)
    text = signed_in(member).get(f"/products/{found.slug}").text
    assert "data-reason" not in text
    assert 'action="/basket/lines"' in text
    assert 'name="sku" value="RL-020"' in text
    assert 'max="2"' in text


def test_a_serum_outside_the_approval_is_refused_and_one_inside_is_not(
    session: Session, member: Account, signed_in: Become
) -> None:
    calm, bright = on_shelf(session, "serum", "SE-01"), on_shelf(session, "serum", "SE-02")
    approve(session, member, (calm.id,))
    browser = signed_in(member)
    assert "data-reason" not in browser.get(f"/products/{calm.slug}").text
    assert 'data-reason="serum-not-approved"' in browser.get(f"/products/{bright.slug}").text


def test_a_proof_that_lapsed_overnight_takes_it_off_the_shelf(
    session: Session, member: Account, signed_in: Become
) -> None:
    found = on_shelf(session)
    approve(session, member)
    listing = session.scalars(select(Listing)).one()
    listing.vetting.lapses_on = clock.today() - timedelta(days=1)
    session.commit()
    browser = signed_in(member)
    assert "RL-020" not in browser.get("/products").text
    text = browser.get(f"/products/{found.slug}").text
    assert "Not for sale now" in text
    assert 'data-reason="not-vetted"' in text


def signed_under_earlier_rules(session: Session) -> Product:
    """A product that two people signed under a version that is no longer in force."""
    today, earlier = clock.today(), replace(specification.load(), version="2025.9", hash="0" * 64)
    found = samples.entered(session, samples.complete(today=today), now=clock.now())
    samples.sign(session, found, today=today, rules=earlier)
    session.commit()
    return found


def test_a_new_specification_takes_off_what_was_signed_under_the_old_one(client: FlaskClient, session: Session) -> None:
    found = signed_under_earlier_rules(session)
    assert "RL-020" not in client.get("/products").text
    assert "Our rules changed" in client.get(f"/products/{found.slug}").text


def test_the_list_takes_four_queries_however_long_it_is_and_goes_on_where_it_is_full(
    client: FlaskClient, session: Session, count_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One for the rules in force, one for the products and one for their batches, one for how many there are."""
    for number in range(1, 4):
        on_shelf(session, sku=f"RL-{number}")
        with count_queries() as sent:
            assert client.get("/products").text.count("data-sku") == number
        assert len(sent) == 4
    monkeypatch.setattr(browse, "PER_PAGE", 2)
    assert client.get("/products").text.count("data-sku") == 2
    assert client.get("/products?page=2").text.count("data-sku") == 1
    assert client.get("/products?page=3").status_code == 404


def test_a_product_takes_two_queries_for_a_visitor(client: FlaskClient, session: Session, count_queries: Any) -> None:
    address = f"/products/{on_shelf(session).slug}"
    with count_queries() as sent:
        client.get(address)
    assert len(sent) == 2


def test_a_product_takes_ten_queries_for_a_client(
    session: Session, member: Account, signed_in: Become, count_queries: Any
) -> None:
    """One for who asks, one for the product, one for the rules in force, five for the record, two for what was bought and used."""
    address = f"/products/{on_shelf(session).slug}"
    approve(session, member)
    browser = signed_in(member)
    with count_queries() as sent:
        browser.get(address)
    assert len(sent) == 10
