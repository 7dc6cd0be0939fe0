"""The same again: an order of before, or a kit, as it would be today, line by line. What changed is said in words, what cannot be
had says why, and another product takes its place only when the client asks for it; it is looked for among what they may have."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select

from catalogue import shelf, stock
from catalogue.money import Money
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.verdicts import Reason, Verdict
from storefront.db import db
from storefront.eligibility.models import Approval, Client
from storefront.eligibility.policy import Policy
from storefront.eligibility.product_rules import classes_of, needle_um
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.rules import Purchases, Wanted, approval_in_force, client_verdict, may_buy
from storefront.orders import gate
from storefront.orders.baskets import Chosen
from storefront.orders.clinic_terms import clinic_terms
from storefront.orders.discount_uses import InBasket, code_in_basket
from storefront.orders.kit_marks import kits_of_order
from storefront.orders.kit_models import Kit
from storefront.orders.models import Order, OrderLine
from storefront.orders.pricing import goods_of, totals_of
from storefront.orders.records import last_lines, purchases_of
from storefront.orders.rules import Totals

# Whoever may not have a product for one of these reasons may want another one; the rest opens by itself, or by a smaller number.
FOR_GOOD = frozenset({"not-vetted", "no-batch", "too-deep", "serum-not-approved", "allergen", "reacted"})
OFFERED = 3  # other products beside one line


@dataclass(frozen=True, slots=True)
class Day:
    """What the gate reads beside a product, loaded once for all lines."""

    client: Client
    approval: Approval | None
    policy: Policy
    rules: Specification
    today: date
    bought: Purchases

    def verdict(self, line: Wanted, beside: Sequence[Wanted]) -> Verdict:
        """What speaks against this line beside the others; what speaks against the client is said once, above all."""
        said = may_buy(self.client, [*beside, line], self.policy, self.rules, self.today, self.bought)
        return Verdict(tuple(reason for reason in said.reasons if reason.sku == line.product.sku))


@dataclass(frozen=True, slots=True)
class Before:
    """A product as the client had it the last time: how many, for how much, of which batches. Of a part of a kit that they never
    had there is no price and no batch."""

    product_id: int
    name: str
    quantity: int = 1
    unit_minor: int | None = None
    batches: frozenset[str] = frozenset()

    @classmethod
    def of(cls, line: OrderLine) -> "Before":
        codes = frozenset(allocation.batch.code for allocation in line.held)
        return cls(line.product_id, line.name, line.units, line.unit_minor, codes)


@dataclass(frozen=True, slots=True)
class AgainLine:
    """One product of before: what it was, and what it would be today. `others` may take its place."""

    before: Before
    wanted: Wanted
    verdict: Verdict
    changes: tuple[Reason, ...] = ()
    others: tuple[Product, ...] = ()
    kit: Kit | None = None

    @property
    def is_other(self) -> bool:
        return self.before.product_id != self.wanted.product.id

    @property
    def price_before(self) -> Money | None:
        """What one cost the last time, where it costs something else today."""
        price, before = self.wanted.product.price, self.before.unit_minor
        return None if self.is_other or before in (None, price.minor) else Money(before or 0, price.currency)


@dataclass(frozen=True, slots=True)
class Again:
    """All of it as it would be today; `verdict` speaks of the client, each line's of its product."""

    verdict: Verdict
    today: date
    lines: tuple[AgainLine, ...] = field(default=())
    code: InBasket | None = None

    @property
    def open_lines(self) -> list[AgainLine]:
        """What one press would order; nothing while anything speaks against the client."""
        return [line for line in self.lines if line.verdict.is_yes] if self.verdict.is_yes else []

    @property
    def closed_lines(self) -> list[AgainLine]:
        return [line for line in self.lines if not line.verdict.is_yes]

    @property
    def whole_kits(self) -> frozenset[int]:
        """The kits that would be ordered as such: still offered, and with every part. What else came in one goes by itself."""
        there = {line.wanted.product.id for line in self.open_lines if not line.is_other}
        kits = (line.kit for line in self.lines if line.kit and line.kit.ended_at is None)
        return frozenset(kit.id for kit in kits if kit.product_ids <= there)

    def is_of_kit(self, line: AgainLine) -> bool:
        return line.kit is not None and line.kit.id in self.whole_kits and not line.is_other

    @property
    def chosen(self) -> list[Chosen]:
        told = ((line.wanted, line.kit.id if line.kit and self.is_of_kit(line) else None) for line in self.open_lines)
        return [Chosen(wanted.product.id, wanted.quantity, kit_id) for wanted, kit_id in told]

    @property
    def told(self) -> str:
        """The lines as a form carries them, so that nothing else is ordered than what stood on the page."""
        return " ".join(f"{line.wanted.product.sku}:{line.wanted.quantity}" for line in self.open_lines)

    def costs(self, way: str, country: str) -> Totals:
        """What one press would cost, brought in this way to this country, less what the code in the basket takes off."""
        return totals_of(self.wanted, (way, country), clinic_terms(), self.code, self.today)

    @property
    def wanted(self) -> list[Wanted]:
        return [line.wanted for line in self.open_lines]

    @property
    def against_code(self) -> Verdict:
        """Why the code in the basket takes nothing off."""
        return self.code.verdict(goods_of(self.wanted), self.today) if self.code else Verdict()


def again(client: Client, order: Order, instead: Collection[str], today: date) -> Again:
    """The order of before as it would be today. `instead`: SKUs that the client asks for in the place of what cannot be had;
    one that is not offered there is no matter. A fixed number of queries."""
    return _again(client, [Before.of(line) for line in order.kept_lines], kits_of_order(order), instead, today)


def kit_again(client: Client, kit: Kit, instead: Collection[str], today: date) -> Again:
    """One of each part of a kit, beside what the client had of it the last time. A fixed number of queries."""
    last = last_lines(client.id, kit.product_ids)
    had = [replace(Before.of(last[part.product_id]), quantity=1) for part in kit.parts if part.product_id in last]
    new = [Before(part.product_id, part.product.name) for part in kit.parts if part.product_id not in last]
    return _again(client, [*had, *new], dict.fromkeys(kit.product_ids, kit), instead, today)


def _again(
    client: Client, before: Sequence[Before], kits: Mapping[int, Kit], instead: Collection[str], today: date
) -> Again:
    rules, policy = gate.rules_on(today), clinic_policy()
    bought = purchases_of(client.id)
    day = Day(client, approval_in_force(client, today), policy, rules, today, bought)
    products = gate.products_with(Product.id.in_([each.product_id for each in before]))
    found = [replace(line, kit=kits.get(line.before.product_id)) for line in _as_before(before, products, day)]
    kinds = {line.wanted.product.kind for line in found if _is_for_good(line)}
    if kinds and day.approval is not None:
        found = _with_others(found, _on_sale(kinds, products), instead, day)
    said = client_verdict(client, policy, today)
    return Again(said, today, tuple(found), code_in_basket(client.id))


def _as_before(before: Sequence[Before], products: Mapping[int, Product], day: Day) -> list[AgainLine]:
    kept: list[Wanted] = []
    found = []
    for each in before:
        most = day.approval.quantity if day.approval else each.quantity
        wanted = Wanted(products[each.product_id], min(each.quantity, most))
        verdict = day.verdict(wanted, kept)
        kept += [wanted] if verdict.is_yes else []
        found.append(AgainLine(each, wanted, verdict, tuple(_changes(each, wanted, verdict, day))))
    return found


def _changes(before: Before, wanted: Wanted, verdict: Verdict, day: Day) -> Iterator[Reason]:
    """What is not as it was beside the price: how many and, where it can be had, the batch."""
    if wanted.quantity != before.quantity:
        text = f"You had {before.quantity}; your approval is now for {wanted.quantity} in one order."
        yield Reason("fewer", text, "your practitioner", "", wanted.product.sku)
    if verdict.is_yes:
        yield from _batch(before, wanted, day)


def _batch(before: Before, wanted: Wanted, day: Day) -> Iterator[Reason]:
    months = day.rules.shelf_life_months(wanted.product.kind)
    chosen = stock.choose_batches(wanted.product.batches, wanted.quantity, day.today, months)
    fresh = [batch for batch, _ in chosen if batch.code not in before.batches]
    if before.batches and fresh:
        had, now = ", ".join(sorted(before.batches)), ", ".join(batch.code for batch in fresh)
        text = f"It comes from another batch: you had {had}, today it is {now}."
        yield Reason("batch-changed", text, "nobody", "", wanted.product.sku)


def _is_for_good(line: AgainLine) -> bool:
    return not FOR_GOOD.isdisjoint(line.verdict.codes)


def _on_sale(kinds: Collection[str], but: Collection[int]) -> list[Product]:
    """What is listed of these kinds, but for what was in the order."""
    listed = select(Product).join(Product.listing).where(Product.kind.in_(kinds), Product.id.not_in(list(but)))
    return list(db.session.scalars(listed.options(*shelf.LOADING).order_by(Product.name, Product.id)).unique())


def _with_others(
    found: Sequence[AgainLine], on_sale: Sequence[Product], instead: Collection[str], day: Day
) -> list[AgainLine]:
    """Beside each line that cannot be had, what the client may have in its place; where one was asked for, it is taken."""
    kept, lines = [line.wanted for line in found if line.verdict.is_yes], []
    for line in found:
        others = _others(line, on_sale, kept, day) if _is_for_good(line) else []
        taken = next((product for product in others if product.sku in instead), None)
        if taken is None:
            lines.append(replace(line, others=tuple(others[:OFFERED])))
            continue
        wanted = Wanted(taken, line.wanted.quantity)
        kept.append(wanted)
        text = (
            f"In the place of {line.before.name}, as you chose; that one cannot be had: {line.verdict.reasons[0].text}"
        )
        told = Reason("substitute", text, "you", "", taken.sku)
        lines.append(AgainLine(line.before, wanted, Verdict(), (told,)))
    return lines


def _others(line: AgainLine, on_sale: Sequence[Product], kept: Sequence[Wanted], day: Day) -> list[Product]:
    """The nearest first; a roller is never longer than the one that it stands for."""
    like = line.wanted.product
    fit = [product for product in on_sale if product.kind == like.kind and not _is_longer(product, like)]
    open_ones = [one for one in fit if day.verdict(Wanted(one, line.wanted.quantity), kept).is_yes]
    return sorted(open_ones, key=lambda product: _distance(product, like))


def _is_longer(product: Product, like: Product) -> bool:
    had, length = needle_um(like), needle_um(product)
    return had is not None and length is not None and length > had


def _distance(product: Product, like: Product) -> tuple[int, int, int]:
    """By needle length for rollers, by classes in common for serums, then by price."""
    length = (needle_um(like) or 0) - (needle_um(product) or 0)
    in_common = len(classes_of(product) & classes_of(like))
    return abs(length), -in_common, abs(product.price_minor - like.price_minor)
