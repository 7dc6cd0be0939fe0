"""The trade in charts, each with its table and its file: money taken and given back, the time until a parcel leaves, who orders
again; and the accounts of each month for the accountant."""

from datetime import timedelta

from flask import render_template

from catalogue.money import Money
from storefront import clock
from storefront.admin import bp
from storefront.admin.export_trade import DISPATCHED, REORDERED, SALES
from storefront.db import db
from storefront.orders import accounts, trade_figures
from storefront.roles import ADMIN, open_to

MONTHS_SHOWN = 13


@bp.get("/trade")
@open_to(ADMIN)
def trade() -> str:
    session, today = db.session(), clock.today()
    times, half_within = trade_figures.dispatch_times(session, today)
    reorders = trade_figures.reorders_by_month(session, today)
    told = {
        "sales": trade_figures.sales_by_week(session, today),
        "contested": Money(trade_figures.contested_now(session)),
        "times": times,
        "half_within": in_words(half_within),
        "reorders": reorders,
        "share": trade_figures.share(reorders),
        "months": [each for each in accounts.months_of(session, today, MONTHS_SHOWN) if each.has_moved],
    }
    names = {"sales": SALES, "times": DISPATCHED, "reorders": REORDERED}
    return render_template("admin/trade.html", names=names, Money=Money, **told)


def in_words(took: timedelta | None) -> str:
    """How long, in whole hours, at least one; days from the third one on."""
    if took is None:
        return ""
    hours = max(round(took.total_seconds() / 3600), 1)
    number, unit = (hours, "hour") if hours < 72 else (round(hours / 24), "day")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
