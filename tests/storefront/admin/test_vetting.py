"""Signing through the pages: the second person, the password once more, and exactly what was shown."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from catalogue.products import Listing, Product, Vetting, Voiding
from storefront import clock
from storefront.accounts.models import Account
from storefront.eligibility.models import Qualification
from tests.catalogue import samples
from tests.storefront.conftest import PASSWORD

ADDRESS = "/admin/products/RL-020/vetting"


@pytest.fixture
def entered(session: Session, boss: Account) -> Product:
    product = samples.entered(session, samples.complete(today=clock.today()), boss.who)
    session.commit()
    return product


def sign(browser: FlaskClient, **changed: Any) -> Any:
    """Opens the page and sends its form."""
    shown = re.search(r'name="shown"[^>]*value="(\w+)"', browser.get(ADDRESS).text)
    return browser.post(ADDRESS, data={"shown": shown[1] if shown else "", "password": PASSWORD, **changed})


def test_a_practitioner_signs_and_the_product_is_on_sale(
    session: Session, entered: Product, practitioner: FlaskClient
) -> None:
    answer = sign(practitioner)
    assert (answer.status_code, answer.location) == (303, "/admin/products/RL-020")
    vetting = session.scalars(select(Vetting)).one()
    assert (vetting.verdict, vetting.signed_by_name, vetting.entered_by_name) == (
        "accepted",
        "Dr Ines Holt",
        "Alba Reed",
    )
    assert session.scalars(select(Listing)).one().vetting_id == vetting.id
    assert "in force" in practitioner.get(answer.location).text


def test_who_entered_it_is_told_that_another_person_signs(
    session: Session, entered: Product, admin: FlaskClient
) -> None:
    assert "another person must sign it" in admin.get(ADDRESS).text
    forged = admin.post(ADDRESS, data={"shown": "x", "password": PASSWORD})
    assert forged.status_code == 409
    assert session.scalars(select(Vetting)).all() == []


def test_who_entered_it_cannot_sign_with_the_hash_of_the_page(
    session: Session, entered: Product, admin: FlaskClient, practitioner: FlaskClient
) -> None:
    shown = re.search(r'name="shown"[^>]*value="(\w+)"', practitioner.get(ADDRESS).text)
    assert shown is not None
    answer = admin.post(ADDRESS, data={"shown": shown[1], "password": PASSWORD})
    assert answer.status_code == 409
    assert 'data-reason="two-people"' in answer.text


def test_without_the_right_password_nothing_is_signed(
    session: Session, entered: Product, practitioner: FlaskClient
) -> None:
    for password in ("", "wrong"):
        assert sign(practitioner, password=password).status_code == 422
    assert session.scalars(select(Vetting)).all() == []


def test_guessing_the_password_ends_soon(entered: Product, practitioner: FlaskClient) -> None:
    answers = [sign(practitioner, password="wrong").status_code for _ in range(12)]
    assert answers[-1] == 429


def test_what_changed_since_the_page_was_opened_is_not_signed(
    session: Session, entered: Product, practitioner: FlaskClient
) -> None:
    answer = sign(practitioner, shown="0" * 64)
    assert answer.status_code == 409
    assert 'data-reason="changed-meanwhile"' in answer.text
    assert session.scalars(select(Vetting)).all() == []


def test_a_practitioner_whose_certificate_has_lapsed_signs_nothing(
    session: Session, entered: Product, practitioner: FlaskClient
) -> None:
    shown = re.search(r'name="shown"[^>]*value="(\w+)"', practitioner.get(ADDRESS).text)
    session.execute(delete(Qualification))
    session.commit()
    assert "Another person signs this" in practitioner.get(ADDRESS).text
    assert shown is not None
    assert practitioner.post(ADDRESS, data={"shown": shown[1], "password": PASSWORD}).status_code == 409
    assert session.scalars(select(Vetting)).all() == []


@pytest.fixture
def longer(session: Session, boss: Account) -> Product:
    dossier = samples.complete(today=clock.today(), needle_length_nominal=Decimal("0.22"))
    product = samples.entered(session, dossier, boss.who)
    session.commit()
    return product


def test_a_note_of_the_practitioner_settles_what_waits_for_one(
    session: Session, longer: Product, practitioner: FlaskClient
) -> None:
    assert "R-LEN-02" in practitioner.get(ADDRESS).text
    assert sign(practitioner, note_0="Seen and found fit").status_code == 303
    assert session.scalars(select(Listing)).one()
    text = practitioner.get("/admin/products/RL-020").text
    assert "note on R-LEN-02" in text


def test_without_the_note_it_is_signed_as_incomplete_and_stays_off_sale(
    session: Session, longer: Product, practitioner: FlaskClient
) -> None:
    assert sign(practitioner).status_code == 303
    assert session.scalars(select(Vetting.verdict)).all() == ["incomplete"]
    assert session.scalars(select(Listing)).all() == []


def test_another_admin_is_not_asked_for_notes(
    session: Session, longer: Product, worker: Account, signed_in: Callable[[Account], FlaskClient]
) -> None:
    worker.role = "admin"
    session.commit()
    colleague = signed_in(worker)
    assert 'name="note_0"' not in colleague.get(ADDRESS).text
    assert sign(colleague, note_0="Mine").status_code == 303
    assert session.scalars(select(Vetting.verdict)).all() == ["incomplete"]


def test_a_product_is_taken_off_sale_with_a_reason(
    session: Session, entered: Product, admin: FlaskClient, practitioner: FlaskClient
) -> None:
    sign(practitioner)
    assert admin.post("/admin/products/RL-020/voiding", data={"why": " "}).status_code == 422
    assert session.scalars(select(Listing)).all() != []
    assert admin.post("/admin/products/RL-020/voiding", data={"why": "The maker wrote"}).status_code == 303
    assert session.scalars(select(Listing)).all() == []
    assert session.scalars(select(Voiding)).one().why == "The maker wrote"
    assert admin.post("/admin/products/RL-020/voiding", data={"why": "Again"}).status_code == 409
