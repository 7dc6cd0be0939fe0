"""The client's own page: what is open to them and what is not yet, the approval, the course as a picture, and how to use it
all well. It shows what the gate says and decides nothing. Who looks at their own record leaves no line in the journal: that is kept
of others' looks."""

from dataclasses import dataclass
from datetime import date

from flask import render_template
from sqlalchemy import select

from catalogue import shelf
from catalogue.products import Product
from catalogue.verdicts import Verdict
from storefront import clock
from storefront.db import db
from storefront.eligibility import rules
from storefront.eligibility.course_rules import counted, gaps_of, next_from, treatments_of
from storefront.eligibility.models import Approval, Client, Course, Treatment
from storefront.eligibility.policy import Policy
from storefront.eligibility.product_rules import in_mm, opens_on
from storefront.eligibility.reasons import day_in_words
from storefront.eligibility.records import clinic_policy
from storefront.orders import gate
from storefront.orders.records import purchases_of
from storefront.roles import CLIENT, open_to
from storefront.shop import bp
from storefront.shop.whose import my_record

# What a practitioner did not approve is no part of the kit; what is merely sold out or too soon is.
NOT_MINE = frozenset({"too-deep", "serum-not-approved", "allergen", "not-vetted"})
GAP_STATES = {"usual": "", "close": "odd", "wide": "odd", "too-wide": "bad", "error": "bad"}


@dataclass(frozen=True, slots=True)
class KitItem:
    """One product of the kit and what the gate says of it alone."""

    product: Product
    verdict: Verdict
    again_on: date | None
    stock: int


@bp.get("/care")
@open_to(CLIENT)
def care() -> str:
    client, policy, today = my_record(), clinic_policy(), clock.today()
    approval, course = rules.approval_in_force(client, today), rules.current_course(client)
    return render_template(
        "shop/care.html",
        client=client,
        policy=policy,
        today=today,
        verdict=rules.client_verdict(client, policy, today),
        approval=approval,
        kit=kit_of(client, approval, policy, today),
        steps=steps_of(course, policy),
        is_complete=course is not None and course.completion is not None,
        is_renewal_due=rules.is_renewal_due(client, policy, today),
        mm=in_mm,
    )


def kit_of(client: Client, approval: Approval | None, policy: Policy, today: date) -> list[KitItem]:
    """What the approval allows, each with its own reasons why not today."""
    if approval is None:
        return []
    listed = select(Product).join(Product.listing).options(*shelf.LOADING).order_by(Product.kind, Product.name)
    products, bought = db.session.scalars(listed).unique().all(), purchases_of(client.id)
    asked = gate.rules_on(today)
    kit = []
    for product in products:
        wanted = [rules.Wanted(product, 1)]
        said = rules.may_buy(client, wanted, policy, asked, today, bought)
        verdict = Verdict(tuple(reason for reason in said.reasons if reason.sku == product.sku))
        if NOT_MINE.isdisjoint(verdict.codes):
            stock = shelf.units_for_sale(product, today, asked)
            kit.append(KitItem(product, verdict, opens_on(approval, product, bought), stock))
    return kit


def steps_of(course: Course | None, policy: Policy) -> list[dict[str, str]]:
    """The course as a picture: what was done, what comes next, what is still open."""
    if course is None:
        return []
    gaps = {gap.treatment.id: gap for gap in gaps_of(course, policy)}
    steps = [step_of(treatment, gaps.get(treatment.id)) for treatment in treatments_of(course)]
    open_ones = policy.treatments_in_course - len(counted(course, policy))
    if course.completion is None and open_ones > 0:
        following = {"when": f"from {next_from(course, policy)}", "what": "Your next treatment", "state": "due"}
        steps.append({**following, "gap": "", "gap_state": ""})
        later = {"when": "After that", "what": "Another treatment", "state": "open", "gap": "", "gap_state": ""}
        steps += [later] * (open_ones - 1)
    return steps


def step_of(treatment: Treatment, gap: object) -> dict[str, str]:
    days, window = getattr(gap, "days", 0), getattr(gap, "window", "usual")
    return {
        "when": day_in_words(treatment.treated_on),
        "what": f"{in_mm(treatment.needle_um)} by {treatment.practitioner_name}",
        "state": "bad" if treatment.is_over_treated and treatment.skin_seen is None else "done",
        "gap": in_weeks(days) if gap else "",
        "gap_state": GAP_STATES.get(window, ""),
    }


def in_weeks(days: int) -> str:
    """6 weeks 5 days."""
    weeks, rest = divmod(days, 7)
    parts = [(weeks, "week"), (rest, "day")]
    return " ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count) or "the same day"
