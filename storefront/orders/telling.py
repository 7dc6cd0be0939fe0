"""What may be told where of the reasons why an order stopped: by mail nothing of somebody's care, and at the shop's desk only that
the client may not have it now. The client and their practitioner read all of it, behind the sign-in."""

from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.reasons import REASONS

# Reasons that say nothing about somebody's health or care.
TOLD_BY_MAIL = ("not-vetted", "no-batch", "too-many", "too-soon", "price-changed", "payment-differs")
OF_CARE = frozenset(REASONS) - {"not-vetted", "no-batch", "too-many"}
NOT_ELIGIBLE = Reason(
    "not-eligible", "The client may not have this now.", "their practitioner", "Only their practitioner sees why."
)


def for_the_mail(verdict: Verdict) -> list[Reason]:
    """What a mail may say; that a skin rests after a treatment is about no product, and stays behind the sign-in."""
    told = [reason for reason in verdict.reasons if reason.code in TOLD_BY_MAIL]
    return [reason for reason in told if reason.code != "too-soon" or reason.sku]


def hides_care(verdict: Verdict) -> bool:
    """Whether a mail leaves out something of the client's care. What else it leaves out stands with the order as well, but to speak
    of care there would alarm for nothing."""
    told = for_the_mail(verdict)
    return any(reason.code in OF_CARE and reason not in told for reason in verdict.reasons)


def for_the_desk(verdict: Verdict) -> Verdict:
    """What whoever packs may read: whatever touches the client's care is one reason that names none of it."""
    told = tuple(reason for reason in verdict.reasons if reason.code not in OF_CARE)
    return Verdict(told if len(told) == len(verdict.reasons) else (NOT_ELIGIBLE, *told))


def kept_for_the_desk(why: str, codes: str) -> list[str]:
    """The same of a reason that was kept with a hold or a cancellation: a line for each code, in the same order."""
    lines, kept = why.split("\n"), codes.split(",")
    if OF_CARE.isdisjoint(kept):
        return lines
    told = [line for line, code in zip(lines, kept, strict=False) if code not in OF_CARE]
    return [NOT_ELIGIBLE.text, *told]
