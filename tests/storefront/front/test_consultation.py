"""Asking for a consultation: what is kept, who is told, and what floods meet."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from catalogue.journal import JournalEntry, Who
from catalogue.verdicts import Stale
from storefront.eligibility import consultations
from storefront.eligibility.consultations import ConsultationRequest, Wish
from storefront.messages.models import Message

TYPED = {
    "name": "  Ada   Byron ",
    "email": "Ada@Example.org",
    "phone": "",
    "concern": "An old scar <b>on</b> the cheek",
    "wishes": "",
    "times": "Tuesdays",
    "website": "",
}
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
PRACTITIONER = Who(7, "Dr Penhale", "practitioner")


def wish(number: int = 0) -> Wish:
    return Wish("Ada", f"ada{number}@example.org", "", f"scar {number}", "", "")


def test_a_request_is_kept_and_both_sides_are_told(client: FlaskClient, session: Session) -> None:
    answer = client.post("/consultation", data=TYPED)
    assert answer.status_code == 303
    assert answer.location == "/consultation/thank-you"
    kept = session.scalars(select(ConsultationRequest)).one()
    assert (kept.name, kept.email, kept.times) == ("Ada Byron", "ada@example.org", "Tuesdays")
    assert {message.to for message in session.scalars(select(Message))} == {"ada@example.org", "clinic@example.org"}
    assert client.get(answer.location).status_code == 200


def test_no_mail_and_no_journal_line_tells_what_the_skin_is_like(client: FlaskClient, session: Session) -> None:
    client.post("/consultation", data=TYPED)
    mails = [message.subject + message.text for message in session.scalars(select(Message))]
    entries = [entry.particulars + entry.verb + entry.by_name for entry in session.scalars(select(JournalEntry))]
    assert len(mails) == 2
    assert entries
    assert not any(word in text for text in mails + entries for word in ("scar", "cheek", "Ada"))


def test_what_was_typed_comes_back_with_the_errors(client: FlaskClient, session: Session) -> None:
    answer = client.post("/consultation", data={**TYPED, "email": "ada at example", "phone": "none"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'href="#email"' in answer.text
    assert 'value="ada at example"' in answer.text
    assert "An old scar &lt;b&gt;on&lt;/b&gt; the cheek" in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert session.scalars(select(ConsultationRequest)).all() == []


@pytest.mark.parametrize("field", ["name", "email", "concern"])
@pytest.mark.parametrize("typed", ["", "   ", "\0"])
def test_what_is_needed_is_asked_for(client: FlaskClient, field: str, typed: str) -> None:
    answer = client.post("/consultation", data={**TYPED, field: typed})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


def test_a_program_that_fills_in_everything_is_thanked_and_forgotten(client: FlaskClient, session: Session) -> None:
    answer = client.post("/consultation", data={**TYPED, "website": "https://example.org"})
    assert answer.status_code == 303
    assert session.scalars(select(ConsultationRequest)).all() == []


def test_a_double_press_is_one_request(client: FlaskClient, session: Session) -> None:
    client.post("/consultation", data=TYPED)
    assert client.post("/consultation", data=TYPED).status_code == 303
    assert len(session.scalars(select(ConsultationRequest)).all()) == 1
    assert len(session.scalars(select(Message)).all()) == 2


def test_a_flood_is_told_to_wait(client: FlaskClient, session: Session) -> None:
    for number in range(consultations.FROM_ADDRESS.tries):
        assert client.post("/consultation", data={**TYPED, "concern": f"scar {number}"}).status_code == 303
    answer = client.post("/consultation", data={**TYPED, "concern": "one more"})
    assert answer.status_code == 429
    assert 3590 < int(answer.headers["Retry-After"]) <= 3601
    assert len(session.scalars(select(ConsultationRequest)).all()) == consultations.FROM_ADDRESS.tries


def test_after_an_hour_one_may_ask_again(session: Session) -> None:
    for number in range(consultations.FROM_ADDRESS.tries):
        consultations.ask_for_consultation(wish(number), "here", "clinic@example.org", NOW)
    just_before = NOW + consultations.WINDOW - timedelta(seconds=1)
    with pytest.raises(TooManyRequests):
        consultations.ask_for_consultation(wish(99), "here", "clinic@example.org", just_before)
    consultations.ask_for_consultation(wish(99), "elsewhere", "clinic@example.org", just_before)
    consultations.ask_for_consultation(wish(98), "here", "clinic@example.org", NOW + consultations.WINDOW)


def test_all_senders_together_have_a_limit(session: Session) -> None:
    for number in range(consultations.OF_EVERYBODY.tries):
        consultations.ask_for_consultation(wish(number), f"sender {number}", "clinic@example.org", NOW)
    with pytest.raises(TooManyRequests):
        consultations.ask_for_consultation(wish(999), "another", "clinic@example.org", NOW)


def test_a_request_is_answered_once(session: Session) -> None:
    asked = consultations.ask_for_consultation(wish(), "here", "clinic@example.org", NOW)
    assert consultations.open_requests() == [asked]
    consultations.answer_request(asked.reference, "Called; comes on Tuesday.", PRACTITIONER, NOW)
    assert consultations.open_requests() == []
    with pytest.raises(Stale):
        consultations.answer_request(asked.reference, "Called again.", PRACTITIONER, NOW)
    with pytest.raises(Stale):
        consultations.answer_request("F-NOBODY", "?", PRACTITIONER, NOW)
