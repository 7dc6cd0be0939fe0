"""The clinic's side of a request for a consultation."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from storefront import clock
from storefront.accounts.models import Account
from storefront.db import transaction
from storefront.eligibility.consultations import ConsultationAnswer, Wish, ask_for_consultation

Become = Callable[[Account], FlaskClient]


def asked(name: str = "Ada Byron") -> str:
    wish = Wish(name, "ada@example.org", "020 7946 0001", "An old scar", "", "Tuesdays")
    with transaction():
        return ask_for_consultation(wish, "here", "clinic@example.org", clock.now()).reference


def test_a_practitioner_reads_and_answers(session: Session, worker: Account, signed_in: Become) -> None:
    reference, browser = asked(), signed_in(worker)
    text = browser.get("/practitioner/consultations").text
    assert "An old scar" in text
    assert reference in text
    answer = browser.post(f"/practitioner/consultations/{reference}/answer", data={"note": "Comes on Tuesday."})
    assert answer.status_code == 303
    kept = session.scalars(select(ConsultationAnswer)).one()
    assert (kept.note, kept.by_name) == ("Comes on Tuesday.", "Dr Ines Holt")
    after = browser.get("/practitioner/consultations").text
    assert f"{reference} is answered." in after
    assert "Nobody waits for a call" in after


def test_two_at_once_the_second_is_told(session: Session, worker: Account, signed_in: Become) -> None:
    reference, browser = asked(), signed_in(worker)
    browser.post(f"/practitioner/consultations/{reference}/answer", data={"note": "Called."})
    again = browser.post(f"/practitioner/consultations/{reference}/answer", data={"note": "Called too."})
    assert again.status_code == 409
    assert 'data-reason="already-answered"' in again.text


def test_an_empty_note_is_asked_for_again(session: Session, worker: Account, signed_in: Become) -> None:
    reference, other, browser = asked(), asked("Grace Hopper"), signed_in(worker)
    answer = browser.post(f"/practitioner/consultations/{reference}/answer", data={"note": " "})
    assert answer.status_code == 422
    assert answer.text.count("aria-invalid") == 1
    assert f'id="note-{reference}-error"' in answer.text
    assert f'id="note-{other}-error"' not in answer.text


def test_only_practitioners_read_what_visitors_tell(client: FlaskClient, member: Account, signed_in: Become) -> None:
    assert client.get("/practitioner/consultations").status_code == 303
    assert signed_in(member).get("/practitioner/consultations").status_code == 403
