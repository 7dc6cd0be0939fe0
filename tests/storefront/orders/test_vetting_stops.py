"""A vetting signed with a worse verdict ends the listing there was, and stops the orders that rested on it."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from catalogue import drafts, signing, specification
from catalogue.products import Vetting
from catalogue.vetting import judge
from storefront.db import db, transaction
from storefront.orders import stopping
from storefront.orders.models import Order
from tests.catalogue import samples
from tests.storefront.orders import world
from tests.storefront.orders.world import TODAY


def sign(today: date) -> Vetting:
    product = samples.loaded(db.session(), "RL-020")
    dossier = drafts.dossier_of(product)
    shown = signing.shown_hash(judge(dossier, specification.load(), today), dossier)
    return stopping.record_vetting("RL-020", samples.PRACTITIONER, today, datetime.combine(today, time(11), UTC), shown)


def order() -> Order:
    with transaction():
        product, client = world.on_sale(), world.approved_client()
    with transaction():
        return world.placed(client, product)


def test_a_renewed_vetting_leaves_orders_alone(session: Session) -> None:
    placed = order()
    with transaction():
        assert sign(TODAY).verdict == "accepted"
    session.refresh(placed)
    assert placed.status == "awaiting_payment"


def test_a_vetting_signed_after_a_proof_lapsed_stops_what_is_not_paid(session: Session) -> None:
    placed = order()
    with transaction():
        assert sign(TODAY + timedelta(days=400)).verdict == "incomplete"
    session.refresh(placed)
    assert placed.status == "cancelled"
    assert samples.loaded(session, "RL-020").listing is None
