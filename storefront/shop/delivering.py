"""Where a client's parcels went until now: an address is typed once, and a basket is counted with the delivery it will have."""

from flask import session
from sqlalchemy import select

from storefront.db import db
from storefront.eligibility.models import Client
from storefront.orders.clinic_terms import clinic_terms
from storefront.orders.delivery_terms import HOME
from storefront.orders.models import Order

TYPED = "delivery"
SENT = (Order.recipient, Order.address, Order.country, Order.way)
ADDRESS = ("recipient", "line1", "line2", "town", "postcode", "country")


def last_address(client: Client) -> dict[str, str]:
    """Where the last parcel went, so that an address is typed once."""
    sent = select(*SENT).where(Order.client_id == client.id, Order.delivery == "post")
    last = db.session.execute(sent.order_by(Order.id.desc()).limit(1)).first()
    return as_typed(*last) if last else as_typed(client.name, "", HOME, "post")


def usual_offer(client_id: int) -> tuple[str, str]:
    """The way and the country that the client typed just now or chose last; the first that is offered where they are no more."""
    mine = select(Order.way, Order.country).where(Order.client_id == client_id).order_by(Order.id.desc()).limit(1)
    last, typed = db.session.execute(mine).first(), session.get(TYPED)
    wanted = (typed.get("delivery"), typed.get("country")) if typed else tuple(last or ("", ""))
    offers = list(clinic_terms().offers())
    return next(offer for offer in (wanted, (wanted[0], HOME), offers[0]) if offer in offers)


def as_typed(recipient: str, address: str, country: str, way: str) -> dict[str, str]:
    """A kept address in the fields of the form; the name alone where it does not fit into them."""
    lines, told = address.split("\n"), {"delivery": way, "recipient": recipient}
    if len(lines) < 3:
        return told
    line2 = "\n".join(lines[1:-2])
    return {**told, "line1": lines[0], "line2": line2, "town": lines[-2], "postcode": lines[-1], "country": country}
