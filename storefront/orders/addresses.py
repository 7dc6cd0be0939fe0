"""May a parcel go there? Pure, by the terms of delivery: the country is sent to, the way goes there, the postcode is one of that
country, and nothing in the address names the United States, whatever country stands beside it."""

import re
import unicodedata
from collections.abc import Iterator

from catalogue.verdicts import Reason, Verdict
from storefront.orders.delivery_terms import Terms
from storefront.orders.rules import Delivery

# As whoever writes an address ends it; without full stops and in small letters.
AMERICA = re.compile(
    r"\b(usa|united states( of america)?|puerto rico|guam|american samoa|us virgin islands|northern mariana islands)$"
)
# A ZIP code ends a line, with a state before it or four more figures after it: a number of a box or a unit is no such thing.
ZIP = re.compile(r"(^|[\s,])[a-z]{2}[\s,]+\d{5}$|\b\d{5}-\d{4}$|^\d{5}$")
AT_THE_CLINIC = "Collect it at the clinic instead."


def may_deliver(delivery: Delivery, terms: Terms) -> Verdict:
    """Refuses with every reason why an order may not go this way to this place. What is collected may always be."""
    way = terms.ways.get(delivery.kind)
    if way is None:
        return Verdict((Reason("no-way", "There is no such way of delivery.", "you", "Choose one of ours."),))
    if not way.is_posted:
        return Verdict()
    closed = may_send_to(delivery.country, terms)
    if not closed.is_yes:
        return closed
    return Verdict((*_way_there(delivery, terms), *address_reasons(delivery.address, delivery.country, terms)))


def may_send_to(country: str, terms: Terms) -> Verdict:
    """Refuses when the clinic does not send to this country, and says why."""
    if country in terms.countries:
        return Verdict()
    closed = terms.why_closed(country)
    there = ", ".join(each.name for each in terms.countries.values())
    text = f"We do not send to {closed.name}. {closed.why}"
    return Verdict((Reason("not-shipped", text, "nobody", f"{AT_THE_CLINIC} We send to {there}."),))


def _way_there(delivery: Delivery, terms: Terms) -> Iterator[Reason]:
    way = terms.ways[delivery.kind]
    if delivery.country not in way.prices:
        text = f"{way.name} does not go to {terms.name_of(delivery.country)}."
        yield Reason("no-way", text, "you", "Choose another way of delivery.")


def address_reasons(address: str, country: str, terms: Terms) -> Iterator[Reason]:
    """What is wrong with an address, its postcode being the last line."""
    *lines, postcode = address.split("\n")
    closed = may_send_to(country, terms)
    if not closed.is_yes:
        yield from closed.reasons
    elif any(names_america(line) for line in (*lines, postcode)):
        text = "This address is in the United States. " + terms.why_closed("US").why
        yield Reason("not-shipped", text, "nobody", AT_THE_CLINIC)
    elif wrong := postcode_fault(postcode, country, terms):
        yield Reason("wrong-postcode", wrong, "you", "Put the postcode or the country right.")


def postcode_fault(postcode: str, country: str, terms: Terms) -> str:
    """Why this is no postcode of the country, in words; empty when it is one."""
    here = terms.countries[country]
    if here.has(postcode):
        return ""
    other = next((each for each in terms.countries.values() if each.has(postcode)), None)
    if other is not None:
        return f"{postcode} belongs to {other.name}. Choose {other.name} as the country, or look at it again."
    return f"That does not look like a postcode of {here.name}, such as {here.example}."


def names_america(line: str) -> bool:
    """Whether a line of an address ends as one in the United States does, however it is written."""
    plain = " ".join(unicodedata.normalize("NFKC", line).casefold().replace(".", "").split()).rstrip(" ,;")
    return bool(AMERICA.search(plain) or ZIP.search(plain))
