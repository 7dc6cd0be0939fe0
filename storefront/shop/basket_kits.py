"""Kits in a basket, in words: what changed of one since it was put in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalogue.money import Money
from catalogue.verdicts import Verdict
from storefront.orders.basket_models import BasketLine
from storefront.orders.kit_marks import ONE_EACH
from storefront.orders.kit_models import Kit


@dataclass(frozen=True, slots=True)
class KitTold:
    """What the parts cost together now and when they were put in, and which of them cannot be had now."""

    kit: Kit
    price: Money
    price_before: Money
    missing: tuple[str, ...]


def kits_told(kits: Iterable[Kit], lines: Iterable[tuple[BasketLine, Verdict]]) -> list[KitTold]:
    """The kits whose parts are all there, one of each. `lines`: each with what speaks against it."""
    there = {line.product_id: (line, verdict) for line, verdict in lines if line.quantity == ONE_EACH}
    whole = [kit for kit in kits if kit.product_ids <= set(there)]
    return [_told(kit, [there[part.product_id] for part in kit.parts]) for kit in whole]


def _told(kit: Kit, parts: Sequence[tuple[BasketLine, Verdict]]) -> KitTold:
    now = _sum(line.product.price for line, _ in parts)
    before = _sum(line.price_before or line.product.price for line, _ in parts)
    return KitTold(kit, now, before, tuple(line.product.name for line, verdict in parts if verdict.reasons))


def _sum(prices: Iterable[Money]) -> Money:
    first, *others = prices
    return sum(others, first)
