"""Rules about a client's allergies, pure. One that no list of ours holds may be in anything: until a practitioner has read it,
nothing is sold. One that a practitioner found to be none stays on record and counts no more."""

from collections.abc import Iterator
from dataclasses import dataclass

from catalogue.allergens import is_recognised
from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.models import Allergy, Client
from storefront.eligibility.reasons import PRACTITIONER, reason

OUTCOMES = ("named", "elsewhere", "none")


@dataclass(frozen=True, slots=True)
class Read:
    """What a practitioner says that an allergy is: "named" (it means these names), "elsewhere" (in nothing that is sold here) or
    "none"; and why."""

    outcome: str
    why: str
    means: tuple[str, ...] = ()


def counting_allergies(client: Client) -> list[Allergy]:
    """What products are looked through for, in the order in which it was told."""
    return [each for each in client.allergies if each.counts]


def unread_allergies(client: Client) -> list[Allergy]:
    return [each for each in client.allergies if each.is_unread]


def allergy_reasons(client: Client) -> Iterator[Reason]:
    """contraindication: an allergy that nobody could look products through for."""
    for each in unread_allergies(client):
        yield reason(
            "contraindication",
            text=f"You told us of an allergy to “{each.name}”, a name that no list of ours holds.",
            lifted_by=PRACTITIONER,
            next_step="Your practitioner reads it and says what it means for you. Until then nothing is sold.",
        )


def may_read(allergy: Allergy, read: Read) -> Verdict:
    """Whether a practitioner may say that of an allergy. Refuses when it was read before, the outcome is none or does not fit
    what it is said to mean, or no note says why."""
    found = []
    if allergy.reading is not None or not (allergy.is_unread or read.outcome == "none"):
        found.append(Reason("read-before", "There is nothing to read.", "", "Look at the record again."))
    if read.outcome not in OUTCOMES:
        found.append(Reason("no-outcome", "It is not said what the allergy is.", "", "Choose one."))
    if (read.outcome == "named") is not bool(read.means) or not all(map(is_recognised, read.means)):
        text = "What it means is picked from the names that products are looked through for, and only for a known one."
        found.append(Reason("no-name", text, "", "Pick the names, or say that it is in nothing we sell."))
    if not read.why.strip():
        found.append(Reason("note", "A note has to say why.", PRACTITIONER, "Write the note."))
    return Verdict(tuple(found))
