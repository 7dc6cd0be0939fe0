"""One client at the till: an order placed, its payment page at a book in memory, and the clock of the story."""

from copy import copy
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from catalogue.products import Product
from storefront import clock, jobs
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders.models import Order, OrderLine
from storefront.orders.return_models import GoodsReturn, ReturnLine
from storefront.payments import paying, webhook
from storefront.payments.stripe_values import Intent
from tests.catalogue import samples
from tests.storefront.books import books_agree
from tests.storefront.orders import world
from tests.storefront.orders.world import NOW
from tests.storefront.payments.ledger import Ledger


class Till:
    """One client with one placed order, the payment page open, and Stripe's book."""

    def __init__(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ledger = ledger
        self.patch = monkeypatch
        self.at(NOW)
        with transaction():
            product = world.on_sale(units=1)
            client = world.approved_client()
            self.sku, self.client_id = product.sku, client.id
        with transaction():
            self.number = world.placed(client, product).number

    def again(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> "Till":
        """The same till for another test, from where it stood when it was built."""
        ledger.go_on_from(self.ledger)
        another = copy(self)
        another.ledger, another.patch = ledger, monkeypatch
        another.at(NOW)
        return another

    @property
    def product(self) -> Product:
        return samples.loaded(db.session(), self.sku)

    @property
    def client(self) -> Client:
        return db.session.get_one(Client, self.client_id)

    def at(self, now: datetime) -> None:
        self.now = self.ledger.now = now
        self.patch.setattr(clock, "now", lambda: now)

    def later(self, **passed: int) -> None:
        self.at(self.now + timedelta(**passed))

    def open(self) -> str:
        return paying.start_payment(self.number)

    def pay(self) -> Intent:
        self.open()
        return self.ledger.pay(self.number)

    def knock(self, intent: Intent) -> str:
        return webhook.take(self.ledger.knock(intent.id), self.now)

    def work(self) -> int:
        return jobs.run_due(self.now)

    def is_whole(self) -> bool:
        """Asked after a fault: no row is broken, and both books say the same."""
        books_agree(self.now.date())
        return True

    @property
    def order(self) -> Order:
        fresh = select(Order).where(Order.number == self.number).execution_options(populate_existing=True)
        found = db.session.scalars(fresh).one()
        db.session.rollback()
        return found

    @property
    def intent(self) -> Intent:
        (found,) = self.ledger.intents.values()
        return found

    def line_ids(self) -> list[int]:
        lines = select(OrderLine.id).join(Order).where(Order.number == self.number).order_by(OrderLine.id)
        return list(db.session.scalars(lines))

    def ask_back(self, *names: str) -> None:
        """Returns under these names, as if the client had asked for them."""
        order_id, (line,) = self.order.id, self.line_ids()
        with transaction():
            for name in names:
                row = GoodsReturn(number=name, order_id=order_id, reason="faulty", is_opened=True, asked_at=NOW)
                row.asked_by, row.lines = "Mara Finch", [ReturnLine(line_id=line, quantity=1)]
                db.session.add(row)
