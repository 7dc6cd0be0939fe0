"""The page behind a visitor's private link: pick, move, cancel, take it along; who is too late sees what is left."""

from datetime import timedelta

import time_machine
from flask.testing import FlaskClient
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from storefront import clock
from storefront.db import transaction
from storefront.eligibility import consultation_times
from storefront.eligibility.consultations import ConsultationRequest, ConsultationTime
from tests.storefront.eligibility import people
from tests.storefront.eligibility.test_consultation_times import asked, last_token


def offered(name: str, by: object, *hours: int) -> str:
    """The path of a visitor's link to times so many hours on."""
    now = clock.now()
    starts = [now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=each) for each in hours]
    consultation_times.offer_times(asked(name), starts, by, now)  # type: ignore[arg-type]
    return f"/consultation/{last_token()}"


def test_a_visitor_picks_moves_and_cancels_and_takes_it_along(client: FlaskClient, session: Session) -> None:
    with transaction():
        path = offered("Ada", people.practitioner(), 30, 50)
    first, second = session.scalars(select(ConsultationTime.code).order_by(ConsultationTime.starts_at)).all()
    page = client.get(path)
    assert page.status_code == 200
    assert page.text.count('type="radio"') == 2
    assert "scar" not in page.text
    assert '<meta name="robots" content="noindex">' in page.text
    assert client.get(f"{path}/calendar").status_code == 404
    for code, sequence in ((first, 1), (second, 2)):
        assert client.post(path, data={"time": code}).status_code == 303
        file = client.get(f"{path}/calendar")
        assert file.headers["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
        assert file.headers["Content-Disposition"] == 'attachment; filename="consultation.ics"'
        assert f"SEQUENCE:{sequence}\r\n" in file.text
    assert client.post(f"{path}/cancellation").status_code == 303
    assert "It is cancelled" in client.get(path).text
    assert "METHOD:CANCEL" in client.get(f"{path}/calendar").text


def test_who_is_too_late_sees_what_is_left(client: FlaskClient, session: Session) -> None:
    with transaction():
        by = people.practitioner()
        early, late = offered("Ada", by, 30, 50), offered("Bea", by, 30, 60)
    code = session.scalars(select(ConsultationTime.code).order_by(ConsultationTime.starts_at)).first()
    assert client.post(early, data={"time": code}).status_code == 303
    for wrong in (code, "", "nothing", "\N{NUMBER SIGN}" * 50):
        answer = client.post(late, data={"time": wrong})
        assert answer.status_code == 409
        assert 'data-reason="time-taken"' in answer.text
        assert answer.text.count('type="radio"') == 1
    assert client.post(late).status_code == 409


def test_a_link_that_is_over_or_none_says_where_to_go(client: FlaskClient, session: Session) -> None:
    with transaction():
        path = offered("Ada", people.practitioner(), 30)
    for address, later in ((path, 31), ("/consultation/nothing", 0)):
        with time_machine.travel(clock.now() + timedelta(hours=later)):
            for answer in (client.get(address), client.post(address), client.post(f"{address}/cancellation")):
                assert answer.status_code == 410
                assert "This link is over" in answer.text
            assert client.get(f"{address}/calendar").status_code == 404


def test_what_the_clinic_cancels_is_said_by_the_link_and_leaves_the_calendar(
    client: FlaskClient, session: Session
) -> None:
    with transaction():
        by = people.practitioner()
        picked, open_still = offered("Ada", by, 30), offered("Bea", by, 40)
        consultation_times.choose_time(picked.rpartition("/")[2], session.scalars(first_code()).one(), clock.now())
        for reference in session.scalars(select(ConsultationRequest.reference)).all():
            consultation_times.take_times_back(reference, by, clock.now())
    for path, calendar in ((picked, 200), (open_still, 404)):
        page = client.get(path)
        assert page.status_code == 200
        assert "Your consultation is cancelled" in page.text
        assert "Ask for other times" in page.text
        assert client.get(f"{path}/calendar").status_code == calendar
        assert client.post(path, data={"time": "nothing"}).status_code == 409
    assert "METHOD:CANCEL" in client.get(f"{picked}/calendar").text


def first_code() -> Select[tuple[str]]:
    return select(ConsultationTime.code).order_by(ConsultationTime.starts_at).limit(1)
