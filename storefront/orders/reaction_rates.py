"""How many reactions were reported of each product, beside the units that reached clients: one query, however many orders. What a
practitioner judged to have another cause counts no more."""

from dataclasses import dataclass

from sqlalchemy import func, select

from catalogue.products import Product
from storefront.db import db
from storefront.eligibility.models import Reaction, ReactionOutcome
from storefront.orders.models import Allocation, Order, OrderLine
from storefront.orders.rules import LEFT


@dataclass(frozen=True, slots=True)
class Rate:
    """One product: reports, and units that left the clinic."""

    label: str
    reports: int
    units: int

    @property
    def per_hundred(self) -> float:
        return round(100 * self.reports / self.units, 1) if self.units else 0.0

    @property
    def counts(self) -> tuple[float, ...]:
        return (self.per_hundred,)

    @property
    def total(self) -> float:
        return self.per_hundred


def reaction_rates() -> list[Rate]:
    """Every product that was ever sent or reported, the highest rate first."""
    sent = select(OrderLine.product_id, func.sum(Allocation.quantity).label("units"))
    sent = sent.join(Allocation, Allocation.line_id == OrderLine.id).join(Order, Order.id == OrderLine.order_id)
    sold = sent.where(Allocation.state == "packed", Order.status.in_(LEFT)).group_by(OrderLine.product_id).subquery()
    told = select(Reaction.product_id, func.count().label("reports"))
    told = told.outerjoin(ReactionOutcome, ReactionOutcome.reaction_id == Reaction.id)
    of_it = ReactionOutcome.id.is_(None) | (ReactionOutcome.outcome != "continue")
    reported = told.where(of_it, Reaction.product_id.is_not(None)).group_by(Reaction.product_id).subquery()
    units, reports = func.coalesce(sold.c.units, 0), func.coalesce(reported.c.reports, 0)
    found = select(Product.name, reports, units).outerjoin(sold, sold.c.product_id == Product.id)
    found = found.outerjoin(reported, reported.c.product_id == Product.id).where(units + reports > 0)
    rates = [Rate(name, int(many), int(of)) for name, many, of in db.session.execute(found.order_by(Product.name))]
    return sorted(rates, key=lambda rate: -rate.per_hundred)
