"""How money, days, instants and addresses are put into words on every page and mail: British English, the clinic's time zone."""

from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, get_currency_precision
from flask import current_app

from catalogue.money import Money
from storefront import clock
from storefront.front import bp
from storefront.orders.clinic_terms import addressed, way_now
from storefront.orders.destinations import Destination

LOCALE = "en_GB"


@bp.app_template_filter()
def amount(money: Money) -> str:
    """£34.00; whole minor units in, the currency's own number of decimals out."""
    units = Decimal(money.minor).scaleb(-get_currency_precision(money.currency))
    return format_currency(units, money.currency, locale=LOCALE)


@bp.app_template_filter()
def day(when: date | datetime) -> str:
    """22 November 2026; an instant is the day that it is at the clinic."""
    on = clock.day_of(when) if isinstance(when, datetime) else when
    return format_date(on, "d MMMM y", locale=LOCALE)


@bp.app_template_filter()
def weekday(on: date) -> str:
    """Friday 27 November: a day of the next weeks, for which somebody plans."""
    return format_date(on, "EEEE d MMMM", locale=LOCALE)


@bp.app_template_filter()
def moment(when: datetime) -> str:
    """22 November 2026, 14:05 at the clinic."""
    return _at_the_clinic(when, "d MMMM y, HH:mm")


@bp.app_template_filter()
def meeting(when: datetime) -> str:
    """Sunday 22 November 2026, 14:05 at the clinic: with the weekday, because somebody has to come."""
    return _at_the_clinic(when, "EEEE d MMMM y, HH:mm")


bp.add_app_template_filter(way_now)


@bp.app_template_filter()
def whole_address(order: Destination) -> str:
    """Where a parcel goes, a line each, its country last."""
    return addressed(order.address, order.country)


def _at_the_clinic(when: datetime, pattern: str) -> str:
    zone = current_app.config["SETTINGS"].time_zone
    return format_datetime(when.astimezone(zone), pattern, locale=LOCALE)
