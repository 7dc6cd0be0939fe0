"""Whether two records may be of one person, and whether they may be merged: pure. A likeness is shown, never acted upon by
itself; only a practitioner knows whether two are one."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.course_rules import all_treatments, to_see_again
from storefront.eligibility.models import Client
from storefront.eligibility.reasons import day_in_words

MOST_SLIPS = 2
LEAST_DIGITS = 9
LIKENESSES = {
    "email": "the same e-mail address",
    "phone": "the same telephone number",
    "name-and-birth": "the same name and date of birth",
    "similar-name-and-birth": "a similar name and the same date of birth",
}


@dataclass(frozen=True, slots=True)
class Person:
    """What tells one person from another."""

    name: str
    email: str
    born_on: date
    phone: str = ""


def likeness(one: Person, other: Person) -> tuple[str, ...]:
    """In what two are alike, by the codes of LIKENESSES; empty when they are not."""
    found = ["email"] if one.email.strip().casefold() == other.email.strip().casefold() else []
    if len(digits(one.phone)) >= LEAST_DIGITS and digits(one.phone) == digits(other.phone):
        found.append("phone")
    if one.born_on == other.born_on:
        slips = distance(plain_name(one.name), plain_name(other.name))
        found += ["name-and-birth"] if slips == 0 else ["similar-name-and-birth"] if slips <= MOST_SLIPS else []
    return tuple(found)


def plain_name(name: str) -> str:
    """Without accents, case and signs, the parts in one order: "Haddad, Noor" is "noor haddad"."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return " ".join(sorted(re.findall(r"\w+", plain.casefold())))


def digits(phone: str) -> str:
    """The last nine: with or without the country's number it is the same telephone."""
    return re.sub(r"\D", "", phone)[-LEAST_DIGITS:]


def distance(one: str, other: str) -> int:
    """How many slips of a pen lie between two words: a letter more, less, another, or two that changed places."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i] + [0] * len(other)
        for j, sign in enumerate(other, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != sign))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == sign:
                row[j] = min(row[j], earlier[j - 2] + 1)
    return row[-1]


def may_merge(kept: Client, merged: Client, why: str) -> Verdict:
    """Whether one record may be merged into another. Refuses a record with itself, one that was merged already (so that no
    circle can come about), treatments that the kept record does not know of, an over-treated skin that nobody has seen again,
    and an act without a reason."""
    found = []
    if kept.id == merged.id:
        found.append(Reason("same-record", "This is one and the same record.", "", "Choose two records."))
    if kept.kept_as_id is not None or merged.kept_as_id is not None:
        text = "One of the two was merged into another record already."
        found.append(Reason("already-merged", text, "", "Look at the record that was kept."))
    known = {treatment.treated_on for treatment in all_treatments(kept)}
    missing = [each.treated_on for each in all_treatments(merged) if each.treated_on not in known]
    if missing and kept.id != merged.id:
        text = f"Only {merged.number} knows of the treatments of {', '.join(map(day_in_words, missing))}."
        step = f"Record them on {kept.number} first, or keep {merged.number} instead."
        found.append(Reason("treatments-missing", text, "the practitioner", step))
    unseen = {each.treated_on for each in to_see_again(merged)} - {each.treated_on for each in to_see_again(kept)}
    if unseen and kept.id != merged.id:
        text = f"After the treatment of {', '.join(map(day_in_words, sorted(unseen)))} nobody has seen the skin again."
        found.append(Reason("skin-unseen", text, "the practitioner", f"See it, and note it on {merged.number} first."))
    if not why.strip():
        found.append(Reason("no-reason", "A merge needs a reason.", "", "Write how you know that it is one person."))
    return Verdict(tuple(found))
