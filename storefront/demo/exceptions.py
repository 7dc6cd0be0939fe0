"""The demo clinic's exceptions: what clients asked to order before its day, and what the practitioner answered."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from catalogue import shelf
from catalogue.journal import Who
from catalogue.products import Product
from storefront.db import db, transaction
from storefront.demo.calendar import Calendar
from storefront.eligibility.early_orders import answer_wish, wish_early
from storefront.eligibility.early_rules import Grant
from storefront.eligibility.models import Client
from storefront.eligibility.rules import Wanted
from storefront.orders.records import purchases_of
from storefront.roles import CLIENT


def ask(client_id: int, told: dict[str, Any], calendar: Calendar, practitioner: Who) -> None:
    """One wish, and its answer where the file has one."""
    day, moment = calendar.day(told["ago"]), calendar.moment(told["ago"])
    client = db.session.get_one(Client, client_id)
    wanted = select(Product).where(Product.sku == told["sku"]).options(*shelf.LOADING)
    line = Wanted(db.session.scalars(wanted).unique().one(), 1)
    by = Who(client.account_id, client.name, CLIENT)
    with transaction():
        wish = wish_early(client_id, line, told["why"], purchases_of(client_id), by, day, moment)
        if "granted" in told:
            grant = Grant(1, calendar.today + timedelta(days=told["granted"]["days_left"]))
            answer_wish(client_id, wish.id, grant, told["granted"]["note"], practitioner, day, moment)
