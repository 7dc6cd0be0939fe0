"""What a version of the specification would do on its first day, asked before anybody signs it: products that fall, what is
in stock, in baskets, on order and approved of them, and what would pass that is refused today. It changes nothing."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, func, or_, select

from catalogue import drafts, shelf
from catalogue.base import among
from catalogue.batches import Batch
from catalogue.dossiers import Dossier
from catalogue.limits import is_number
from catalogue.money import Money
from catalogue.products import KINDS, Product
from catalogue.rejudging import Differing, Moved
from catalogue.specification import Rule, Specification
from catalogue.stock import free
from catalogue.verdicts import Finding
from catalogue.vetting import is_open, judge
from storefront.db import db
from storefront.eligibility.models import Approval, ApprovedClass, ApprovedSerum, Withdrawal
from storefront.eligibility.product_rules import classes_of, is_under_review, needle_um
from storefront.orders.basket_models import BasketLine
from storefront.orders.kit_standing import LosingKit, kits_losing
from storefront.orders.models import Order, OrderLine
from storefront.orders.rules import STOPPABLE, UNPAID

NEEDLE = "needle_length_nominal"
AT_ONCE = 500  # products


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
    """`lapses` are off sale by that day whatever is signed. `over_ceiling` approvals go beyond `ceiling_um`, the longest needle
    the version allows; `kits` allow what falls, `composed` lose a part of theirs."""

    falls: tuple[Falling, ...]
    lapses: tuple[Product, ...]
    passes: tuple[Product, ...]
    pages: tuple[Product, ...]
    baskets: int
    unpaid: int
    undispatched: int
    kits: int
    composed: tuple[LosingKit, ...]
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


class _Asked:
    """Every product asked under both versions, some hundreds at a time, of which only what falls, passes or changes is kept."""

    def __init__(self, rules: Specification, in_force: Specification, today: date) -> None:
        self.rules, self.in_force, self.today = rules, in_force, today
        self.day = max(rules.in_force_from, today)
        self.differing = {kind: Differing(in_force, rules, kind) for kind in KINDS}
        self.falling: list[tuple[Product, list[Finding]]] = []
        self.lapses: list[Product] = []
        self.passes: list[Product] = []
        self.pages: list[Product] = []
        self.stays: dict[str, list[tuple[int, int]]] = {kind: [] for kind in KINDS}  # price and id, cheapest first

    def ask_all(self) -> None:
        """Nothing of a product is in memory once the next hundreds are asked, unless it is kept."""
        ids = db.session.scalars(select(Product.id).order_by(Product.kind, Product.name, Product.id)).all()
        for at in range(0, len(ids), AT_ONCE):
            some = select(Product).where(Product.id.in_(ids[at : at + AT_ONCE])).options(shelf.LISTED, *drafts.LOADING)
            for product in db.session.scalars(some.order_by(Product.kind, Product.name, Product.id)).unique():
                self.ask(product)
        for prices in self.stays.values():
            prices.sort()

    def ask(self, product: Product) -> None:
        dossier, differing = drafts.dossier_of(product), self.differing[product.kind]
        moved = differing.findings(dossier, self.day)
        if differing.now_passes(dossier, moved, self.day):
            self.passes.append(product)
        if not shelf.is_vetted(product, self.today, self.in_force):
            return
        if moved.before != moved.after:
            self.pages.append(product)
        against = [finding for finding in self._of(product, dossier, moved) if is_open(finding)]
        said_before = {(finding.rule, finding.verdict) for finding in moved.before}
        by_version = [one for one in moved.after if is_open(one) and (one.rule, one.verdict) not in said_before]
        if by_version:
            self.falling.append((product, by_version))
        elif against:
            self.lapses.append(product)
        else:
            self.stays[product.kind].append((product.price_minor, product.id))

    def _of(self, product: Product, dossier: Dossier, moved: Moved) -> tuple[Finding, ...]:
        """What may stand against a product on sale: what its vetting says of the other rules holds until a proof lapses."""
        vetted = shelf.counting(product, self.in_force)
        is_good = vetted is not None and (vetted.lapses_on is None or self.day <= vetted.lapses_on)
        return moved.after if is_good else judge(dossier, self.rules, self.day).findings

    def nearest(self, product: Product) -> int | None:
        """The id of what stays of its kind and is nearest in price."""
        prices = self.stays[product.kind]
        at = bisect_left(prices, (product.price_minor, 0))
        beside = prices[max(at - 1, 0) : at + 1]
        return min(beside, key=lambda one: abs(one[0] - product.price_minor))[1] if beside else None


def consequences(rules: Specification, in_force: Specification, today: date) -> Consequences:
    """What follows from a version on its first day; some queries for each few hundred products, and a dozen more."""
    asked = _Asked(rules, in_force, today)
    asked.ask_all()
    falls = _falls(asked)
    ids = [each.product.id for each in falls]
    statuses = orders_with(ids)
    ceiling = ceiling_of(rules)
    return Consequences(
        falls=falls,
        lapses=tuple(asked.lapses),
        passes=tuple(asked.passes),
        pages=tuple(asked.pages),
        baskets=_count(select(func.count(BasketLine.client_id.distinct())).where(among(BasketLine.product_id, ids))),
        unpaid=sum(statuses.get(status, 0) for status in UNPAID),
        undispatched=sum(statuses.get(status, 0) for status in STOPPABLE),
        kits=_approvals(today, allows([each.product for each in falls])) if falls else 0,
        composed=kits_losing(ids),
        over_ceiling=_approvals(today, Approval.greatest_needle_um > ceiling) if ceiling is not None else 0,
        ceiling_um=ceiling,
    )


def _falls(asked: _Asked) -> tuple[Falling, ...]:
    ids = [product.id for product, _ in asked.falling]
    held = select(Batch.product_id, func.sum(free)).where(among(Batch.product_id, ids)).group_by(Batch.product_id)
    units = {row[0]: int(row[1]) for row in db.session.execute(held)}
    nearest = {product.id: asked.nearest(product) for product, _ in asked.falling}
    instead = select(Product).where(among(Product.id, {id for id in nearest.values() if id is not None}))
    by_id = {other.id: other for other in db.session.scalars(instead)}
    return tuple(
        Falling(
            product,
            tuple(asked.rules.rule(finding.rule) for finding in against),
            units.get(product.id, 0),
            by_id.get(nearest[product.id] or 0),
        )
        for product, against in asked.falling
    )


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
    has_it = select(OrderLine.order_id).where(among(OrderLine.product_id, ids))
    counted = select(Order.status, func.count()).where(Order.id.in_(has_it), Order.status.in_(UNPAID + STOPPABLE))
    return {row[0]: row[1] for row in db.session.execute(counted.group_by(Order.status))}


def allows(products: Sequence[Product]) -> ColumnElement[bool]:
    """Approvals that let their client buy one of these."""
    depths = [depth for product in products if product.kind == "roller" and (depth := needle_um(product)) is not None]
    has_serum = allows_serum([product for product in products if product.kind == "serum"])
    return or_(has_serum, Approval.greatest_needle_um >= min(depths)) if depths else has_serum


def allows_serum(serums: Sequence[Product]) -> ColumnElement[bool]:
    """Approvals of one of these serums, by its name or by a class that it is in."""
    ids = [product.id for product in serums]
    classes = {name for product in serums if not is_under_review(product) for name in classes_of(product)}
    by_name = exists().where(ApprovedSerum.approval_id == Approval.id, among(ApprovedSerum.product_id, ids))
    by_class = exists().where(ApprovedClass.approval_id == Approval.id, ApprovedClass.name.in_(sorted(classes)))
    return or_(by_name, by_class)


def _approvals(today: date, which: ColumnElement[bool]) -> int:
    """How many approvals in force are such: each client's latest, neither withdrawn nor past its last day."""
    latest = select(func.max(Approval.id)).group_by(Approval.client_id)
    withdrawn = exists().where(Withdrawal.approval_id == Approval.id)
    live = (Approval.id.in_(latest), Approval.valid_until >= today, ~withdrawn)
    return _count(select(func.count(Approval.id)).where(*live, which))


def _count(statement: object) -> int:
    return db.session.scalar(statement) or 0  # type: ignore[call-overload,no-any-return]
