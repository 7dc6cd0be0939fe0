"""Words about what happened to a basket: no line leaves it, comes back to it or stops being of a kit without one. They stand on the
basket's page, on every device, until the client has read them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from storefront.db import db
from storefront.orders.basket_models import BasketNews
from storefront.orders.kit_marks import unmark_basket
from storefront.orders.models import Order

# What these say of a product is over as soon as it is put in, or leaves, anew.
OF_A_LINE = ("taken-out", "came-back", "not-back")


def tell_basket(client_id: int, code: str, text: str, now: datetime, **about: object) -> None:
    """One more thing that the client is to read; `about`: the product, the quantity, the number of the order."""
    db.session.add(BasketNews(client_id=client_id, code=code, text=text, at=now, **about))


def news_of(client_id: int) -> Sequence[BasketNews]:
    """What the client has not read yet, the oldest first, with the products that it is about."""
    mine = select(BasketNews).where(BasketNews.client_id == client_id).options(joinedload(BasketNews.product))
    return db.session.scalars(mine.order_by(BasketNews.id)).all()


def read_news(client_id: int, until: int) -> None:
    """The client has read all that stood there up to this one."""
    db.session.execute(delete(BasketNews).where(BasketNews.client_id == client_id, BasketNews.id <= until))


def forget_lines(client_id: int, product_ids: Iterable[int]) -> None:
    """What was said of these lines is over."""
    over = delete(BasketNews).where(BasketNews.client_id == client_id, BasketNews.code.in_(OF_A_LINE))
    db.session.execute(over.where(BasketNews.product_id.in_(list(product_ids))))


def tell_of_order(order: Order, code: str, text: str, now: datetime) -> None:
    """The last word about an order takes the place of those before it."""
    forget_order(order)
    tell_basket(order.client_id, code, text, now, order_number=order.number)


def forget_order(order: Order) -> None:
    """What was said of this order is over."""
    db.session.execute(delete(BasketNews).where(BasketNews.order_number == order.number))


def break_kits(client_id: int, product_ids: Iterable[int], why: str, now: datetime) -> None:
    """The kits in which these products came are none any more; what is left of them stays, each by itself, and is told so."""
    for kit in unmark_basket(client_id, product_ids):
        text = f"“{kit.name}” is not in your basket as a kit any more: {why}. The rest of it stays, each by itself."
        tell_basket(client_id, "kit-broken", text, now)
