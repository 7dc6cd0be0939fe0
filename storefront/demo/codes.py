"""The demo clinic's discount codes: one that is in use, and one that is over."""

from dataclasses import replace

from catalogue.journal import Who
from storefront.db import transaction
from storefront.demo.calendar import Calendar
from storefront.orders.discounts import DiscountTold, make_discount

BEGAN, ENDED = 60, 20  # days ago


def make_codes(calendar: Calendar, admin: Who) -> None:
    """WELCOME10 for whoever comes back, once each; and £5 off a serum that was given away in one season."""
    welcome = DiscountTold(
        code="WELCOME10",
        per_cent=10,
        amount_minor=None,
        starts_on=calendar.day(BEGAN),
        ends_on=None,
        most_uses=100,
        is_once=True,
        least_goods_minor=2000,
        limited_to=(),
        why="A greeting on the card that clients take home from the clinic.",
    )
    season = replace(welcome, code="CALM-SKIN", per_cent=None, amount_minor=500, most_uses=None, limited_to=("serum",))
    season = replace(season, ends_on=calendar.day(ENDED), why="The weeks of open doors.")
    with transaction():
        make_discount(season, admin, calendar.moment(BEGAN))
        make_discount(welcome, admin, calendar.moment(BEGAN))
