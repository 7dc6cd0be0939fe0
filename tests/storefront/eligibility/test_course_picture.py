"""A course as a picture, from rows in memory: what is done, when the next session may be, and what comes after. No database."""

from datetime import date, timedelta
from typing import Any

import pytest

from storefront.eligibility.course_picture import LINE, Window, not_begun, picture_of, windows_of
from storefront.eligibility.models import Course
from tests.storefront.eligibility.stories import POLICY, course

FIRST = date(2026, 3, 2)
SEVEN_WEEKS = timedelta(days=49)


def told(sessions: int, completed: bool = False, **others: Any) -> Course:
    days: list[Any] = [FIRST + SEVEN_WEEKS * nth for nth in range(sessions)]
    if others:
        days[-1] = {"on": days[-1], **others}
    row = course({"treated": days, "completed": completed})
    for each in row.completions:
        each.by_name = "Dr Holt"
    return row


def drawn(row: Course, today: date = FIRST) -> Any:
    return picture_of(row, POLICY, today, lambda treatment: f"{treatment.needle_um} µm")


@pytest.mark.parametrize(
    ("sessions", "windows"),
    [
        (0, []),
        (1, [(2, date(2026, 4, 13), date(2026, 4, 27)), (3, date(2026, 5, 25), date(2026, 6, 22))]),
        (2, [(3, date(2026, 6, 1), date(2026, 6, 15))]),
        (3, []),
    ],
)
def test_the_next_sessions_have_their_windows(sessions: int, windows: list[Any]) -> None:
    found = [(window.number, window.first, window.last) for window in windows_of(told(sessions), POLICY)]
    assert found == windows


@pytest.mark.parametrize(
    ("row", "states"),
    [
        (told(0), ["due", "open", "open", "open", "open"]),
        (not_begun(), ["due", "open", "open", "open", "open"]),
        (told(1), ["done", "due", "open", "open", "open"]),
        (told(2, bleeding="more"), ["done", "bad", "due", "open", "open"]),
        (told(2, bleeding="more", seen=True), ["done", "done", "due", "open", "open"]),
        (told(3), ["done", "done", "done", "due", "open"]),
        (told(3, completed=True), ["done", "done", "done", "done", "open"]),
    ],
)
def test_each_step_says_how_far_it_is(row: Course, states: list[str]) -> None:
    picture = drawn(row)
    assert [step["state"] for step in picture.steps] == states
    assert all(step["what"] in picture.words and step["when"] in picture.words for step in picture.steps)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 6, 1), date(2026, 6, 15), "1 to 15 June 2026"),
        (date(2026, 6, 20), date(2026, 7, 4), "20 June to 4 July 2026"),
        (date(2026, 12, 27), date(2027, 1, 10), "27 December 2026 to 10 January 2027"),
    ],
)
def test_a_window_says_once_what_both_days_share(first: date, last: date, words: str) -> None:
    assert Window(1, first, last).words == words


def test_home_care_follows_six_weeks_after_the_last_session() -> None:
    assert drawn(told(3)).steps[-1]["when"] == "from 20 July 2026"
    assert drawn(told(2)).steps[-1]["when"] == "6 weeks after the last session"


def test_the_line_of_days_keeps_within_its_ends() -> None:
    for sessions in (1, 2, 3):
        for today in (FIRST - timedelta(days=1), FIRST, FIRST + timedelta(days=2000)):
            picture = drawn(told(sessions), today)
            assert all(0 <= mark.at <= mark.at + mark.width <= LINE for mark in [*picture.dots, *picture.bands])
            assert [mark.kind for mark in picture.dots].count("today") == (today == FIRST)
    assert [band.kind for band in drawn(told(1)).bands] == ["next", "later"]
    assert [band.kind for band in drawn(told(3)).bands] == ["home"]
