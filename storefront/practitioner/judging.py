"""What is to be judged about one client: the limits that are proposed and what they rest on, what they open, what is red, and what
to withdraw would do. Pure rules decide; here is brought together what one screen shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from catalogue import shelf
from catalogue.products import Product
from storefront.db import db
from storefront.eligibility.approval_changes import changes, serums_in_words
from storefront.eligibility.approval_rules import (
    Limits,
    is_renewal_due,
    is_taken_back,
    last_treatment,
    latest_approval,
    proposal,
)
from storefront.eligibility.approvals import invites
from storefront.eligibility.consent_records import consent_for
from storefront.eligibility.models import Approval, ApprovedClass, ApprovedSerum, Client, Topical
from storefront.eligibility.policy import Policy
from storefront.eligibility.product_rules import (
    Wanted,
    allergen_reasons,
    allergens_of,
    product_reasons,
    reacted_reasons,
)
from storefront.eligibility.reaction_rules import closed_products
from storefront.eligibility.reasons import day_in_words
from storefront.eligibility.rules import approval_in_force, may_grant
from storefront.orders import gate
from storefront.orders.withdrawing import effects_of_withdrawal
from storefront.practitioner.red import red_of

IN_SHORT = {"too-deep": "too deep", "serum-not-approved": "not approved", "allergen": "allergen", "reacted": "reacted"}


def judgement_on(one: Client, policy: Policy, today: date) -> dict[str, Any]:
    """All that the decision rests on, by the names under which the page shows it."""
    known = all_products()
    products, names = vetted(known, today), {each.id: each.name for each in known}
    serums, in_force = serums_for(one, products), approval_in_force(one, today)
    limits = proposal(one, policy, today, used_last(one, serums))
    grant, consent = may_grant(one, limits, policy, today), consent_for(one.id, "treatment", today)
    return {
        "serums": serums,
        "limits": limits,
        "grant": grant,
        "in_force": in_force,
        "consent": consent,
        "is_routine": grant.is_yes and (in_force is None or is_renewal_due(one, policy, today)),
        "red": red_of(one, known, products, is_consent_due=consent is None),
        "proposed_from": proposed_from(one),
        "in_words": lambda allowed: serums_in_words(allowed, names),
        "changes": lambda before, after: changes(before, after, names),
        "effects": effects_of_withdrawal(one.id),
        "invites": invites(one),
        "opened": what_opens(one, limits, products, policy, today),
    }


def all_products() -> list[Product]:
    """Every product, rollers first; two queries."""
    found = select(Product).order_by(Product.kind, Product.name).options(*shelf.LOADING)
    return list(db.session.scalars(found).unique())


def vetted(products: Sequence[Product], today: date) -> list[Product]:
    rules = gate.rules_on(today)
    return [product for product in products if shelf.is_vetted(product, today, rules)]


def serums_for(one: Client, products: Sequence[Product]) -> list[Product]:
    """The serums on sale that bring this client none of their allergies, and that no outcome closed to them."""
    closed = closed_products(one)
    mine = [product for product in products if product.kind == "serum" and product.id not in closed]
    return [product for product in mine if not allergens_of(one, product)]


def used_last(one: Client, serums: Sequence[Product]) -> list[int]:
    """The serums that were put on the skin in the last treatment, where the record names them; else all that may be had."""
    held = last_treatment(one)
    told = db.session.scalars(select(Topical.name).where(Topical.treatment_id == (held.id if held else None)))
    used = {name.casefold() for name in told}
    return [each.id for each in serums if each.name.casefold() in used] or [each.id for each in serums]


def proposed_from(one: Client) -> str:
    """What the proposal rests on, in words."""
    last, held = latest_approval(one), last_treatment(one)
    if last is not None and not is_taken_back(last):
        return f"the approval of {day_in_words(last.at.date())}"
    return f"the treatment of {day_in_words(held.treated_on)}" if held else "the clinic’s policy"


@dataclass(frozen=True, slots=True)
class Opened:
    """One product, and why this client may not have it under the limits shown; none: it is open."""

    product: Product
    why: tuple[str, ...]
    holders: tuple[str, ...]

    @property
    def words(self) -> str:
        """The reasons in short; an allergen by the name of what is in the product."""
        return ", ".join(self._word(code) for code in self.why)

    def _word(self, code: str) -> str:
        word = IN_SHORT.get(code, code)
        return f"{word} ({', '.join(self.holders)})" if code == "allergen" else word


def what_opens(one: Client, limits: Limits, products: Sequence[Product], policy: Policy, today: date) -> list[Opened]:
    """What the approval in force opens, or would by the limits proposed."""
    approval = approval_in_force(one, today) or _as_approval(limits)
    opened = []
    for product in products:
        wanted = Wanted(product, 1)
        reasons = [*product_reasons(approval, wanted, policy), *allergen_reasons(one, wanted)]
        reasons += reacted_reasons(one, wanted)
        holders = dict.fromkeys(name for each in allergens_of(one, product) for name in each.holders)
        opened.append(Opened(product, tuple(dict.fromkeys(reason.code for reason in reasons)), tuple(holders)))
    return opened


def _as_approval(limits: Limits) -> Approval:
    """The limits as the row that the rules read; it belongs to no client and is never written."""
    serums = [ApprovedSerum(product_id=product_id) for product_id in limits.serum_ids]
    classes = [ApprovedClass(name=name) for name in limits.serum_classes]
    notes = {"deep_note": limits.deep_note, "review_note": limits.review_note}
    return Approval(greatest_needle_um=limits.greatest_needle_um, serums=serums, classes=classes, **notes)
