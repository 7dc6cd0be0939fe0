"""The gate: may this client buy these products today? Pure: loaded rows and values in, every reason at once out, in the
order of `reasons.REASONS`. It is asked on the product page, at the basket, when an order is placed, when the payment's
authorisation arrives, and at dispatch. Fewer facts about a client or a product never open anything."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from catalogue import shelf
from catalogue.specification import Specification
from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.allergy_rules import allergy_reasons
from storefront.eligibility.approval_rules import (
    Limits,
    approval_in_force,
    approval_reasons,
    is_renewal_due,
    latest_approval,
    limits_refused,
    may_sign,
    proposal,
)
from storefront.eligibility.course_rules import (
    all_treatments,
    course_reasons,
    current_course,
    may_complete,
    may_record_treatment,
    to_see_again,
)
from storefront.eligibility.early_rules import exception_for
from storefront.eligibility.models import Client, Reaction
from storefront.eligibility.policy import Policy
from storefront.eligibility.product_rules import (
    Purchase,
    Purchases,
    Wanted,
    allergen_reasons,
    product_reasons,
    reacted_reasons,
    too_many,
    too_soon,
)
from storefront.eligibility.reasons import day_in_words, in_order, reason
from storefront.eligibility.screening_rules import current_screening, screening_reasons

__all__ = [
    "Limits", "Purchase", "Purchases", "Wanted", "approval_in_force", "client_verdict", "current_course",
    "current_screening", "is_renewal_due", "latest_approval", "may_buy", "may_complete", "may_grant",
    "may_record_treatment", "may_sign", "open_reactions", "proposal", "to_see_again",
]  # fmt: skip


def may_buy(
    client: Client | None,
    wanted: Sequence[Wanted],
    policy: Policy,
    specification: Specification,
    today: date,
    purchases: Purchases,
    ordered_on: date | None = None,
) -> Verdict:
    """Whether the client may buy all of this today. Refuses when anything about the client or a line stands against it;
    `client` None is a visitor, `purchases` what was bought before without the order being judged, `ordered_on` the day on which
    that order was accepted: by then an exception has to have been used."""
    found = list(client_verdict(client, policy, today).reasons)
    approval = approval_in_force(client, today)
    for line in wanted:
        found += shelf.verdict(line.product, line.quantity, today, specification).reasons
        found += [*allergen_reasons(client, line), *reacted_reasons(client, line)] if client else ()
        if approval:
            found += product_reasons(approval, line, policy)
            if exception_for(approval, line, purchases, ordered_on or today) is None:
                found += too_soon(approval, line, purchases, policy, today)
            found += too_many(approval, line, wanted)
    return Verdict(in_order(found))


def client_verdict(client: Client | None, policy: Policy, today: date) -> Verdict:
    """The part of the gate without products: course, approval, screening, allergies that nobody could read,
    reactions, age, the time after a treatment."""
    found = course_reasons(client, policy) + approval_reasons(client, today)
    if client is not None:
        found += screening_reasons(client, policy, today)
        found += allergy_reasons(client)
        found += _open_reactions(client)
        found += _under_age(client, policy, today)
        found += _after_treatment(client, policy, today)
    return Verdict(in_order(found))


def open_reactions(client: Client) -> list[Reaction]:
    """Reported and not closed by a practitioner."""
    return [each for each in client.reactions if each.outcome is None]


def _open_reactions(client: Client) -> Iterator[Reason]:
    return (reason("reaction-open", day=each.at.date()) for each in open_reactions(client))


def adult_on(client: Client, policy: Policy) -> date:
    """The day on which the client is old enough; who was born on 29 February waits for 1 March."""
    year = client.born_on.year + policy.adult_years
    try:
        return client.born_on.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def _under_age(client: Client, policy: Policy, today: date) -> Iterator[Reason]:
    day = adult_on(client, policy)
    if today < day:
        yield reason("under-age", years=policy.adult_years, day=day)


def first_order_on(client: Client, policy: Policy) -> date | None:
    """The first day for an order after the last treatment; None without treatments."""
    treatments = all_treatments(client)
    return treatments[-1].treated_on + timedelta(days=policy.first_home_order_days) if treatments else None


def _after_treatment(client: Client, policy: Policy, today: date) -> Iterator[Reason]:
    day = first_order_on(client, policy)
    if day is not None and today < day:
        text = f"Your skin rests for {policy.first_home_order_days} days after a treatment, until {day_in_words(day)}."
        yield reason("too-soon", text=text, day=day)


def may_grant(client: Client, limits: Limits, policy: Policy, today: date) -> Verdict:
    """Whether a practitioner may sign these limits for the client. Refuses when the course is not complete, the screening is
    due or blocks, an allergy is unread, a reaction is open, the client is under age, the record was merged, or a limit is
    beyond the policy."""
    found = course_reasons(client, policy) + screening_reasons(client, policy, today)
    found += [*allergy_reasons(client), *_open_reactions(client), *_under_age(client, policy, today), *_merged(client)]
    return Verdict(in_order(found + limits_refused(limits, policy, today)))


def _merged(client: Client) -> Iterator[Reason]:
    if client.kept_as_id is not None:
        text = "This record was merged into another one."
        yield Reason("record-merged", text, "nobody", "Approve on the record that was kept.")
