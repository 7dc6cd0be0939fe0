"""The whole road once more with nothing in memory: the shop's own webhook on a port, the SDK, the stand-in as a process, both
on the story's clock."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from catalogue.batches import Batch
from catalogue.money import Money
from storefront import clock, jobs
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders import stopping
from storefront.orders.models import Order
from storefront.orders.owing import owe_refund
from storefront.orders.records import locked
from storefront.payments import EXTENSION, paying, reconciling
from storefront.payments.cards import kept_card
from storefront.payments.settling import settle
from storefront.payments.stripe_api import StripeApi
from storefront.payments.stripe_values import Intent
from tests.ports import free_port
from tests.storefront.books import books_agree
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW, TODAY
from tests.storefront.standin.running import KEY, Standin, running, until


class Road:
    """One order of one approved client, and the two processes between which its money goes."""

    def __init__(self, app: Flask, standin: Standin, port: int, patch: pytest.MonkeyPatch) -> None:
        self.app, self.standin, self.port, self.patch = app, standin, port, patch
        self.api = StripeApi(KEY, standin.url)
        patch.setitem(app.extensions, EXTENSION, self.api)
        self.at(NOW)
        with transaction():
            product = world.on_sale(units=1)
            client = world.approved_client()
        with transaction():
            self.number = world.placed(client, product).number
        self.client_id = client.id

    def at(self, now: datetime) -> None:
        self.now = now
        self.patch.setattr(clock, "now", lambda: now)
        self.standin.shift(int(now.timestamp() - time.time()))

    def pay(self, **typed: str) -> int:
        return self.standin.pay(paying.start_payment(self.number), **typed)[0]

    @contextmanager
    def listening(self) -> Iterator[None]:
        """The shop answers at its door."""
        server = make_server("127.0.0.1", self.port, self.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def work(self) -> None:
        jobs.run_due(self.now)
        db.session.rollback()

    @property
    def order(self) -> Order:
        db.session.rollback()
        db.session.expire_all()
        return db.session.query(Order).filter_by(number=self.number).one()

    @property
    def intent(self) -> Intent:
        (found,) = self.api.intents_since(NOW - timedelta(days=1))
        return found

    def stock(self) -> tuple[int, int]:
        """How many units of the one batch are reserved, and how many are sold."""
        db.session.rollback()
        batch = db.session.query(Batch).one()
        return batch.reserved, batch.sold

    def is_told(self) -> bool:
        """Every event has been taken by the shop."""
        return '"events_waiting":0' in self.standin.ask("GET", "/health")[2].replace(" ", "")


@pytest.fixture
def road(fresh_database: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Road]:
    port = free_port()
    more = ["--webhook-url", f"http://127.0.0.1:{port}/webhooks/stripe"]
    for secret in fresh_database.config["SETTINGS"].stripe_webhook_secrets:
        more += ["--webhook-secret", secret]
    with running(tmp_path / "standin.sqlite3", *more) as standin, fresh_database.app_context():
        opened = Road(fresh_database, standin, port, monkeypatch)
        yield opened
        db.session.rollback()
        books_agree(opened.now.date())


def settled(road: Road) -> Callable[[], Any]:
    return lambda: road.order.status != "awaiting_payment" and road.is_told()


def test_an_order_is_paid_accepted_taken_and_given_back(road: Road) -> None:
    with road.listening():
        assert road.pay(number="4000000000000002") == 402
        assert road.pay() == 303
        until(settled(road))
        assert (road.order.status, road.intent.status) == ("accepted", "requires_capture")
        road.work()
        until(road.is_told)
    total = Money(road.order.total_minor)
    assert (road.intent.status, road.intent.received, road.order.captured_minor) == ("succeeded", total, total.minor)
    with transaction():
        owe_refund(locked(road.number), 1000, "a broken box", ADMIN, road.now)
    road.work()
    road.work()
    assert (road.intent.refunded, road.order.refunded_minor) == (Money(1000), 1000)


def test_an_approval_withdrawn_before_we_heard_of_the_money_takes_not_one_penny(road: Road) -> None:
    assert road.pay() == 303
    with transaction():
        stopping.withdraw_approval(road.client_id, "She is pregnant.", world.practitioner(), road.now)
    with road.listening():
        until(settled(road))
    road.work()
    assert road.order.status == "cancelled"
    assert (road.intent.status, road.intent.received, road.intent.capturable) == ("canceled", Money(0), Money(0))
    assert road.stock() == (0, 0)


def test_money_of_which_nobody_told_us_is_found_and_taken_once(road: Road) -> None:
    road.pay()
    for minutes in (6, 12):
        road.at(NOW + timedelta(minutes=minutes))
        road.work()
    assert (road.order.status, road.intent.received) == ("accepted", Money(road.order.total_minor))
    with road.listening():
        until(road.is_told)
    road.work()
    assert (road.order.captured_minor, road.intent.received.minor) == (road.order.total_minor, road.order.total_minor)


@pytest.mark.parametrize("happens", ["before", "after", "stored"])
def test_a_capture_whose_answer_is_lost_is_booked_once(road: Road, happens: str) -> None:
    with road.listening():
        road.pay()
        until(settled(road))
    road.standin.order_fault("/capture", status=500, happens=happens, times=3 if happens == "before" else 1)
    for minutes in (0, 5, 10):
        road.at(NOW + timedelta(minutes=minutes))
        road.work()
    assert (road.intent.status, road.order.captured_minor) == ("succeeded", road.order.total_minor)


def test_a_page_left_alone_expires_and_gives_the_unit_back(road: Road) -> None:
    url = paying.start_payment(road.number)
    road.at(NOW + timedelta(minutes=32))
    until(lambda: road.standin.ask("GET", url.removeprefix(road.standin.url))[0] == 410)
    with road.listening():
        until(road.is_told)
    road.work()
    assert road.order.status == "expired"
    assert road.stock() == (0, 0)


def test_money_that_is_contested_holds_the_order(road: Road) -> None:
    with road.listening():
        road.pay(number="4000000000000259")
        until(settled(road))
        road.work()
        until(lambda: road.order.status == "on_hold")
        until(road.is_told)
        (dispute,) = road.api.disputes_of(road.intent.id)
        road.standin.api("POST", f"/v1/disputes/{dispute.id}/close")  # what it tells is heard in any order
        until(lambda: road.order.status == "refunded" and road.is_told())
    assert (road.order.refunded_minor, road.intent.refunded) == (road.order.total_minor, Money(0))
    assert road.stock() == (0, 0)
    found = reconciling.compare_now(road.now - reconciling.LOOKS_BACK, road.now)
    assert [row.told for row in found.mismatches] == []


def test_a_card_may_be_kept_for_the_client_alone(road: Road) -> None:
    url = paying.start_payment(road.number)
    assert "Keep this card for next time" in road.standin.ask("GET", url.removeprefix(road.standin.url))[2]
    client = db.session.get_one(Client, road.client_id)
    customer = road.api.find_or_make_customer(client.email, client.number, "1")
    road.standin.pay(url, save="yes")
    kept = road.standin.api("GET", f"/v1/customers/{customer}/payment_methods")[1]["data"]
    assert [method["card"]["last4"] for method in kept] == ["4242"]
    with transaction():
        assert settle(road.number, road.api.read_intent(road.intent.id), road.now, TODAY) == "accepted"
    told = kept_card(road.client_id, TODAY)
    assert told is not None
    assert (told.brand, told.last4, told.good_until) == ("visa", "4242", date(2034, 12, 31))


def test_two_tabs_pay_one_order_once(road: Road) -> None:
    pages = {paying.start_payment(road.number) for _ in range(2)}
    assert len(pages) == 1
    with road.listening():
        assert [road.pay(), road.standin.pay(pages.pop())[0]] == [303, 200]
        until(settled(road))
        road.work()
    assert road.intent.received == Money(road.order.total_minor)
    assert road.stock() == (0, 1)
