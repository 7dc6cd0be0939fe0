"""Which times may be offered, what a clock on the wall means, and the file for a calendar; no database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.eligibility.calendar_file import Appointment, calendar_file, escape, fold
from storefront.eligibility.consultation_rules import Slot, instant_of, may_offer, slots_from

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def slot(minutes: int, is_taken: bool = False) -> Slot:
    start = NOW + timedelta(minutes=minutes)
    return Slot(start, start + timedelta(minutes=30), is_taken)


@pytest.mark.parametrize(
    ("wanted", "own", "codes"),
    [
        ([60], [], ()),
        ([60, 90], [30, 120], ()),
        ([60], [60], ()),
        ([], [], ("no-time",)),
        ([0], [], ("time-past",)),
        ([1], [], ()),
        ([-60, 60, 89], [], ("time-past", "times-overlap")),
        ([60], [31], ("times-overlap",)),
        ([60], [89], ("times-overlap",)),
        ([60], [-60, 61, 59], ("times-overlap", "times-overlap")),
    ],
)
def test_times_are_to_come_and_beside_each_other(wanted: list[int], own: list[int], codes: tuple[str, ...]) -> None:
    assert may_offer([slot(each) for each in wanted], [slot(each) for each in own], NOW, LONDON).codes == codes


def test_what_somebody_picked_is_offered_to_nobody_else() -> None:
    assert may_offer([slot(60)], [slot(60, is_taken=True)], NOW, LONDON).codes == ("time-taken",)


@given(st.lists(st.integers(1, 400), max_size=6), st.lists(st.integers(-100, 400), max_size=6))
def test_what_may_be_offered_never_overlaps(wanted: list[int], own: list[int]) -> None:
    slots, others = slots_from([slot(each).starts_at for each in wanted], 30), [slot(each) for each in own]
    if may_offer(slots, others, NOW, LONDON).is_yes:
        for one in slots:
            assert not any(one.overlaps(other) for other in [*slots, *others] if not one.is_same(other))


@pytest.mark.parametrize(
    ("wall", "instant"),
    [
        ("2026-11-26 14:00", "2026-11-26 14:00"),
        ("2026-07-01 14:00", "2026-07-01 13:00"),
        ("2026-03-29 00:59", "2026-03-29 00:59"),
        ("2026-03-29 01:00", None),
        ("2026-03-29 01:59", None),
        ("2026-03-29 02:00", "2026-03-29 01:00"),
        ("2026-10-25 01:30", "2026-10-25 00:30"),
        ("2028-02-29 23:59", "2028-02-29 23:59"),
    ],
)
def test_the_clock_on_the_wall(wall: str, instant: str | None) -> None:
    meant = datetime.fromisoformat(instant).replace(tzinfo=UTC) if instant else None
    assert instant_of(datetime.fromisoformat(wall), LONDON) == meant


def appointment(**others: object) -> Appointment:
    told = {
        "uid": "consultation-F-1@clinic.example",
        "sequence": 2,
        "summary": "Consultation at Pine; Co, Ltd",
        "place": "1 Long Street\nLondon",
        "clinic": 'Pine "Co"',
        "email": "clinic@example.org",
        "starts_at": datetime(2026, 7, 1, 14, tzinfo=LONDON),
        "ends_at": datetime(2026, 7, 1, 14, 30, tzinfo=LONDON),
    }
    return Appointment(**{**told, **others})  # type: ignore[arg-type]


def test_a_calendar_reads_when_where_and_with_whom() -> None:
    text = calendar_file(appointment(), NOW)
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert text.split("\r\n")[:-1] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//The clinic's shop//Consultations//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "UID:consultation-F-1@clinic.example",
        "SEQUENCE:2",
        "DTSTAMP:20261126T090000Z",
        "DTSTART:20260701T130000Z",
        "DTEND:20260701T133000Z",
        "SUMMARY:Consultation at Pine\\; Co\\, Ltd",
        "LOCATION:1 Long Street\\nLondon",
        'ORGANIZER;CN="Pine Co":mailto:clinic@example.org',
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_a_cancelled_one_is_taken_out_by_its_identity() -> None:
    text = calendar_file(appointment(starts_at=None, ends_at=None), NOW)
    assert "METHOD:CANCEL\r\n" in text
    assert "STATUS:CANCELLED\r\n" in text
    assert "DTSTART" not in text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_lines_are_short_and_come_back_whole(text: str) -> None:
    lines = list(fold(escape(text)))
    assert all(len(line.encode()) <= 75 for line in lines)
    assert lines[0] + "".join(line[1:] for line in lines[1:]) == escape(text)
