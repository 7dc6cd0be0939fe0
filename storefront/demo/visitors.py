"""Visitors of the demo clinic who asked for a consultation: one who waits, one who may pick a time, one who comes today."""

from datetime import datetime, timedelta
from typing import Any

from catalogue.journal import Who
from storefront import clock
from storefront.db import transaction
from storefront.demo.calendar import Calendar
from storefront.eligibility import consultation_times, consultations
from storefront.eligibility.consultations import ConsultationRequest, Wish

AFTERNOON = timedelta(hours=15)


def ask(visitors: list[dict[str, Any]], calendar: Calendar, by: Who, clinic_email: str) -> None:
    """Each asks on their day; times are offered where any are told, and the first is picked where they have decided."""
    for told in visitors:
        asked_at = calendar.moment(told["ago"])
        wish = Wish(
            told["name"], told["email"], told["phone"], told["concern"], told["wishes"], told["times"], told["concerns"]
        )
        with transaction():
            request = consultations.ask_for_consultation(wish, told["email"], clinic_email, asked_at)
            if "offered" in told:
                starts = [afternoon(calendar, days) for days in told["offered"]]
                offered = consultation_times.offer_times(request.reference, starts, by, asked_at)
                if told.get("picked"):
                    pick(request, offered[0].code, asked_at)


def afternoon(calendar: Calendar, days: int) -> datetime:
    """Three o'clock at the clinic, so many days on."""
    return clock.beginning_of(calendar.day(-days)) + AFTERNOON


def pick(request: ConsultationRequest, code: str, now: datetime) -> None:
    token = consultation_times.new_link(request, now)
    consultation_times.choose_time(token, code, now)
