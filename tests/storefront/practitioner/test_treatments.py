"""Sessions at the desk by the test client: recorded, corrected, and what a course asks for before it is complete."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storefront import clock
from storefront.eligibility.models import Treatment
from storefront.eligibility.rules import current_course
from tests.catalogue import papers
from tests.storefront.practitioner.acts import record, send, treat


def test_a_treatment_that_cannot_be_is_refused_and_a_mistyped_one_comes_back(
    session: Session, desk: FlaskClient, number: str
) -> None:
    send(desk, number, "courses")
    treat(desk, number, 60)
    refused = treat(desk, number, 33, 409, notes="kept though refused")
    assert 'data-reason="treatments-too-close"' in refused
    assert "kept though refused" in refused
    page = treat(desk, number, 0, 422, **{"areas-0-needle_mm": "deep"}, notes="kept as typed")
    assert "kept as typed" in page
    assert "aria-invalid" in page
    treat(desk, number, -1, 422)
    for length in ("0.2005", "NaN", "sNaN", "Infinity", "1e99", "-1", ""):
        treat(desk, number, 0, 422, **{"areas-0-needle_mm": length})
    assert session.scalar(select(func.count(Treatment.id))) == 1


def test_the_last_values_are_proposed(desk: FlaskClient, number: str) -> None:
    send(desk, number, "courses")
    topical = {"topicals-0-name": "Calm", "topicals-0-lot": "L-7"}
    treat(desk, number, 49, **{"areas-0-needle_mm": "0.75"}, **topical)
    page = desk.get(f"/practitioner/clients/{number}/treatments").text
    for value in ('value="0.75"', 'value="Pen 3"', 'value="Calm"', 'value="L-7"'):
        assert value in page


def test_gaps_are_settled_at_the_desk(session: Session, desk: FlaskClient, number: str) -> None:
    send(desk, number, "courses")
    for back in (200, 100, 70):
        treat(desk, number, back)
    close, wide = (clock.today() - timedelta(days=back) for back in (70, 100))
    assert 'data-reason="course-incomplete"' in send(desk, number, "completion", 409)
    page = desk.get(f"/practitioner/clients/{number}").text
    assert f"/treatments/{wide}/gap-decision" in page
    assert f"/treatments/{close}/gap-reason" in page
    assert "Please look again" in send(desk, number, f"treatments/{wide}/gap-decision", 422, counts="yes", why="")
    send(desk, number, f"treatments/{wide}/gap-decision", counts="yes", why="was ill")
    send(desk, number, f"treatments/{close}/gap-reason", why="before a journey")
    send(desk, number, "completion")
    course = current_course(record(session, number))
    assert course is not None
    assert course.completion is not None
    assert desk.post(f"/practitioner/clients/{number}/treatments/today/gap-reason").status_code == 404


def test_an_over_treated_skin_is_seen_again(session: Session, desk: FlaskClient, number: str) -> None:
    send(desk, number, "courses")
    treat(desk, number, 49, bleeding="more", track_marks="y")
    day = clock.today() - timedelta(days=49)
    assert "over-treated" in desk.get("/practitioner").text
    send(desk, number, f"treatments/{day}/skin-seen", note="calm")
    seen = record(session, number).courses[0].treatments[0].skin_seen
    assert seen is not None
    assert seen.note == "calm"


def test_a_course_is_taken_over_from_papers(session: Session, desk: FlaskClient, number: str) -> None:
    fields: dict[str, Any] = {"attestation": "I have read the card."}
    for row, back in enumerate((300, 250, 200)):
        fields[f"treatments-{row}-treated_on"] = clock.today() - timedelta(days=back)
        fields[f"treatments-{row}-needle_mm"] = "0.5"
        fields[f"treatments-{row}-bleeding"] = "none"
    without_depth = {**fields, "treatments-1-needle_mm": ""}
    assert "How long were the needles?" in send(desk, number, "papers", 422, **without_depth)
    send(desk, number, "papers", 422, **{**fields, "attestation": " "})
    refused = send(desk, number, "papers", 409, **{**fields, "treatments-2-treated_on": ""})
    assert 'data-reason="course-incomplete"' in refused
    assert "I have read the card." in refused
    send(desk, number, "papers", **fields)
    course = record(session, number).courses[0]
    assert (course.origin, len(course.treatments)) == ("papers", 3)
    assert "from the clinic’s papers" in desk.get(f"/practitioner/clients/{number}").text


def test_every_field_of_a_session_is_kept(session: Session, desk: FlaskClient, number: str) -> None:
    send(desk, number, "courses")
    fields: dict[str, Any] = {
        "health_asked": "yes",
        "health_news": "a new cream",
        "skin_type": "4",
        "numbing_cream": "y",
    }
    fields |= {
        "end_point": "even redness",
        "bleeding": "occasional",
        "minutes_to_settle": "45",
        "reactions": "a little swelling",
    }
    fields |= {"aftercare_given": "y", "next_on": clock.today() + timedelta(days=42), "notes": "calm"}
    for nth, (area, depth) in enumerate((("cheeks", "0.75"), ("brow", "0.50"))):
        told = {"area": area, "needle_mm": depth, "passes": "4", "device": "Pen 3", "device_lot": f"N-{nth}"}
        fields |= {f"areas-{nth}-{name}": value for name, value in told.items()}
    fields |= {"topicals-0-name": "Calm", "topicals-0-lot": "L-7", "topicals-1-name": "Water"}
    treat(desk, number, 0, **fields)
    row = record(session, number).courses[0].treatments[0]
    assert (row.skin_type, row.needle_um, row.numbing_cream, row.aftercare_given) == (4, 750, True, True)
    assert (row.health_today, row.reactions, row.minutes_to_settle) == ("a new cream", "a little swelling", 45)
    assert (row.next_on, row.consent_id is None, row.gap_decisions) == (fields["next_on"], False, [])
    page = desk.get(f"/practitioner/clients/{number}/treatments").text
    for told in (
        "cheeks 0.75 mm, 4 passes, Pen 3, lot N-0",
        "brow 0.50 mm",
        "Calm, lot L-7",
        "type IV",
        "New that day: a new cream",
    ):
        assert told in page
    page = treat(desk, number, 1, 422, health_asked="", skin_type="", **{"areas-1-area": "brow"})
    for missing in ("Ask, then choose.", "Which type?", "How deep?", "How often over it?", "With what?", "Which lot?"):
        assert missing in page
    assert "Which area?" in treat(desk, number, 1, 422, **{"areas-0-area": ""})
    assert "Write what is new." in treat(desk, number, 1, 422, health_asked="yes")


def test_a_session_is_corrected_and_both_versions_can_be_read(session: Session, desk: FlaskClient, number: str) -> None:
    send(desk, number, "courses")
    treat(desk, number, 49)
    day = clock.today() - timedelta(days=49)
    address = f"/practitioner/clients/{number}/treatments/{day}"
    assert "Version 1" in desk.get(address).text
    fields: dict[str, Any] = {
        "treated_on": day,
        "health_asked": "no",
        "skin_type": "2",
        "bleeding": "more",
        "shown": "1",
    }
    area = {"area": "face", "needle_mm": "0.50", "passes": "4", "device": "Pen 3", "device_lot": "N-2"}
    fields |= {f"areas-0-{name}": value for name, value in area.items()} | {"aftercare_given": ""}
    assert "Write what was wrong." in send(desk, number, f"treatments/{day}/correction", 422, **fields, why=" ")
    soon = {**fields, "next_on": day + timedelta(days=7)}
    refused = send(desk, number, f"treatments/{day}/correction", 409, **soon, why="two points more")
    assert 'data-reason="next-too-soon"' in refused
    assert "two points more" in refused
    send(desk, number, f"treatments/{day}/correction", **fields, why="two points more")
    stale = send(desk, number, f"treatments/{day}/correction", 409, **fields, why="two points more")
    assert 'data-reason="changed-meanwhile"' in stale
    page = desk.get(address).text
    for told in ("Version 2", "two points more", "lot N-1", "lot N-2", "<td>none</td><td>more</td>"):
        assert told in page
    assert "over-treated" in desk.get("/practitioner").text
    send(desk, number, f"treatments/{day}/correction", **{**fields, "shown": "2"}, is_struck="y", why="another client")
    assert "did not take place: another client" in desk.get(f"/practitioner/clients/{number}/treatments").text
    assert desk.get(address).status_code == 404
    assert [len(course.versions) for course in record(session, number).courses] == [3]


def test_papers_rest_on_a_copy_that_only_practitioners_open(session: Session, desk: FlaskClient, number: str) -> None:
    card = papers.pdf()
    fields: dict[str, Any] = {"document": (BytesIO(card), "card.pdf")}
    for row, back in enumerate((300, 250, 200)):
        fields[f"treatments-{row}-treated_on"] = (clock.today() - timedelta(days=back)).isoformat()
        fields[f"treatments-{row}-needle_mm"], fields[f"treatments-{row}-bleeding"] = "0.5", "none"
    send(desk, number, "papers", **fields)
    course = record(session, number).courses[0]
    assert (course.attestation, course.paper_id is None) == ("", False)
    assert "The papers of this course" in desk.get(f"/practitioner/clients/{number}").text
    saved = desk.get(f"/practitioner/clients/{number}/paper", follow_redirects=True)
    assert saved.data == card
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert saved.headers["Cache-Control"] == "no-store"
