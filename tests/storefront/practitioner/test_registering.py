"""Clients are made once: who may be on record already is shown first, a visitor becomes a client in one press, an invitation is
sent anew, and two records of one person are merged on a page that lists what the press does."""

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM, JournalEntry
from storefront import clock
from storefront.accounts import actions as accounts
from storefront.accounts.models import Account
from storefront.db import transaction
from storefront.eligibility import actions
from storefront.eligibility.consultations import ConsultationAnswer, ConsultationRequest
from storefront.eligibility.models import Client
from storefront.messages.models import Message
from tests.storefront.eligibility.test_consultation_times import asked

FORM = {"name": "Mara Fynch", "email": "mara.f@example.org", "born_on": "1988-04-09", "phone": ""}


def numbers(session: Session) -> list[str]:
    return list(session.scalars(select(Client.number).order_by(Client.id)))


def test_who_may_be_on_record_already_is_shown_first_and_noted(
    session: Session, desk: FlaskClient, member: Account
) -> None:
    answer = desk.post("/practitioner/clients", data=FORM)
    assert answer.status_code == 409
    assert 'data-reason="possible-duplicate"' in answer.text
    assert "a similar name and the same date of birth" in answer.text
    assert numbers(session) == ["C-1001"]
    looked = select(JournalEntry.reference).where(JournalEntry.verb == "seen in a list")
    assert session.scalars(looked).all() == ["C-1001"]
    assert desk.post("/practitioner/clients", data={**FORM, "another": "yes"}).status_code == 303
    assert len(numbers(session)) == 2


def test_a_visitor_becomes_a_client_in_one_press_with_what_they_told(session: Session, desk: FlaskClient) -> None:
    with transaction():
        reference = asked("Ada")
    address = f"/practitioner/consultations/{reference}/client"
    wrong = desk.post(address, data={"born_on": "1688-01-01"})
    assert wrong.status_code == 422
    assert f'id="born-{reference}-error"' in wrong.text
    assert desk.post(address, data={"born_on": "1990-01-10"}).status_code == 303
    made = session.scalars(select(Client)).one()
    assert (made.name, made.email, str(made.born_on)) == ("Ada", "ada@example.org", "1990-01-10")
    assert session.scalars(select(ConsultationAnswer.note)).one() == f"Registered as {made.number}."
    assert [mail.to for mail in session.scalars(select(Message).where(Message.kind == "invitation"))] == [made.email]
    again = desk.post(address, data={"born_on": "1990-01-10", "another": "yes"})
    assert 'data-reason="email-taken"' in again.text
    assert desk.post("/practitioner/consultations/F-NONE/client", data={"born_on": "1990-01-10"}).status_code == 404


def test_an_invitation_is_sent_anew_with_all_its_tries(session: Session, desk: FlaskClient, member: Account) -> None:
    with transaction():
        accounts.send_invitation(member, SYSTEM, clock.now())
        for _ in range(accounts.BIRTH_TRIES):
            accounts.count_birth_try(member.id)
    assert "tries used up" in desk.get("/practitioner/clients/C-1001/person").text
    assert desk.post("/practitioner/clients/C-1001/invitation/code").status_code == 409
    assert desk.post("/practitioner/clients/C-1001/invitation").status_code == 303
    assert "The link is good until" in desk.get("/practitioner/clients/C-1001/person").text
    assert session.scalars(select(Account.birth_tries).where(Account.id == member.id)).one() == 0
    shown = desk.post("/practitioner/clients/C-1001/invitation/code").text
    assert shown.count('class="square-code"') == 1
    assert "square-code" not in desk.get("/practitioner/clients/C-1001/person").text
    assert session.scalar(select(func.count(Message.id)).where(Message.kind == "invitation")) == 2
    for end in ("invitation", "invitation/code"):
        assert desk.post(f"/practitioner/clients/C-9/{end}").status_code == 404
    assert desk.get("/practitioner/clients/C-9/person").status_code == 404


def test_a_merge_is_listed_reasoned_and_done_once(session: Session, desk: FlaskClient, member: Account) -> None:
    desk.post("/practitioner/clients", data={**FORM, "another": "yes"})
    _, other = numbers(session)
    with transaction():
        client_id = session.scalars(select(Client.id).where(Client.number == other)).one()
        actions.add_allergy(client_id, "limonene", SYSTEM, clock.now())
    person, page = "/practitioner/clients/C-1001/person", f"/practitioner/clients/C-1001/merges/{other}"
    assert page in desk.get(person).text
    assert "C-1001 gains the allergy limonene" in desk.get(page).text
    assert desk.post(page, data={"why": " "}).status_code == 422
    assert desk.post(page, data={"why": "One passport."}).status_code == 303
    assert "One passport." in desk.get(person).text
    refused = desk.post(page, data={"why": "Once more."})
    assert refused.status_code == 409
    assert 'data-reason="already-merged"' in refused.text
    assert 'data-reason="already-merged"' in desk.get(page).text
    late = desk.post(f"/practitioner/clients/{other}/allergies", data={"name": "nickel"})
    assert (late.status_code, "Do it on C-1001" in late.text) == (409, True)
    assert "(merged into another record)" in desk.get(f"/practitioner/clients/{other}").text
    for nobody in ("C-9", "C-1001", "..", "c-1"):
        assert desk.get(f"/practitioner/clients/C-1001/merges/{nobody}").status_code == 404


def test_times_are_offered_and_what_overlaps_is_said(session: Session, desk: FlaskClient) -> None:
    with transaction():
        first, second = asked("Ada"), asked("Bea")
    day = clock.today() + timedelta(days=3)
    address = "/practitioner/consultations/{}/times"
    empty = desk.post(address.format(first), data={})
    assert empty.status_code == 422
    assert "Give one time or several." in empty.text
    assert desk.post(address.format(first), data={"times-0": "soon"}).status_code == 422
    assert (
        desk.post(address.format(first), data={"times-0": f"{day}T10:00", "times-2": f"{day}T11:00"}).status_code == 303
    )
    assert "offered" in desk.get("/practitioner/consultations").text
    refused = desk.post(address.format(second), data={"times-0": f"{day}T10:20", "times-1": "2020-01-01T10:00"})
    assert refused.status_code == 409
    assert 'data-reason="times-overlap"' in refused.text
    assert 'data-reason="time-past"' in refused.text
    assert desk.post(f"/practitioner/consultations/{first}/cancellation").status_code == 303
    assert desk.post(f"/practitioner/consultations/{first}/cancellation").status_code == 409
    assert desk.post(address.format("F-NONE"), data={"times-0": f"{day}T15:00"}).status_code == 409
    assert session.scalar(select(func.count(ConsultationRequest.id))) == 2
