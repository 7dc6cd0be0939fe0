"""Doing: allergies. Anybody may tell of their own, and nobody waits for a certificate to put a warning on record; only a currently
qualified practitioner says what an unknown one means, or that one is none. Faces call these through `orders.stopping`."""

from datetime import date, datetime

from catalogue.allergens import is_recognised
from catalogue.journal import Who
from catalogue.verdicts import Refused, require
from storefront.db import db
from storefront.eligibility.allergy_rules import Read, counting_allergies, may_read
from storefront.eligibility.models import Allergy, AllergyReading
from storefront.eligibility.records import lock_client
from storefront.eligibility.signatures import found_in, insist_qualified, note, signature
from storefront.messages.actions import queue_message

LONGEST_NAME = 200


def add_allergy(client_id: int, name: str, by: Who, now: datetime) -> Allergy:
    """Puts an allergy on record: an INCI name, a group or class of ingredients, "nickel", or words that no list holds, which wait
    for a practitioner. Refuses when it has no name or a very long one; one that counts already is given back."""
    client = lock_client(client_id)
    told = " ".join(name.lower().split())
    if not told or len(told) > LONGEST_NAME:
        raise Refused.because("no-name", "The allergy needs a short name.", "", "Write the name of the ingredient.")
    there = next((allergy for allergy in counting_allergies(client) if allergy.name == told), None)
    if there is not None:
        return there
    allergy = Allergy(name=told, needs_reading=not is_recognised(told), reading=None, **signature(by, now))
    client.allergies.append(allergy)
    db.session.flush()
    note("record added to", client, by, now, entry=allergy.id)
    return allergy


def read_allergy(client_id: int, allergy_id: int, read: Read, by: Who, today: date, now: datetime) -> AllergyReading:
    """Signs what an allergy is; the names that it means go on record. Refuses what `may_read` refuses, or when `by` is not
    qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    allergy = found_in(client.allergies, allergy_id, "allergy")
    require(may_read(allergy, read))
    allergy.reading = AllergyReading(outcome=read.outcome, note=read.why.strip(), **signature(by, now))
    db.session.flush()
    for name in read.means:
        add_allergy(client_id, name, by, now)
    note("record entry read", client, by, now, entry=allergy_id)
    queue_message("news", client.email, now, about=client.number, client=client)
    return allergy.reading
