"""Doing: the answers to the two short questions before an order. Something new makes the safety questions due; called through
`orders.rechecking`, so that open orders stop with it."""

from datetime import datetime

from catalogue.journal import Who
from storefront.db import db
from storefront.eligibility.models import Client, Recheck
from storefront.eligibility.recheck_rules import Answered, short_questions
from storefront.eligibility.screening_rules import current_screening
from storefront.eligibility.signatures import signature


def keep_recheck(client: Client, answered: Answered, by: Who, now: datetime) -> Recheck:
    """Keeps both answers of a client who is locked, with the version of the questions and the screening that they come after."""
    screening = current_screening(client)
    recheck = Recheck(client_id=client.id, screening_id=screening.id if screening else None, **signature(by, now))
    recheck.version = short_questions().version
    recheck.anything_new, recheck.reaction = answered.anything_new, answered.reaction
    db.session.add(recheck)
    db.session.flush()
    return recheck
