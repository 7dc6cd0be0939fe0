"""What a version of the specification would do on its first day, asked before anybody signs it: products that fall, what is
in stock, in baskets, on order and approved of them, and what would pass that is refused today. It changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, func, or_, select

from catalogue import drafts, shelf
from catalogue.limits import is_number
from catalogue.money import Money
from catalogue.products import Product
from catalogue.rejudging import judged_again
from catalogue.specification import Rule, Specification
from catalogue.vetting import Report, is_open, judge
from storefront.db import db
from storefront.eligibility.models import Approval, ApprovedSerum, Withdrawal
from storefront.eligibility.product_rules import needle_um
from storefront.orders.models import BasketLine, Order, OrderLine
from storefront.orders.rules import STOPPABLE, UNPAID

NEEDLE = "needle_length_nominal"


@dataclass(frozen=True, slots=True)
class Falling:
    """A product on sale today that the version refuses, by which rules, and what the practitioner may offer instead."""

    product: Product
    rules: tuple[Rule, ...]
    units: int
    instead: Product | None

    @property
    def worth(self) -> Money:
        return Money(self.units * self.product.price_minor, self.product.currency)


@dataclass(frozen=True, slots=True)
class Consequences:
    """`over_ceiling` approvals go beyond `ceiling_um`, the longest needle the version allows; `kits` allow what falls."""

    falls: tuple[Falling, ...]
    passes: tuple[Product, ...]
    pages: tuple[Product, ...]
    baskets: int
    unpaid: int
    undispatched: int
    kits: int
    over_ceiling: int
    ceiling_um: int | None

    @property
    def by_rule(self) -> dict[Rule, list[Product]]:
        """What falls, by each rule that it falls by."""
        found: dict[Rule, list[Product]] = {}
        for each in self.falls:
            for rule in each.rules:
                found.setdefault(rule, []).append(each.product)
        return found

    @property
    def units(self) -> int:
        return sum(each.units for each in self.falls)

    @property
    def worth(self) -> Money:
        return Money(sum(each.worth.minor for each in self.falls))


def consequences(rules: Specification, in_force: Specification, today: date) -> Consequences:
    """What follows from a version on its first day; ten queries, however much there is."""
    day = max(rules.in_force_from, today)
    loading = (*shelf.LOADING, *drafts.LOADING)
    products = db.session.scalars(select(Product).order_by(Product.kind, Product.name).options(*loading)).unique().all()
    sides = [_both(product, rules, in_force, day) for product in products]
    on_sale = [pair for pair in zip(products, sides, strict=True) if shelf.is_vetted(pair[0], today, in_force)]
    stays = [product for product, (_, after) in on_sale if after.verdict == "accepted"]
    falls = tuple(_falling(product, after, stays) for product, (_, after) in on_sale if after.verdict != "accepted")
    ids = [each.product.id for each in falls]
    statuses = orders_with(ids)
    ceiling = ceiling_of(rules)
    return Consequences(
        falls=falls,
        passes=tuple(p for p, (was, after) in zip(products, sides, strict=True) if _now_passes(was, after)),
        pages=tuple(p for p, (was, after) in on_sale if was.findings != after.findings),
        baskets=_count(select(func.count(BasketLine.client_id.distinct())).where(BasketLine.product_id.in_(ids))),
        unpaid=sum(statuses.get(status, 0) for status in UNPAID),
        undispatched=sum(statuses.get(status, 0) for status in STOPPABLE),
        kits=_approvals(today, allows([each.product for each in falls])) if falls else 0,
        over_ceiling=_approvals(today, Approval.greatest_needle_um > ceiling) if ceiling is not None else 0,
        ceiling_um=ceiling,
    )


def _both(product: Product, rules: Specification, in_force: Specification, day: date) -> tuple[Report, Report]:
    before = judge(drafts.dossier_of(product), in_force, day)
    return before, judged_again(before, rules, day)


def _now_passes(before: Report, after: Report) -> bool:
    return before.verdict != "accepted" and after.verdict == "accepted"


def _falling(product: Product, report: Report, stays: Sequence[Product]) -> Falling:
    against = tuple(report.specification.rule(finding.rule) for finding in report.findings if is_open(finding))
    others = [other for other in stays if other.kind == product.kind]
    instead = min(others, key=lambda other: abs(other.price_minor - product.price_minor), default=None)
    return Falling(product, against, sum(batch.free for batch in product.batches), instead)


def ceiling_of(rules: Specification) -> int | None:
    """The longest needle that the rules let through, in micrometres; None when no rule limits it."""
    limits = [
        int(rule.demand.limit * 1000)  # type: ignore[operator]  # a number, as asked in the line below
        for rule in rules.rules_for("roller")
        if rule.demand and rule.fact == NEEDLE and rule.outcome == "reject" and is_number(rule.demand.limit)
        if rule.demand.must in ("at most", "less than")
    ]
    return min(limits, default=None)


def orders_with(ids: Sequence[int]) -> dict[str, int]:
    """How many orders that have not left have one of these products, by their status."""
    has_it = select(OrderLine.order_id).where(OrderLine.product_id.in_(ids))
    counted = select(Order.status, func.count()).where(Order.id.in_(has_it), Order.status.in_(UNPAID + STOPPABLE))
    return {row[0]: row[1] for row in db.session.execute(counted.group_by(Order.status))}


def allows(products: Sequence[Product]) -> ColumnElement[bool]:
    """Approvals that let their client buy one of these."""
    depths = [depth for product in products if product.kind == "roller" and (depth := needle_um(product)) is not None]
    serums = [product.id for product in products if product.kind == "serum"]
    has_serum = exists().where(ApprovedSerum.approval_id == Approval.id, ApprovedSerum.product_id.in_(serums))
    return or_(has_serum, Approval.greatest_needle_um >= min(depths)) if depths else has_serum


def _approvals(today: date, which: ColumnElement[bool]) -> int:
    """How many approvals in force are such: each client's latest, neither withdrawn nor past its last day."""
    latest = select(func.max(Approval.id)).group_by(Approval.client_id)
    withdrawn = exists().where(Withdrawal.approval_id == Approval.id)
    live = (Approval.id.in_(latest), Approval.valid_until >= today, ~withdrawn)
    return _count(select(func.count(Approval.id)).where(*live, which))


def _count(statement: object) -> int:
    return db.session.scalar(statement) or 0  # type: ignore[call-overload,no-any-return]
