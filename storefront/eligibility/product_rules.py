"""Rules about the wanted products for one client, pure: needle length, serums, allergens, time since the last purchase and
number. What is not known of a listed product is taken to be against it; of one that is not listed the shelf says enough."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from catalogue.allergens import Brought, brought_by
from catalogue.dossiers import Dossier, Fact, facts_from_json
from catalogue.products import Product
from catalogue.serum_classes import classes_of_list
from catalogue.verdicts import Reason
from storefront.eligibility.allergy_rules import counting_allergies
from storefront.eligibility.approval_rules import allowed_classes, allowed_serums
from storefront.eligibility.home_rules import Roller, next_roller_on
from storefront.eligibility.models import Approval, Client
from storefront.eligibility.policy import Policy
from storefront.eligibility.reaction_rules import closed_products
from storefront.eligibility.reasons import day_in_words, reason


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of a basket or an order; the product is loaded with `shelf.LOADING`."""

    product: Product
    quantity: int

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ValueError("a line wants at least one unit")


@dataclass(frozen=True, slots=True)
class Purchase:
    """What the client bought before: kind of product, its id, units, day; of rollers each one with its diary, of serums the classes
    that they belonged to; the exception that it used up, when it was early."""

    kind: str
    product_id: int
    quantity: int
    bought_on: date
    rollers: tuple[Roller, ...] = ()
    exception_id: int | None = None
    classes: frozenset[str] = frozenset()


APPROVED = "that your practitioner approved for you"
Purchases = tuple[Purchase, ...]


def facts_of(product: Product) -> dict[str, Fact]:
    """The facts that were signed for the product on sale; none when it is not listed."""
    return facts_from_json(json.loads(product.listing.vetting.dossier)["facts"]) if product.listing else {}


def needle_um(product: Product) -> int | None:
    """The nominal needle length of the product on sale in micrometres, rounded up; None when it is not known."""
    return length_um(facts_of(product))


def length_um(facts: Mapping[str, Fact]) -> int | None:
    length = facts.get("needle_length_nominal")
    if isinstance(length, bool) or not isinstance(length, (int, Decimal)) or length <= 0:
        return None
    return math.ceil(Decimal(length) * 1000)


def is_under_review(product: Product) -> bool:
    """Whether the product on sale passed a rule by a practitioner's note: nobody's own rule, so each client's approval answers
    it again."""
    evidence = json.loads(product.listing.vetting.dossier)["evidence"] if product.listing else ()
    return any(each["proof"] == "note" for each in evidence)


def product_reasons(approval: Approval, line: Wanted, policy: Policy) -> Iterator[Reason]:
    """too-deep and serum-not-approved: what this approval does not allow."""
    product = line.product
    if product.kind == "serum" and not is_among(product, approval):
        yield reason("serum-not-approved", product.sku, text=f"{product.name} is not among the serums {APPROVED}.")
    elif product.kind == "serum" and is_under_review(product) and not approval.review_note.strip():
        text = f"{product.name} needs a note in your approval that says why it suits you, and there is none."
        yield reason("serum-not-approved", product.sku, text=text)
    if product.kind != "serum" and product.listing is not None:
        yield from _depth(approval, product, policy)


def is_among(product: Product, approval: Approval) -> bool:
    """Whether a serum was approved by its name, or is of a class that was. What needs a note is never in by its class: the
    practitioner who signed the class did not write one about this serum."""
    if product.id in allowed_serums(approval):
        return True
    classes = allowed_classes(approval)
    return bool(classes) and not classes.isdisjoint(classes_of(product)) and not is_under_review(product)


def classes_of(product: Product) -> frozenset[str]:
    """The classes of serums that the product on sale belongs to, by the ingredients that were signed; none when not known."""
    listed = facts_of(product).get("ingredients") if product.kind == "serum" else None
    return classes_of_list(listed) if isinstance(listed, str) else frozenset()


def _depth(approval: Approval, product: Product, policy: Policy) -> Iterator[Reason]:
    depth, greatest = needle_um(product), approval.greatest_needle_um
    if depth is None:
        yield reason("too-deep", product.sku, text=f"The needle length of {product.name} is not known.")
    elif depth > greatest:
        text = f"{product.name} has needles of {in_mm(depth)}; your approval goes to {in_mm(greatest)}."
        yield reason("too-deep", product.sku, text=text)
    elif depth > policy.deep_note_above_um and not approval.deep_note.strip():
        text = f"{product.name} is longer than {in_mm(policy.deep_note_above_um)}, which needs a note in your approval."
        yield reason("too-deep", product.sku, text=text)


def in_mm(micrometres: int) -> str:
    return f"{micrometres / 1000:.3f}".rstrip("0").ljust(4, "0") + " mm"


def allergens_of(client: Client, product: Product) -> tuple[Brought, ...]:
    """The client's allergies that the product on sale may bring, each with what brings it."""
    return allergens_in(client, product.kind, product.sku, facts_of(product))


def allergens_in(client: Client, kind: str, sku: str, facts: Mapping[str, Fact]) -> tuple[Brought, ...]:
    """The client's allergies that a product of these facts may bring; all of them when a serum's ingredients are not known."""
    allergies = sorted({allergy.name for allergy in counting_allergies(client)})
    if allergies and kind == "serum" and not facts.get("ingredients"):
        return tuple(Brought(allergy, ("ingredients that are not known",)) for allergy in allergies)
    return brought_by(Dossier(kind, sku, "", "", "", None, None, facts), allergies)


def allergen_reasons(client: Client, line: Wanted) -> Iterator[Reason]:
    """allergen: what of the product brings which allergy, by name."""
    found = allergens_of(client, line.product)
    if found and line.product.listing is not None:
        words = "; ".join(f"{', '.join(each.holders)} (your allergy to {each.allergy})" for each in found)
        yield reason("allergen", line.product.sku, text=f"{line.product.name} has in it: {words}.")


def reacted_reasons(client: Client, line: Wanted) -> Iterator[Reason]:
    """A product that an outcome closed to this client stays closed, whatever is approved later."""
    day = closed_products(client).get(line.product.id)
    if day is not None:
        yield reason("reacted", line.product.sku, name=line.product.name, day=day)


def counts_with(approval: Approval, product: Product, kind: str, product_id: int, classes: frozenset[str]) -> bool:
    """What is counted together: all rollers; of serums each with itself, and with those of a class that was approved as a whole,
    because one of them stands in for the other."""
    if product.kind != "serum" or kind != "serum":
        return product.kind == kind
    return product.id == product_id or not allowed_classes(approval).isdisjoint(classes_of(product) & classes)


def planned_on(approval: Approval, product: Product, purchases: Sequence[Purchase]) -> date | None:
    """The day from which the practitioner's plan allows this kind again; None when it was never bought."""
    mine = [one for one in purchases if counts_with(approval, product, one.kind, one.product_id, one.classes)]
    return _planned_on(approval, mine)


def _planned_on(approval: Approval, bought: Sequence[Purchase]) -> date | None:
    return max(one.bought_on for one in bought) + timedelta(days=approval.reorder_days) if bought else None


def next_roller_from(approval: Approval, purchases: Sequence[Purchase], policy: Policy) -> date | None:
    """The day from which a roller may be bought again: that of the plan, and not before those at home are used up or worn out.
    None when none was ever bought."""
    planned = _planned_on(approval, [each for each in purchases if each.kind != "serum"])
    at_home = [roller for each in purchases for roller in each.rollers]
    return max(planned, next_roller_on(approval, at_home, policy) or planned) if planned else None


def opens_on(approval: Approval, product: Product, purchases: Sequence[Purchase], policy: Policy) -> date | None:
    """The day from which this kind may be bought again; None when it was never bought."""
    if product.kind == "serum":
        return planned_on(approval, product, purchases)
    return next_roller_from(approval, purchases, policy)


def too_soon(
    approval: Approval, line: Wanted, purchases: Sequence[Purchase], policy: Policy, today: date
) -> Iterator[Reason]:
    """Before the plan's day, or while a roller at home still serves."""
    day = opens_on(approval, line.product, purchases, policy)
    if day is not None and today < day:
        is_planned = day == planned_on(approval, line.product, purchases)
        why = "that is your practitioner's plan" if is_planned else "until then the roller that you have still serves"
        text = f"You may order {line.product.name} from {day_in_words(day)} on: {why}."
        yield reason("too-soon", line.product.sku, text=text, day=day)


def too_many(approval: Approval, line: Wanted, wanted: Sequence[Wanted]) -> Iterator[Reason]:
    product = line.product
    mine = [
        one
        for one in wanted
        if counts_with(approval, product, one.product.kind, one.product.id, classes_of(one.product))
    ]
    units = sum(each.quantity for each in mine)
    if units > approval.quantity:
        what = product.name if product.kind == "serum" else "all rollers together"
        if product.kind == "serum" and len(mine) > 1:
            what = " and ".join(each.product.name for each in mine) + " together"
        yield reason("too-many", line.product.sku, allowed=approval.quantity, what=what, wanted=units)
