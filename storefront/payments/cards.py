"""The card that a client keeps at Stripe, as far as it may be told: which one it is, so that nobody pays with another unawares."""

from datetime import date, datetime

from sqlalchemy import select

from storefront.db import db
from storefront.orders.records import client_id_of
from storefront.payments.models import KeptCard
from storefront.payments.stripe_values import Card


def keep_card(order_number: str, card: Card | None, paid_at: datetime) -> None:
    """Remembers the card of a payment when its holder keeps it; one that they do not keep takes the place of none, and news of an
    earlier payment that of no later one. The client of the order is locked by the caller."""
    client_id = client_id_of(order_number) if card and card.is_kept else None
    if card is None or client_id is None:
        return
    known = db.session.get(KeptCard, client_id)
    if known is not None and known.kept_at > paid_at:
        return
    row = KeptCard(
        client_id=client_id, brand=card.brand[:30], last4=card.last4, good_until=card.good_until, kept_at=paid_at
    )
    db.session.merge(row)


def kept_card(client_id: int, today: date) -> KeptCard | None:
    """The card that Stripe offers this client again; none once it has run out."""
    good = select(KeptCard).where(KeptCard.client_id == client_id, KeptCard.good_until >= today)
    return db.session.scalar(good)
