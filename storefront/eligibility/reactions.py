"""Doing: reactions and allergies. Anybody may report their own; nobody waits for a certificate to put a warning on record.
Only a currently qualified practitioner closes a reaction. Faces report through `orders.stopping`."""

from datetime import date, datetime

from catalogue.journal import Who
from catalogue.verdicts import Refused
from storefront.db import db
from storefront.eligibility.approval_rules import approval_in_force
from storefront.eligibility.models import Allergy, Reaction, ReactionOutcome
from storefront.eligibility.records import lock_client
from storefront.eligibility.signatures import found_in, insist_qualified, note, signature
from storefront.messages.actions import queue_message

OUTCOMES = ("continue", "other_product", "stop", "see_me")


def report_reaction(
    client_id: int,
    told: str,
    by: Who,
    now: datetime,
    product_id: int | None = None,
    batch_id: int | None = None,
    began_on: date | None = None,
) -> Reaction:
    """Keeps what was told; from now on nothing is sold to the client. Refuses when nothing was told."""
    client = lock_client(client_id)
    if not told.strip():
        raise Refused.because("nothing-told", "Tell us in a few words what you see.", "you", "Write what you see.")
    reaction = Reaction(told=told.strip(), began_on=began_on, outcome=None, **signature(by, now))
    reaction.product_id, reaction.batch_id = product_id, batch_id
    client.reactions.append(reaction)
    db.session.flush()
    note("report received", client, by, now, report=reaction.id)
    return reaction


def close_reaction(
    client_id: int, reaction_id: int, outcome: str, told: str, by: Who, today: date, now: datetime
) -> ReactionOutcome:
    """Closes a reaction with its outcome and tells the client to look. Any outcome but "continue" ends the approval: refuses
    while one is in force, so that it is withdrawn first. Refuses also when it is closed already, the outcome is unknown, no
    note says why, or `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    reaction = found_in(client.reactions, reaction_id, "report")
    if reaction.outcome is not None:
        raise Refused.because("closed", "This report is closed already.", "", "Look at the record again.")
    if outcome not in OUTCOMES or not told.strip():
        raise Refused.because("no-outcome", "An outcome and a note are needed.", "", "Choose one and write the note.")
    if outcome != "continue" and approval_in_force(client, today):
        raise Refused.because(
            "approval-in-force", "This outcome ends the approval.", "", "Withdraw the approval first."
        )
    reaction.outcome = ReactionOutcome(outcome=outcome, note=told.strip(), **signature(by, now))
    note("report closed", client, by, now, report=reaction.id)
    queue_message("news", client.email, now, about=client.number, client=client)
    return reaction.outcome


def add_allergy(client_id: int, name: str, by: Who, now: datetime) -> Allergy:
    """Puts an allergy on record: an INCI name, a class of ingredients, or "nickel". Refuses when it has no name; one that is
    there already is given back."""
    client = lock_client(client_id)
    told = " ".join(name.lower().split())
    if not told:
        raise Refused.because("no-name", "The allergy needs a name.", "", "Write the name of the ingredient.")
    there = next((allergy for allergy in client.allergies if allergy.name == told), None)
    if there is not None:
        return there
    allergy = Allergy(name=told[:200], **signature(by, now))
    client.allergies.append(allergy)
    db.session.flush()
    note("record added to", client, by, now, entry=allergy.id)
    return allergy
