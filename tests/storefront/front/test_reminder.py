"""Being told when one may buy: one mail on the right morning, none twice, none for a day that is past."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from storefront.eligibility.reminders import FROM_ADDRESS
from storefront.front.forms import stamp
from storefront.messages.models import Message

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def sent(app: Flask) -> dict[str, str]:
    with app.app_context():
        began = stamp(NOW - timedelta(minutes=1))
    return {"email": "Ada@Example.org", "began_on": "2026-02-20", "began": began}


@time_machine.travel(NOW)
def test_one_mail_waits_for_the_morning_of_the_earliest_day(
    client: FlaskClient, session: Session, sent: dict[str, str]
) -> None:
    for _ in range(2):
        assert client.post("/reminder", data=sent).status_code == 303
    assert "We write to you on 26 June 2026, once." in client.get("/reminder").text
    mail = session.scalars(select(Message)).one()
    assert (mail.to, mail.due_at) == ("ada@example.org", datetime(2026, 6, 26, 8, tzinfo=UTC))
    words = (mail.subject + mail.text).lower()
    assert not any(word in words for word in ("needl", "roller", "treatment", "course", "skin care"))


@time_machine.travel(NOW)
def test_a_day_that_is_past_or_beyond_reckoning_is_refused(
    client: FlaskClient, session: Session, sent: dict[str, str]
) -> None:
    for began_on, status in (("2025-10-26", 409), ("9999-12-31", 409), ("soon", 422), ("", 422), ("2025-10-27", 303)):
        assert client.post("/reminder", data={**sent, "began_on": began_on}).status_code == status, began_on
    assert client.post("/reminder", data={**sent, "website": "x"}).status_code == 422
    assert len(session.scalars(select(Message)).all()) == 1


@time_machine.travel(NOW)
def test_a_flood_of_reminders_is_held_back(client: FlaskClient, sent: dict[str, str]) -> None:
    answers = [
        client.post("/reminder", data={**sent, "email": f"ada{count}@example.org"}).status_code
        for count in range(FROM_ADDRESS.tries + 1)
    ]
    assert answers == [303] * FROM_ADDRESS.tries + [429]
