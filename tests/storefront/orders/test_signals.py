"""Several clients report a reaction to one batch: the admin is told once, and a hold is proposed until it is decided."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from storefront.accounts.actions import make_account
from storefront.eligibility import actions
from storefront.eligibility.models import Client, Reaction
from storefront.eligibility.policy import load_policy
from storefront.eligibility.signals import signals
from storefront.messages.models import Message
from storefront.orders import stopping
from tests.catalogue.samples import ADMIN
from tests.storefront.orders import world
from tests.storefront.orders.world import NOW, TODAY

POLICY = load_policy()


def told(session: Session) -> int:
    return session.scalar(select(func.count(Message.id)).where(Message.kind == "batch_signal")) or 0


def proposed(session: Session) -> list[tuple[str, int]]:
    return [(row.code, row.reports) for row in signals(POLICY, TODAY)]


def test_three_clients_on_one_batch_are_a_signal_and_the_admin_is_told_once(session: Session) -> None:
    make_account("boss@clinic.example", "Marian", "admin", ADMIN, NOW)
    product = world.on_sale()
    batch = session.scalars(select(Batch).where(Batch.product_id == product.id)).one()
    other = world.another_batch(product)
    by = world.practitioner()
    clients = [world.new_client(f"Client {n}", f"client{n}@example.org") for n in range(5)]

    def reports(client: Client, of: Batch = batch, ago: int = 0) -> Reaction:
        moment, who = NOW - timedelta(days=ago), world.client_who(client)
        return stopping.report_reaction(client.id, "red", who, moment, batch_id=of.id, product_id=of.product_id)

    reports(clients[0], ago=POLICY.signal_days + 1)
    reports(clients[1])
    reports(clients[1])
    reports(clients[2])
    reports(clients[3], of=other)
    assert proposed(session) == []
    assert told(session) == 0
    third = reports(clients[3])
    assert proposed(session) == [(batch.code, 3)]
    assert told(session) == 1
    message = session.scalars(select(Message).where(Message.kind == "batch_signal")).one()
    assert batch.code in message.subject
    assert not any(client.name in message.text for client in clients)
    reports(clients[4])
    reports(clients[4])
    assert told(session) == 1
    actions.close_reaction(clients[3].id, third.id, "continue", "A new soap.", by, TODAY, NOW)
    assert proposed(session) == [(batch.code, 3)]
    stopping.hold_batch(batch.code, ADMIN, NOW, "three reports")
    assert proposed(session) == []


def test_the_oldest_day_that_counts(session: Session) -> None:
    batch = session.scalars(select(Batch).where(Batch.product_id == world.on_sale().id)).one()
    for number in range(3):
        client, ago = world.new_client(f"Client {number}", f"c{number}@example.org"), POLICY.signal_days
        moment = NOW - timedelta(days=ago)
        stopping.report_reaction(client.id, "red", world.client_who(client), moment, batch_id=batch.id)
    assert proposed(session) == [(batch.code, 3)]
    assert signals(POLICY, TODAY + timedelta(days=1)) == []
