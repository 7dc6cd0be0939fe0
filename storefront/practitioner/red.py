"""Whatever speaks against going on, in one list before the decision: nothing red is found only by scrolling. It decides nothing;
the rules refuse by themselves."""

from collections.abc import Sequence

from catalogue.products import Product
from storefront.eligibility.approval_rules import allowed_serums, latest_approval
from storefront.eligibility.models import Client
from storefront.eligibility.product_rules import allergens_of
from storefront.eligibility.reaction_rules import closed_products
from storefront.eligibility.reasons import day_in_words
from storefront.eligibility.rules import open_reactions, to_see_again


def red_of(one: Client, products: Sequence[Product], on_sale: Sequence[Product], is_consent_due: bool) -> list[str]:
    """Open reactions, skin to be seen again, consent that is due, allergies by name in what is on sale, and serums approved
    before that the specification does not let through today."""
    told = [f"Open reaction, told on {day_in_words(each.at.date())}" for each in open_reactions(one)]
    told += [f"Over-treated on {day_in_words(each.treated_on)}: see the skin again" for each in to_see_again(one)]
    told += ["Consent to treatment is to be signed"] if is_consent_due else []
    for product in on_sale:
        for brought in allergens_of(one, product):
            by = f" ({', '.join(brought.holders)})" if brought.holders else ""
            told.append(f"{product.name}: {brought.allergy}{by}, refused")
        if product.id in closed_products(one):
            told.append(f"{product.name}: closed to this client after a reaction")
    last = latest_approval(one)
    approved = allowed_serums(last) if last else frozenset()
    fallen = [each.name for each in products if each.id in approved and each not in on_sale]
    return told + [f"{name}: below the specification today, not sold" for name in fallen]
