"""The client's own page: what is open to them and what is not yet, the approval, the course as a picture, and how to use it
all well. It shows what the gate says and decides nothing. Who looks at their own record leaves no line in the journal: that is kept
of others' looks."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from catalogue import shelf
from catalogue.products import Product
from catalogue.verdicts import Verdict
from storefront import clock
from storefront.db import db
from storefront.eligibility import rules
from storefront.eligibility.consent_records import consent_for
from storefront.eligibility.course_picture import not_begun, picture_of
from storefront.eligibility.course_rules import has_sessions_ahead
from storefront.eligibility.early_rules import last_wishes
from storefront.eligibility.models import Approval, Client, Treatment
from storefront.eligibility.policy import Policy
from storefront.eligibility.product_rules import in_mm, opens_on
from storefront.eligibility.reaction_rules import OUTCOMES
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.screening_rules import keep_in_mind, screening_reasons
from storefront.orders import gate
from storefront.orders.kits import kits_offered
from storefront.orders.records import purchases_of
from storefront.roles import CLIENT, open_to
from storefront.shop import bp
from storefront.shop.whose import my_record

# What a practitioner did not approve is no part of the kit; what is sold out, too soon, or holds an allergen is, and says so.
NOT_MINE = frozenset({"too-deep", "serum-not-approved", "not-vetted", "reacted"})
# How long the answer to a report stands on this page.
LATELY = timedelta(days=60)


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
    approval, course = rules.approval_in_force(client, today), rules.current_course(client) or not_begun()
    return render_template(
        "shop/care.html",
        client=client,
        policy=policy,
        today=today,
        verdict=rules.client_verdict(client, policy, today),
        approval=approval,
        kit=kit_of(client, approval, policy, today),
        kits=kits_offered(client, today),
        consent_due=is_consent_due(client, today),
        picture=picture_of(course, policy, today, WORDS[course.origin]),
        advice=keep_in_mind(client, policy, today),
        is_renewal_due=rules.is_renewal_due(client, policy, today),
        wishes=last_wishes(client, today),
        mm=in_mm,
        reported=client.reactions[-1] if client.reactions else None,
        means={code: outcome.means for code, outcome in OUTCOMES.items()},
        lately=today - LATELY,
    )


def is_consent_due(client: Client, today: date) -> bool:
    """Whether the client has to sign before the next session: none holds, or the text has changed."""
    return has_sessions_ahead(client) and consent_for(client.id, "treatment", today) is None


@bp.get("/care/first-step")
@open_to(CLIENT)
def first_step() -> Response:
    """Where somebody goes who comes for the first time: the safety questions, then the consent, each only while it is due,
    then their care."""
    client, policy, today = my_record(), clinic_policy(), clock.today()
    if any(reason.code == "screening-due" for reason in screening_reasons(client, policy, today)):
        return redirect(url_for("shop.screening"), 303)
    return redirect(url_for("shop.consents" if is_consent_due(client, today) else "shop.care"), 303)


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
            kit.append(KitItem(product, verdict, opens_on(approval, product, bought, policy), stock))
    return kit


def told_of(treatment: Treatment) -> str:
    """What stands under a session in the picture of the client's course."""
    return f"session of {in_mm(treatment.needle_um)}, by {treatment.practitioner_name}"


def told_of_papers(treatment: Treatment) -> str:
    """Of a session from before the shop nobody knows here who held the needles."""
    return f"session of {in_mm(treatment.needle_um)}, taken over from the clinic’s papers"


WORDS = {"clinic": told_of, "papers": told_of_papers}
