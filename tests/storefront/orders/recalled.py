"""A clinic that has sent one batch to several clients, for the tests of recalls: paid, packed and sent as in real life."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue.products import Product
from catalogue.recall_notices import Notice
from catalogue.recalls import Picture
from storefront import clock, jobs
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.messages.models import Message
from storefront.orders import dispatch, recall_answers, recalling
from storefront.orders.models import Order, OrderLine
from storefront.orders.recall_models import RecallNotice
from storefront.payments import paying, webhook
from tests.catalogue import samples
from tests.catalogue.samples import WHOLE_NOTICE
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW, TODAY
from tests.storefront.payments.ledger import Ledger

PICTURE = Picture("image/png", b"a picture")
CODE = "RL-020-001"


class Recalled:
    """`numbers` are the orders, one of each client, all sent from the batch CODE."""

    def __init__(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, clients: int = 3) -> None:
        self.ledger, self.patch = ledger, monkeypatch
        self.at(NOW)
        with transaction():
            world.on_sale(units=10)
            made = [world.approved_client(f"P{n}", f"p{n}@example.org") for n in range(clients)]
            self.client_ids = [client.id for client in made]
        self.numbers = [self.order(n) for n in range(clients)]
        for number in self.numbers:
            self.send(number)
        self.number = ""

    def again(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> "Recalled":
        """The same clinic for another test, from where it stood when it was built."""
        ledger.go_on_from(self.ledger)
        another = copy(self)
        another.ledger, another.patch = ledger, monkeypatch
        another.at(NOW)
        return another

    @property
    def product(self) -> Product:
        return samples.loaded(db.session(), "RL-020")

    @property
    def clients(self) -> list[Client]:
        return [db.session.get_one(Client, id) for id in self.client_ids]

    def at(self, now: datetime) -> None:
        self.now = self.ledger.now = now
        self.patch.setattr(clock, "now", lambda: now)

    def later(self, **passed: int) -> None:
        self.at(self.now + timedelta(**passed))
        self.work()

    def order(self, nth: int) -> str:
        with transaction():
            number = world.placed(self.clients[nth], self.product).number
        paying.start_payment(number)
        webhook.take(self.ledger.knock(self.ledger.pay(number).id), self.now)
        self.work()
        return number

    def send(self, number: str) -> None:
        with transaction():
            line = db.session.scalars(select(OrderLine.id).join(Order).where(Order.number == number)).one()
            dispatch.pack_order(number, {line: [CODE]}, ADMIN, NOW, TODAY)
            dispatch.dispatch_order(number, "", ADMIN, NOW, TODAY)

    def work(self) -> int:
        return jobs.run_due(self.now)

    def open(self) -> str:
        with transaction():
            self.number = recalling.open_recall([CODE], "serious", "The maker warns.", ADMIN, self.now).number
        return self.number

    def tell(self, notice: Notice = WHOLE_NOTICE) -> None:
        """Opens the recall, writes its notice, sends it."""
        self.open()
        with transaction():
            recalling.write_notice(self.number, notice, PICTURE, ADMIN, self.now)
        with transaction():
            recalling.send_notice(self.number, ADMIN, self.now)

    def notices(self) -> Sequence[RecallNotice]:
        db.session.rollback()
        fresh = select(RecallNotice).order_by(RecallNotice.client_id).execution_options(populate_existing=True)
        return db.session.scalars(fresh).all()

    def answer(self, nth: int, answer: str = "stopped", remedy: str = "") -> None:
        with transaction():
            notice = recall_answers.notice_by_code(self.notices()[nth].code)
            assert notice is not None
            recall_answers.answer_notice(notice, answer, remedy, world.client_who(notice.client), self.now)

    def attempt(self, nth: int, outcome: str = "not_reached", way: str = "phone") -> None:
        with transaction():
            notice = recall_answers.notice_by_code(self.notices()[nth].code)
            assert notice is not None
            recall_answers.record_attempt(notice, way, outcome, "", ADMIN, self.now)

    def mails(self, kind: str = "recall_") -> list[str]:
        """To whom mails of this kind went, in the order of their writing."""
        db.session.rollback()
        told = select(Message.to).where(Message.kind.startswith(kind), Message.sent_at.is_not(None))
        return list(db.session.scalars(told.order_by(Message.id)))


SALE = "batch_id, kind, reserved, sold, order_number, by_name, at, why"
TAMPERED = {
    "a delivery is gone": ("delete", "DELETE FROM stock_movement WHERE kind = 'received'"),
    "a sale is smaller": ("update", "UPDATE stock_movement SET sold = 0, reserved = 0 WHERE kind = 'sold'"),
    "a sale is there twice": (
        "",
        f"INSERT INTO stock_movement ({SALE}) SELECT {SALE} FROM stock_movement WHERE kind = 'sold'",
    ),
    "a sale is gone": ("delete", "DELETE FROM stock_movement WHERE kind = 'sold'"),
}


def tamper(session: Session, what: str) -> None:
    """As only the owner of the database can: the trigger refuses it, until it is dropped."""
    verb, statement = TAMPERED[what]
    if verb:
        with pytest.raises(IntegrityError, match="kept as they were written"), session.begin_nested():
            session.execute(text(statement))
        on = " ON stock_movement" if session.get_bind().dialect.name == "postgresql" else ""
        session.execute(text(f"DROP TRIGGER stock_movement_no_{verb}{on}"))
    session.execute(text(statement))
