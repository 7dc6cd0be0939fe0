"""The two short questions, asked of every order: which answers belong to it, as a row that is written when it is placed."""

from datetime import datetime
from typing import cast

from sqlalchemy import ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.base import Base
from catalogue.journal import Who
from catalogue.lasting import lasts
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.eligibility.recheck_rules import NOTHING_NEW
from storefront.eligibility.rechecks import keep_recheck
from storefront.orders.models import Order


class Asked(Base):
    """Which answers an order was placed on; none: it was placed before there were the questions."""

    __tablename__ = "order_asked"

    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), primary_key=True)
    recheck_id: Mapped[int | None] = mapped_column(ForeignKey("recheck.id"), unique=True)


lasts(cast(Table, Asked.__table__))


def bind_answers(order: Order, client: Client, by: Who, now: datetime) -> None:
    """Writes the order that is being placed, and ties to it that nothing is new."""
    db.session.add(order)
    recheck = keep_recheck(client, NOTHING_NEW, by, now)
    db.session.add(Asked(order_id=order.id, recheck_id=recheck.id))
    db.session.flush()
