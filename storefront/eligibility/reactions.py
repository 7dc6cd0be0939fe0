"""Doing: reactions. Anybody may report their own; nobody waits for a certificate to put a warning on record. Only a currently
qualified practitioner closes one. Faces report through `orders.stopping`."""

from datetime import date, datetime

from flask import current_app

from catalogue.journal import Who
from catalogue.verdicts import Refused
from storefront.db import db
from storefront.eligibility.approval_rules import approval_in_force
from storefront.eligibility.models import Reaction, ReactionOutcome
from storefront.eligibility.photos import seal_picture
from storefront.eligibility.reaction_rules import NO_ANSWERS, OUTCOMES, Answers, answer_due
from storefront.eligibility.records import clinic_policy, lock_client
from storefront.eligibility.signatures import found_in, insist_qualified, note, signature
from storefront.messages.actions import queue_message


def report_reaction(
    client_id: int,
    told: str,
    by: Who,
    now: datetime,
    product_id: int | None = None,
    batch_id: int | None = None,
    began_on: date | None = None,
    answers: Answers = NO_ANSWERS,
) -> Reaction:
    """Keeps what was told, with the moment by which it is answered; from now on nothing is sold to the client. Refuses when
    nothing was told."""
    client = lock_client(client_id)
    if not told.strip():
        raise Refused.because("nothing-told", "Tell us in a few words what you see.", "you", "Write what you see.")
    reaction = Reaction(told=told.strip(), began_on=began_on, outcome=None, **signature(by, now))
    reaction.product_id, reaction.batch_id = product_id, batch_id
    reaction.signs, reaction.size, reaction.used_on = ",".join(answers.signs), answers.size, answers.used_on
    reaction.order_number = answers.order_number
    zone = current_app.config["SETTINGS"].time_zone
    reaction.answer_by = answer_due(now, clinic_policy().reaction_answer_days, zone)
    client.reactions.append(reaction)
    db.session.flush()
    note("report received", client, by, now, report=reaction.id)
    return reaction


def add_reaction_photo(reaction: Reaction, content: bytes, by: Who, now: datetime) -> None:
    """Keeps the client's own picture with their report, under seal. Refuses what is no picture, or a second one."""
    client = lock_client(reaction.client_id)
    if reaction.photo_id is not None:
        raise Refused.because("closed", "This report has a picture already.", "", "Tell us by telephone.")
    file = seal_picture(client, content, now)
    reaction.photo_id = file.id
    note("picture kept", client, by, now, report=reaction.id)


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
    if OUTCOMES[outcome].ends_approval and approval_in_force(client, today):
        raise Refused.because(
            "approval-in-force", "This outcome ends the approval.", "", "Withdraw the approval first."
        )
    reaction.outcome = ReactionOutcome(outcome=outcome, note=told.strip(), **signature(by, now))
    note("report closed", client, by, now, report=reaction.id)
    queue_message("news", client.email, now, about=client.number, client=client)
    return reaction.outcome
