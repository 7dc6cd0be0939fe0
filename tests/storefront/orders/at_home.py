"""A client with a roller at home: bought on the day of the small world, and sent two days later."""

from datetime import timedelta

from sqlalchemy import select, update

from catalogue.money import Money
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.dispatch import dispatch_order, pack_order
from storefront.orders.models import Allocation, Order
from tests.catalogue import samples
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW, TODAY

SENT = timedelta(days=2)


def client_with_a_roller() -> int:
    """Mara, approved for rollers and one serum, with one roller; her id."""
    with transaction():
        world.on_sale()
        client = world.approved_client(serums=(world.on_sale("SE-01", "serum").id,))
    send_roller(client)
    return client.id


def send_roller(client: Client, sent: timedelta = SENT) -> None:
    with transaction():
        number = world.placed(client, samples.loaded(db.session(), "RL-020")).number
        accept_order(number, Authorisation("pi_at_home", Money(3795)), NOW, TODAY)
        db.session.execute(update(Order).values(captured_minor=Order.total_minor))
    batch = select(Allocation.line_id, world.Batch.code).join(world.Batch, world.Batch.id == Allocation.batch_id)
    line_id, code = db.session.execute(batch).one()
    with transaction():
        pack_order(number, {line_id: [code]}, ADMIN, NOW + sent, TODAY + sent)
        dispatch_order(number, "", ADMIN, NOW + sent, TODAY + sent)
