"""What a client reads when something may not be bought: for each code a sentence, who can lift it and the next step.
The order of the table is the order in which reasons are told."""

from datetime import date
from typing import NamedTuple

from catalogue.verdicts import Reason

PRACTITIONER = "your practitioner"
TIME = "time"
CLINIC = "the clinic"


class Told(NamedTuple):
    text: str
    lifted_by: str
    next_step: str


# Words in braces are filled in by the rule that gives the reason.
REASONS = {
    "no-course": Told(
        "Home care opens after a course of {count} treatments at the clinic, and no course is on your record.",
        PRACTITIONER,
        "Ask for a free consultation.",
    ),
    "course-incomplete": Told("{text}", PRACTITIONER, "{next_step}"),
    "treatments-too-close": Told(
        "The treatments of {first} and {second} are {days} days apart; at least {least} is usual, and no reason is noted.",
        PRACTITIONER,
        "Your practitioner notes the reason, or sees your skin first. Please call the clinic.",
    ),
    "over-treated": Told(
        "Your skin reacted strongly to the treatment of {day}, and has not been seen again since.",
        PRACTITIONER,
        "Come in for a short look at your skin. It is free.",
    ),
    "no-approval": Told("{text}", PRACTITIONER, "{next_step}"),
    "approval-expired": Told(
        "Your approval was valid until {day}.", PRACTITIONER, "Book a short review; it takes a few minutes."
    ),
    "approval-withdrawn": Told(
        "Your practitioner took your approval back on {day}.",
        PRACTITIONER,
        "Please call the clinic: your practitioner will explain it to you.",
    ),
    "screening-due": Told("{text}", "you", "Answer the safety questions in “Your care”; it takes two minutes."),
    "contraindication": Told("{text}", "{lifted_by}", "{next_step}"),
    "reaction-open": Told(
        "You told us on {day} that something was wrong with your skin. Nothing is sold until it has been looked at.",
        PRACTITIONER,
        "Please do not use the product. The clinic will answer you, and you may call at any time.",
    ),
    "under-age": Told(
        "We sell for home use from the age of {years}. This opens on {day}.",
        TIME,
        "Until then your practitioner cares for your skin at the clinic.",
    ),
    "not-vetted": Told("", CLINIC, ""),
    "no-batch": Told("", CLINIC, ""),
    "too-deep": Told("{text}", PRACTITIONER, "Choose a shorter roller, or ask your practitioner."),
    "serum-not-approved": Told(
        "{text}",
        PRACTITIONER,
        "Choose one of your approved serums, or ask your practitioner.",
    ),
    "allergen": Told(
        "{text}",
        "nobody while the allergy is on your record; only your practitioner may find that it is none",
        "Choose another product, or ask your practitioner what suits you.",
    ),
    "reacted": Told(
        "You reported a reaction to {name} on {day}, and your practitioner judged that it is not for your skin.",
        "nobody",
        "Choose another product, or ask your practitioner.",
    ),
    "too-soon": Told("{text}", TIME, "This opens by itself on {day}."),
    "too-many": Told(
        "Your approval is for at most {allowed} of {what} in one order; you chose {wanted}.",
        PRACTITIONER,
        "Lower the number to {allowed}.",
    ),
}
ORDER = {code: place for place, code in enumerate(REASONS)}


def day_in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def reason(code: str, sku: str | None = None, **words: object) -> Reason:
    """One reason with its words filled in; days are written out."""
    told = REASONS[code]
    filled = {name: day_in_words(word) if isinstance(word, date) else word for name, word in words.items()}
    text, lifted_by, next_step = (part.format(**filled) for part in told)
    return Reason(code, text, lifted_by, next_step, sku)


def in_order(found: list[Reason]) -> tuple[Reason, ...]:
    """Every reason, in the order of the table; within one code the lines stay as they stood."""
    return tuple(sorted(found, key=lambda each: ORDER.get(each.code, len(ORDER))))
