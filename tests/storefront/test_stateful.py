"""The shop driven at random: clients, approvals, vettings, batches, payments, with news that comes late, twice, out of order, or
never, a worker whose answers are lost, and time that passes. After every step the audit says nothing, and at Stripe not one
penny was taken for an order that was not accepted."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, select, update

from catalogue import goods_in, specification
from catalogue.batches import Batch
from catalogue.products import Product, Vetting
from catalogue.verdicts import Refused
from storefront import jobs
from storefront.db import db, transaction
from storefront.eligibility import actions as care
from storefront.eligibility.models import Reaction, ReactionOutcome
from storefront.orders import actions, baskets, discounts, dispatch, holding, stopping
from storefront.orders.discounts import DiscountTold
from storefront.orders.models import Allocation, Order, OrderLine
from storefront.orders.owing import owe_refund
from storefront.orders.records import locked
from storefront.payments import paying, webhook
from storefront.payments.stripe_values import PaymentRefused, PaymentUnavailable
from tests.catalogue import samples
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, BY_POST
from tests.storefront.story import Story

CLIENTS = st.integers(0, 2)
SKUS = st.sampled_from(["RL-020", "SE-001"])
PICK = st.integers(0, 99)
NAMES = ("Ann", "Ben", "Cleo")
CODE = DiscountTold("CODE", None, 701, world.TODAY, None, 2, False, 0, (), "A story.")
BUSY = (PaymentUnavailable, PaymentRefused)


class Shop(Story):
    """Three approved clients, a roller and a serum, few units of each."""

    # What clients do.

    @rule(client=CLIENTS, sku=SKUS, quantity=st.integers(1, 2))
    def basket(self, client: int, sku: str, quantity: int) -> None:
        with self.trying():
            baskets.put_in_basket(self.clients[client].id, sku, quantity, self.now, self.today)

    @rule(client=CLIENTS)
    def use_code(self, client: int) -> None:
        """One that takes an uneven sum off, and may be used twice."""
        with self.trying():
            discounts.put_code_in_basket(self.clients[client].id, "code", self.today)

    @rule(client=CLIENTS)
    def place(self, client: int) -> None:
        who = self.clients[client]
        with self.trying():
            actions.place_order(who.id, BY_POST, world.NOTHING_NEW, world.client_who(who), self.now, self.today)

    @rule(client=CLIENTS, sku=SKUS, is_heard=st.booleans())
    def buy(self, client: int, sku: str, is_heard: bool) -> None:
        """The whole way in one go, so that most stories have paid orders in them."""
        self.basket(client, sku, 1)
        self.place(client)
        order = self.pick(
            select(Order.number).where(Order.client_id == self.clients[client].id).order_by(Order.id.desc()), 0
        )
        with suppress(Refused, *BUSY):
            paying.start_payment(order or "")
            self.events += [self.ledger.knock(self.ledger.pay(order or "").id)] * 2
        if is_heard and self.events:
            self.hear(len(self.events) - 1)

    @rule(number=PICK)
    def open_page(self, number: int) -> None:
        with suppress(Refused, *BUSY):
            paying.start_payment(self.order(number, "awaiting_payment") or "")

    @rule(number=PICK)
    def pay(self, number: int) -> None:
        """Whatever became of the order: a page that is open can be paid on."""
        pages = [page.order_number for page in self.ledger.sessions.values() if page.order_number]
        with suppress(*BUSY):
            intent = self.ledger.pay(pages[number % len(pages)]) if pages else None
            kinds = ("payment_intent.amount_capturable_updated", "checkout.session.completed")
            self.events += [self.ledger.knock(intent.id, kind) for kind in kinds] if intent else []

    @rule(number=PICK)
    def change_mind(self, number: int) -> None:
        order = self.order(number, "awaiting_payment", "accepted", "packed")
        with self.trying():
            actions.cancel_order(order or "", "changed my mind", world.client_who(self.clients[0]), self.now)

    @rule(client=CLIENTS)
    def react(self, client: int) -> None:
        with self.trying():
            stopping.report_reaction(
                self.clients[client].id, "it burns", world.client_who(self.clients[client]), self.now
            )

    @rule(client=CLIENTS, code=st.sampled_from(["C_CON_01", "C_CON_05", ""]))
    def answer(self, client: int, code: str) -> None:
        given = world.answers(**({code: "yes"} if code else {}))
        who = world.client_who(self.clients[client])
        with self.trying():
            stopping.answer_screening(self.clients[client].id, given, who, self.today, self.now)

    # What Stripe and the worker do.

    @precondition(lambda self: self.events)
    @rule(number=PICK)
    def hear(self, number: int) -> None:
        """Any event there ever was: late, again, out of order."""
        with suppress(PaymentUnavailable):
            webhook.take(self.events[number % len(self.events)], self.now)

    @rule()
    def work(self) -> None:
        jobs.run_due(self.now)

    @rule(trouble=st.sampled_from(["down", "lose_answers"]))
    def work_in_trouble(self, trouble: str) -> None:
        setattr(self.ledger, trouble, True)
        jobs.run_due(self.now)
        setattr(self.ledger, trouble, False)

    @rule(number=PICK)
    def lose(self, number: int) -> None:
        held = [intent.id for intent in self.ledger.intents.values() if intent.status == "requires_capture"]
        if held:
            self.ledger.lose(held[number % len(held)])
            self.events.append(self.ledger.knock(held[number % len(held)], "payment_intent.canceled"))

    @rule(minutes=st.sampled_from([1, 6, 20, 31, 32]))
    def wait(self, minutes: int) -> None:
        self.now = self.ledger.now = self.now + timedelta(minutes=minutes)

    @rule(days=st.sampled_from([1, 2, 69, 70]))
    def wait_days(self, days: int) -> None:
        self.now = self.ledger.now = self.now + timedelta(days=days)

    # What the clinic does.

    @rule(client=CLIENTS)
    def withdraw(self, client: int) -> None:
        with self.trying():
            stopping.withdraw_approval(self.clients[client].id, "seen in the clinic", self.doctor, self.now)

    @rule(client=CLIENTS, depth=st.sampled_from([100, 200]), quantity=st.integers(1, 2), has_serum=st.booleans())
    def approve(self, client: int, depth: int, quantity: int, has_serum: bool) -> None:
        serums = (self.serum_id,) if has_serum else ()
        until = self.today + timedelta(days=100)
        wanted = world.limits(serums, greatest_needle_um=depth, quantity=quantity, valid_until=until)
        with self.trying():
            stopping.grant_approval(self.clients[client].id, wanted, self.doctor, self.today, self.now)

    @rule(number=PICK)
    def close_reaction(self, number: int) -> None:
        closed = select(ReactionOutcome.reaction_id)
        reaction = self.pick(select(Reaction).where(Reaction.id.not_in(closed)).order_by(Reaction.id), number)
        with self.trying():
            if reaction:
                told = (reaction.client_id, reaction.id, "continue", "healed", self.doctor, self.today, self.now)
                care.close_reaction(*told)

    @rule(number=PICK, stop=st.sampled_from([stopping.hold_batch, stopping.recall_batch]))
    def stop_batch(self, number: int, stop: Callable[..., object]) -> None:
        code = self.pick(select(Batch.code).order_by(Batch.id), number)
        with self.trying():
            stop(code, ADMIN, self.now, "a report")

    @rule(sku=SKUS, units=st.integers(1, 2), days=st.sampled_from([400, 700]))
    def receive(self, sku: str, units: int, days: int) -> None:
        rules, kind = specification.load(), "roller" if sku == "RL-020" else "serum"
        with self.trying():
            product = db.session.scalars(select(Product).where(Product.sku == sku)).one()
            came = samples.arrival(kind, units, self.today + timedelta(days=days), self.today)
            batch = goods_in.receive_batch(db.session(), product, came, rules, ADMIN, self.today, self.now)
            goods_in.release_batch(db.session(), batch, rules, ADMIN, self.today, self.now)

    @rule(sku=SKUS)
    def void(self, sku: str) -> None:
        with self.trying():
            stopping.void_vetting(sku, ADMIN, self.now, "the maker warns")

    @rule(sku=SKUS)
    def sign(self, sku: str) -> None:
        with self.trying():
            samples.sign(db.session(), samples.loaded(db.session(), sku), today=self.today)
            fresh = select(Vetting.id).order_by(Vetting.id.desc()).limit(1).scalar_subquery()
            db.session.execute(update(Vetting).where(Vetting.id == fresh).values(signed_at=self.now))

    @rule(sku=SKUS)
    def lapse(self, sku: str) -> None:
        """A certificate ends tonight."""
        mine = select(Product.id).where(Product.sku == sku).scalar_subquery()
        current = update(Vetting).where(Vetting.product_id == mine, Vetting.lapses_on > self.today)
        with self.trying():
            db.session.execute(current.values(lapses_on=self.today).execution_options(synchronize_session=False))

    @rule(number=PICK, is_other=st.booleans())
    def pack(self, number: int, is_other: bool) -> None:
        order = self.order(number, "accepted", "packed")
        units = select(OrderLine.id, Batch.code).join(Order, OrderLine.order_id == Order.id)
        units = units.join(Allocation, Allocation.line_id == OrderLine.id).join(Batch, Batch.id == Allocation.batch_id)
        held = db.session.execute(units.where(Order.number == (order or ""), Allocation.state != "released")).all()
        other = self.pick(select(Batch.code).order_by(Batch.id.desc()), number)
        with self.trying():
            picks = {line: [other if is_other else code] for line, code in held}
            dispatch.pack_order(order or "", picks, ADMIN, self.now, self.today)

    @rule(number=PICK)
    def send(self, number: int) -> None:
        order = self.order(number, "packed")
        with self.trying():
            dispatch.dispatch_order(order or "", "RM1GB", ADMIN, self.now, self.today)

    @rule(number=PICK)
    def deliver(self, number: int) -> None:
        order = self.order(number, "dispatched")
        with self.trying():
            dispatch.deliver_order(order or "", ADMIN, self.now)

    @rule(number=PICK)
    def stop_order(self, number: int) -> None:
        order = self.order(number, "awaiting_payment", "accepted", "packed", "on_hold", "expired")
        with self.trying():
            actions.cancel_order(order or "", "asked by telephone", ADMIN, self.now)

    @rule(number=PICK)
    def lift(self, number: int) -> None:
        order = self.order(number, "on_hold")
        with self.trying():
            holding.lift_order(order or "", ADMIN, self.now, self.today)

    @rule(number=PICK, amount=st.sampled_from([1, 2000, 3795]))
    def give_back(self, number: int, amount: int) -> None:
        order = self.order(number, "accepted", "on_hold", "dispatched", "delivered")
        with self.trying():
            owe_refund(locked(order or ""), amount, "a dent", ADMIN, self.now)


@pytest.fixture
def stories(app: Flask) -> type[Shop]:
    """The machine on a shop that is made once; each story is rolled back to it."""
    with transaction():
        world.on_sale(units=2)
        serum = world.on_sale("SE-001", "serum", units=2)
        clients = [world.approved_client(name, f"{name}@example.org", (serum.id,), quantity=2) for name in NAMES]
        people = [world.client_who(client) for client in clients]
        doctor = world.practitioner()
        discounts.make_discount(CODE, ADMIN, world.NOW)
    assert people
    connection: Any = db.engines[None]
    assert isinstance(connection, Connection)
    members = {"app": app, "begin": connection.begin_nested, "clients": clients, "doctor": doctor, "serum_id": serum.id}
    db.session.remove()
    return type("Story", (Shop,), members)


def test_no_story_sells_what_may_not_be_sold_nor_takes_money_twice(stories: type[Shop]) -> None:
    run_state_machine_as_test(
        stories,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
