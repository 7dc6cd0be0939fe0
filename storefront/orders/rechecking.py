"""What follows when a client says before an order that something is new: the safety questions are due at once, a reaction is
reported, and whatever was under way stops in the same transaction."""

from datetime import datetime

from catalogue.journal import Who
from storefront.eligibility.models import Recheck
from storefront.eligibility.recheck_rules import Answered
from storefront.eligibility.rechecks import keep_recheck
from storefront.eligibility.records import lock_client
from storefront.eligibility.signatures import note
from storefront.orders.halting import stop_orders_of
from storefront.orders.stopping import report_reaction

REPORTED = {
    "yes": "Asked before an order whether the skin reacted last time: yes.",
    "not_sure": "Asked before an order whether the skin reacted last time: not sure.",
}


def tell_news(client_id: int, answered: Answered, by: Who, now: datetime) -> Recheck:
    """Keeps the answers and stops what they speak against; a reaction waits for the practitioner from now on, whether or not
    the client goes on to tell more of it."""
    client = lock_client(client_id)
    recheck = keep_recheck(client, answered, by, now)
    note("something new told before an order", client, by, now, recheck=recheck.id)
    if answered.reaction in REPORTED:
        report_reaction(client_id, REPORTED[answered.reaction], by, now)
    stop_orders_of(client_id, by, now)
    return recheck
