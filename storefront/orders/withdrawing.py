"""What the withdrawal of an approval would do, told before the press: every order that stops, by its number, what goes back of
it, what can no longer be ordered, and whether reminders rest. `halting.effect_on` decides here as it does when the press has
come."""

from dataclasses import dataclass

from sqlalchemy import exists, func, select

from catalogue.money import Money
from storefront.db import db
from storefront.orders.basket_models import BasketLine
from storefront.orders.halting import GIVEN_BACK, effect_on
from storefront.orders.home_models import HomeReminder
from storefront.orders.models import Order
from storefront.orders.rules import STOPPABLE, UNPAID


@dataclass(frozen=True, slots=True)
class Stopped:
    """One order, as it stands, and what becomes of it."""

    number: str
    status: str
    becomes: str
    back: Money


@dataclass(frozen=True, slots=True)
class Effects:
    """Orders by their numbers; `in_basket` units that cannot be ordered any more; whether mails that the client set rest."""

    orders: tuple[Stopped, ...]
    in_basket: int
    reminders_rest: bool

    @property
    def words(self) -> str:
        """The orders in one line, for the message after the press."""
        return ", ".join(f"{each.number} {each.becomes}" for each in self.orders) or "no open order was touched"


def effects_of_withdrawal(client_id: int) -> Effects:
    """Asked before anybody presses; changes nothing. A withdrawal is of safety: what is not sent goes back. Two queries."""
    mine = select(Order).where(Order.client_id == client_id, Order.status.in_(UNPAID + STOPPABLE)).order_by(Order.id)
    told = [(order, effect_on(order, gives_back=True)) for order in db.session.scalars(mine)]
    units = select(func.sum(BasketLine.quantity)).where(BasketLine.client_id == client_id).scalar_subquery()
    are_set = exists().where(HomeReminder.client_id == client_id, HomeReminder.due_at.is_not(None))
    in_basket, reminders_rest = db.session.execute(select(units, are_set)).one()
    stopped = tuple(_stopped(order, what) for order, what in told if what)
    return Effects(stopped, in_basket or 0, bool(reminders_rest))


def _stopped(order: Order, what: str) -> Stopped:
    back = order.total_minor - order.owed_back_minor if what == GIVEN_BACK else 0
    return Stopped(order.number, order.status, what, Money(back, order.currency))
