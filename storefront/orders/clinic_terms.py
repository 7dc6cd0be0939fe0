"""The terms of delivery of this clinic, and where and how an order goes by them, in words."""

from flask import current_app

from storefront.orders.delivery_terms import LEAVES, Terms, load_terms
from storefront.orders.destinations import Destination


def clinic_terms() -> Terms:
    """Ours, with the clinic's own entries over them."""
    return load_terms(current_app.config["SETTINGS"].clinic_delivery)


def way_now(order: Destination) -> str:
    """How an order reaches its client, by name; what was paid to be sent may be collected instead."""
    way = clinic_terms().ways.get(order.way)
    is_changed = order.delivery == "collection" and (way is None or way.is_posted)
    return LEAVES[order.delivery] if is_changed else order.way_name


def addressed(address: str, country: str) -> str:
    """An address with its country last; nothing where there is no address."""
    return f"{address}\n{clinic_terms().name_of(country)}" if address else ""
