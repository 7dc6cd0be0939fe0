"""What goods cost: the one place where products, how many of each and a discount code become the lines that are added up. Basket,
checkout, the same again and the order all ask here, so that they cannot differ by a penny. Pure: the terms of delivery and the
code are handed in."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from catalogue.products import Product
from storefront.orders.delivery_terms import Terms, rate_of
from storefront.orders.discount_rules import Goods
from storefront.orders.discount_uses import InBasket
from storefront.orders.rules import Priced, Totals, totals


class Wished(Protocol):
    """So many of a product, in a basket or wherever else it is asked for."""

    @property
    def product(self) -> Product: ...

    @property
    def quantity(self) -> int: ...


def goods_of(lines: Sequence[Wished]) -> list[Goods]:
    """The lines as a discount code sees them."""
    return [Goods(one.product.kind, one.product.sku, (one.product.price * one.quantity).minor) for one in lines]


def priced(lines: Sequence[Wished], country: str, terms: Terms, code: InBasket | None, today: date) -> list[Priced]:
    """Each line as money sees it, less what the code takes off it today. The price is the same wherever it is sent; the tax in it
    is that of the country."""
    off = code.shares(goods_of(lines), today) if code else [0] * len(lines)
    return [
        Priced(one.product.price, one.quantity, rate_of(terms, one.product.kind, country), share)
        for one, share in zip(lines, off, strict=True)
    ]


def totals_of(
    lines: Sequence[Wished], offer: tuple[str, str], terms: Terms, code: InBasket | None, today: date
) -> Totals:
    """What these goods cost today, brought in one of the ways to one of the countries that the terms of delivery offer."""
    way, country = offer
    return totals(priced(lines, country, terms, code, today), terms.price(way, country))
