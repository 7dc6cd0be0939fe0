"""Asking for a consultation: what is kept, who is told, and what floods and programs meet."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from catalogue.journal import JournalEntry, Who
from catalogue.verdicts import Stale
from storefront.eligibility import consultations
from storefront.eligibility.consultations import ConsultationRequest, Wish
from storefront.front.forms import LEAST_TO_FILL
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


@pytest.fixture
def typed(stamped: str) -> dict[str, Any]:
    return {**TYPED, "began": stamped}


def wish(number: int = 0) -> Wish:
    return Wish("Ada", f"ada{number}@example.org", "", f"scar {number}", "", "")


def test_a_request_is_kept_and_both_sides_are_told(
    client: FlaskClient, session: Session, typed: dict[str, Any]
) -> None:
    answer = client.post("/consultation", data=typed)
    assert answer.status_code == 303
    assert answer.location == "/consultation/thank-you"
    kept = session.scalars(select(ConsultationRequest)).one()
    assert (kept.name, kept.email, kept.times) == ("Ada Byron", "ada@example.org", "Tuesdays")
    assert {message.to for message in session.scalars(select(Message))} == {"ada@example.org", "clinic@example.org"}
    assert client.get(answer.location).status_code == 200


def test_no_mail_and_no_journal_line_tells_what_the_skin_is_like(
    client: FlaskClient, session: Session, typed: dict[str, Any]
) -> None:
    client.post("/consultation", data=typed)
    mails = [message.subject + message.text for message in session.scalars(select(Message))]
    entries = [entry.particulars + entry.verb + entry.by_name for entry in session.scalars(select(JournalEntry))]
    assert len(mails) == 2
    assert entries
    assert not any(word in text for text in mails + entries for word in ("scar", "cheek", "Ada"))


def test_what_was_typed_comes_back_with_the_errors(
    client: FlaskClient, session: Session, typed: dict[str, Any]
) -> None:
    answer = client.post("/consultation", data={**typed, "email": "ada at example", "phone": "none"})
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


def test_who_is_taken_for_a_program_loses_nothing_and_presses_once_more(
    client: FlaskClient, session: Session, typed: dict[str, Any]
) -> None:
    for doubtful in ({"website": "https://example.org"}, {"began": ""}, {"began": "made.up"}):
        answer = client.post("/consultation", data={**typed, "concerns": ["rosacea"], **doubtful})
        assert answer.status_code == 422
        assert "press once more" in answer.text
        assert "An old scar &lt;b&gt;on&lt;/b&gt; the cheek" in answer.text
        assert re.search(r'<input checked [^>]*value="rosacea"', answer.text)
        assert 'value="https://example.org"' not in answer.text
    assert session.scalars(select(ConsultationRequest)).all() == []


def test_a_form_takes_a_person_some_seconds(client: FlaskClient, session: Session, typed: dict[str, Any]) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        given_out = re.search(r'name="began" type="hidden" value="([^"]+)"', client.get("/consultation").text)
        assert given_out is not None
        sent = {**typed, "began": given_out[1]}
        assert client.post("/consultation", data=sent).status_code == 422
        clock.shift(LEAST_TO_FILL - timedelta(milliseconds=1))
        assert given_out[1] in client.post("/consultation", data=sent).text
        clock.shift(timedelta(milliseconds=1))
        assert client.post("/consultation", data=sent).status_code == 303
    assert len(session.scalars(select(ConsultationRequest)).all()) == 1


def test_what_is_ticked_is_kept_and_is_enough(client: FlaskClient, session: Session, typed: dict[str, Any]) -> None:
    form = {**typed, "concern": "", "concerns": ["stretch-marks", "acne-scars"]}
    assert client.post("/consultation", data={**form, "concerns": ["freckles"]}).status_code == 422
    assert client.post("/consultation", data=form).status_code == 303
    kept = session.scalars(select(ConsultationRequest)).one()
    assert kept.concern_names == ["Acne scars", "Stretch marks"]


def test_a_double_press_is_one_request(client: FlaskClient, session: Session, typed: dict[str, Any]) -> None:
    client.post("/consultation", data=typed)
    assert client.post("/consultation", data=typed).status_code == 303
    assert len(session.scalars(select(ConsultationRequest)).all()) == 1
    assert len(session.scalars(select(Message)).all()) == 2


def test_a_flood_is_told_to_wait(client: FlaskClient, session: Session, typed: dict[str, Any]) -> None:
    for number in range(consultations.FROM_ADDRESS.tries):
        assert client.post("/consultation", data={**typed, "concern": f"scar {number}"}).status_code == 303
    answer = client.post("/consultation", data={**typed, "concern": "one more"})
    assert answer.status_code == 429
    assert 3590 < int(answer.headers["Retry-After"]) <= 3601
    assert "one more" in answer.text
    assert "Press again in 60 minutes" in answer.text or "Press again in 61 minutes" in answer.text
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
