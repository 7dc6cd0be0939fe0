"""Taking off sale at once what a version of the specification will refuse only from its day on: the admin's choice, rule by rule.
There is no grace the other way: on its day the date decides."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from catalogue import drafts, shelf
from catalogue.journal import Who
from catalogue.products import Product
from storefront.clock import day_of
from storefront.db import db
from storefront.orders import stopping, touched


def end_before_its_day(skus: Iterable[str], why: str, note: str, by: Who, now: datetime) -> int:
    """Takes these off sale and gives back their orders; whoever may buy one is told. How many those were."""
    found = select(Product).where(Product.sku.in_(sorted(skus)), Product.listing.has()).order_by(Product.sku)
    products = db.session.scalars(found.options(*shelf.LOADING, *drafts.LOADING)).unique().all()
    if products:
        touched.tell(touched.clients_of(products, None, day_of(now)), note, now)
    for product in products:
        stopping.void_vetting(product.sku, by, now, why)
    return len(products)
