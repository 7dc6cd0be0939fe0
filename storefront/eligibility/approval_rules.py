"""Rules about approvals, pure: which one is in force, what a practitioner may grant, and what is proposed to them. A newer
approval supersedes every older one; to withdraw it revives none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.models import Approval, Client, Deferral, Qualification, Treatment
from storefront.eligibility.policy import Policy, months_after
from storefront.eligibility.reasons import day_in_words, reason

MEANING = "I judged this client suitable for home care within these limits."
NONE_YET = "A practitioner's personal approval is needed first, and you have none yet."
AFTER_THE_LAST = "After your last treatment your practitioner decides with you what is right for home."
LATER = "later"
# Why an approval is denied for now, in words for the client.
DEFERRALS = {
    "skin": "your skin should rest and heal first",
    "visit": "your practitioner would like to see your skin first",
    "treatment": "another treatment at the clinic comes first",
    "unsuitable": "home care with a roller is not right for your skin",
    LATER: "your practitioner looks at it again a little later",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an approval allows: micrometres, products' ids, names of classes, days, units of one kind per order, uses per
    roller."""

    greatest_needle_um: int
    serum_ids: frozenset[int] = frozenset()
    serum_classes: frozenset[str] = frozenset()
    reorder_days: int
    quantity: int
    uses_per_roller: int
    valid_until: date
    note: str = ""
    deep_note: str = ""
    review_note: str = ""


def latest_approval(client: Client) -> Approval | None:
    return max(client.approvals, key=lambda approval: (approval.at, approval.id or 0), default=None)


def approval_in_force(client: Client | None, today: date) -> Approval | None:
    """The last approval, when it is neither withdrawn nor past its last day."""
    approval = latest_approval(client) if client else None
    if approval is None or approval.withdrawal is not None or today > approval.valid_until:
        return None
    return approval


def approval_reasons(client: Client | None, today: date) -> list[Reason]:
    """no-approval, approval-expired, approval-withdrawn."""
    approval = latest_approval(client) if client else None
    if approval is None or is_taken_back(approval):
        return [_none_yet(client, today)]
    found = []
    if today > approval.valid_until:
        found.append(reason("approval-expired", day=approval.valid_until))
    if approval.withdrawal is not None:
        found.append(reason("approval-withdrawn", day=approval.withdrawal.at.date()))
    return found


def is_taken_back(approval: Approval) -> bool:
    """Whether who signed it took it back before anybody was told: it never opened anything, and revives none before it."""
    return approval.withdrawal is not None and approval.withdrawal.is_taken_back


def _none_yet(client: Client | None, today: date) -> Reason:
    deferral = standing_deferral(client, today) if client else None
    if deferral is None:
        return reason("no-approval", text=NONE_YET, next_step=AFTER_THE_LAST)
    text = f"Your practitioner looked on {day_in_words(deferral.at.date())}: {DEFERRALS[deferral.why]}."
    day = deferral.until
    step = (
        f"It is looked at again on {day_in_words(day)}."
        if day
        else "Call the clinic whenever you want to talk about it."
    )
    return reason("no-approval", text=text, next_step=step)


def is_renewal_due(client: Client, policy: Policy, today: date) -> bool:
    """The last approval ends within the policy's notice, or ended by itself no longer ago than that."""
    approval = latest_approval(client)
    if approval is None or approval.withdrawal is not None:
        return False
    return abs((approval.valid_until - today).days) <= policy.renewal_notice_days


def standing_deferral(client: Client, today: date) -> Deferral | None:
    """The last decision not to approve now, while it stands: until its day, or until a newer treatment, set of answers, course
    or approval gives a reason to look again."""
    standing = [each for each in client.deferrals if each.taken_back_at is None]
    last = max(standing, key=lambda each: (each.at, each.id or 0), default=None)
    if last is None or (last.until is not None and today >= last.until):
        return None
    newer = [each.at for each in client.screenings]
    newer += [each.at for each in client.approvals if not is_taken_back(each)]
    newer += [each.at for course in client.courses for each in course.treatments]
    newer += [course.completion.at for course in client.courses if course.completion]
    return None if any(at > last.at for at in newer) else last


def may_defer(client: Client, why: str, until: date | None, today: date) -> Verdict:
    """Whether an approval may be put off. Refuses when one is in force, the reason is none, or the day has passed."""
    found = []
    if approval_in_force(client, today):
        text = "An approval is in force: to stop it, withdraw it."
        found.append(Reason("approved", text, "the practitioner", "Withdraw the approval instead."))
    if why not in DEFERRALS:
        found.append(Reason("no-reason", "No such reason.", "the practitioner", "Choose one of the list."))
    if (why == LATER) != (until is not None) or (until is not None and until <= today):
        text = "“Later” needs a day that is still to come, and a denial has none."
        found.append(Reason("until", text, "the practitioner", "Choose the day to look again."))
    return Verdict(tuple(found))


def allowed_serums(approval: Approval) -> frozenset[int]:
    return frozenset(serum.product_id for serum in approval.serums)


def allowed_classes(approval: Approval) -> frozenset[str]:
    return frozenset(each.name for each in approval.classes)


def last_treatment(client: Client) -> Treatment | None:
    """The last session of all courses: what is proposed for home follows from it."""
    held = [each for course in client.courses for each in course.treatments]
    return max(held, key=lambda each: (each.treated_on, each.id or 0), default=None)


def proposal(client: Client, policy: Policy, today: date, serum_ids: Iterable[int] = ()) -> Limits:
    """What is proposed to the practitioner: the last approval's limits, else the policy's with the given serums. Never deeper
    than the needle of the last treatment: a client does not go further alone than a practitioner went."""
    last = latest_approval(client)
    until = months_after(today, policy.approval_months)
    held = last_treatment(client)
    deepest = min(policy.greatest_home_needle_um, held.needle_um if held else policy.greatest_home_needle_um)
    if last is None or is_taken_back(last):
        return Limits(
            greatest_needle_um=min(policy.usual_needle_um, deepest),
            serum_ids=frozenset(serum_ids),
            reorder_days=policy.reorder_days,
            quantity=policy.quantity,
            uses_per_roller=policy.uses_per_roller,
            valid_until=until,
        )
    return Limits(
        greatest_needle_um=min(last.greatest_needle_um, deepest),
        serum_ids=allowed_serums(last),
        serum_classes=allowed_classes(last),
        reorder_days=max(last.reorder_days, policy.days_between_uses),
        quantity=min(last.quantity, policy.greatest_quantity),
        uses_per_roller=min(last.uses_per_roller, policy.uses_per_roller),
        valid_until=until,
        deep_note=last.deep_note,
        review_note=last.review_note,
    )


def may_sign(qualifications: Iterable[Qualification], today: date) -> Verdict:
    """Whether this practitioner may record and sign. Refuses when no training certificate is valid today."""
    last = max((each.expires_on for each in qualifications), default=None)
    if last is not None and today <= last:
        return Verdict()
    text = "No training certificate is on record for you."
    if last is not None:
        text = f"Your training certificate was valid until {day_in_words(last)}."
    return Verdict((Reason("not-qualified", text, "the clinic", "Have the renewed certificate put on record."),))


def limits_refused(limits: Limits, policy: Policy, today: date) -> list[Reason]:
    """Limits that no approval may have; each with the code of the limit."""
    found = []
    if not 0 <= limits.greatest_needle_um <= policy.greatest_home_needle_um:
        found.append(_limit("greatest-depth", f"From 0 to {policy.greatest_home_needle_um} µm for home use."))
    if limits.greatest_needle_um > policy.deep_note_above_um and not limits.deep_note.strip():
        found.append(_limit("deep-note", f"Above {policy.deep_note_above_um} µm a note has to say why."))
    if not 0 < limits.quantity <= policy.greatest_quantity:
        found.append(_limit("quantity", f"From 1 to {policy.greatest_quantity} of a kind in one order."))
    if not 0 < limits.uses_per_roller <= policy.uses_per_roller:
        found.append(_limit("uses", f"From 1 to {policy.uses_per_roller} uses of one roller."))
    if limits.reorder_days < policy.days_between_uses:
        found.append(_limit("reorder-days", f"At least {policy.days_between_uses} days between two orders: one use."))
    last = months_after(today, policy.approval_months)
    if not today <= limits.valid_until <= last:
        found.append(_limit("valid-until", f"From today to {day_in_words(last)}."))
    return found


def _limit(code: str, text: str) -> Reason:
    return Reason(code, text, "the practitioner", "Change the limit.")
