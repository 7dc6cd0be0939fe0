"""The one place that reads the clock. Rules and actions get `now` and `today` handed in."""

from datetime import UTC, date, datetime, time, timedelta

from flask import current_app


def now() -> datetime:
    return datetime.now(UTC)


def day_of(instant: datetime) -> date:
    """The calendar day of an instant where the clinic is."""
    return instant.astimezone(current_app.config["SETTINGS"].time_zone).date()


def beginning_of(day: date) -> datetime:
    """The first instant of a calendar day where the clinic is."""
    return datetime.combine(day, time(), current_app.config["SETTINGS"].time_zone).astimezone(UTC)


def next_hour(hour: int, instant: datetime) -> datetime:
    """The next time after an instant at which the clock at the clinic strikes this hour, also when the clocks change."""
    day, zone = day_of(instant), current_app.config["SETTINGS"].time_zone
    strikes = (datetime.combine(each, time(hour), zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    return next(each for each in strikes if each > instant)


def tomorrow(instant: datetime) -> datetime:
    """The first instant of the next calendar day where the clinic is."""
    return beginning_of(day_of(instant) + timedelta(days=1))


def today() -> date:
    return day_of(now())
