"""An appointment as a file for anybody's calendar (iCalendar, RFC 5545; methods by RFC 5546). Its identity stays, its sequence
grows with every change; times are UTC, so that no calendar needs to know the clinic's zone. It holds no health word."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST_LINE = 75  # octets, RFC 5545, 3.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """`starts_at` and `ends_at` are None once it is cancelled."""

    uid: str
    sequence: int
    summary: str
    place: str
    clinic: str
    email: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def method(self) -> str:
        return "PUBLISH" if self.starts_at else "CANCEL"


def calendar_file(appointment: Appointment, now: datetime) -> str:
    """The whole file. What is cancelled is named by its identity alone."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//The clinic's shop//Consultations//EN", "CALSCALE:GREGORIAN"]
    lines += [f"METHOD:{appointment.method}", "BEGIN:VEVENT", *_event(appointment, now), "END:VEVENT", "END:VCALENDAR"]
    return "".join(f"{folded}\r\n" for line in lines for folded in fold(line))


def _event(appointment: Appointment, now: datetime) -> Iterator[str]:
    yield f"UID:{escape(appointment.uid)}"
    yield f"SEQUENCE:{appointment.sequence}"
    yield f"DTSTAMP:{utc(now)}"
    if appointment.starts_at and appointment.ends_at:
        yield f"DTSTART:{utc(appointment.starts_at)}"
        yield f"DTEND:{utc(appointment.ends_at)}"
    yield f"SUMMARY:{escape(appointment.summary)}"
    yield f"LOCATION:{escape(appointment.place)}"
    yield f'ORGANIZER;CN="{quotable(appointment.clinic)}":mailto:{appointment.email}'
    yield f"STATUS:{'CONFIRMED' if appointment.starts_at else 'CANCELLED'}"


def utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escape(text: str) -> str:
    r"""Text as 3.3.11 wants it: backslash, comma, semicolon and line break are written with a backslash."""
    lines = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").splitlines()
    return "\\n".join(lines)


def quotable(text: str) -> str:
    """A quoted parameter holds neither quotes nor control signs."""
    return "".join(sign for sign in text if sign.isprintable() and sign != '"')


def fold(line: str) -> Iterator[str]:
    """Lines of at most 75 octets, later ones begun with a space, and no character cut in two."""
    room, part = LONGEST_LINE, ""
    for sign in line:
        if len((part + sign).encode()) > room:
            yield part
            part = " "
        part += sign
    yield part
