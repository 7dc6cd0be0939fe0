"""Rules about approvals, pure: which one is in force, what a practitioner may grant, and what is proposed to them. A newer
approval supersedes every older one; to withdraw it revives none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.models import Approval, Client, Qualification
from storefront.eligibility.policy import Policy, months_after
from storefront.eligibility.reasons import day_in_words, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an approval allows: micrometres, products' ids, days, units of one kind per order, uses per roller."""

    greatest_needle_um: int
    serum_ids: frozenset[int] = frozenset()
    reorder_days: int
    quantity: int
    uses_per_roller: int
    valid_until: date
    note: str = ""
    deep_note: str = ""


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
    if approval is None:
        return [reason("no-approval")]
    found = []
    if today > approval.valid_until:
        found.append(reason("approval-expired", day=approval.valid_until))
    if approval.withdrawal is not None:
        found.append(reason("approval-withdrawn", day=approval.withdrawal.at.date()))
    return found


def is_renewal_due(client: Client, policy: Policy, today: date) -> bool:
    """The last approval ends within the policy's notice, or ended by itself no longer ago than that."""
    approval = latest_approval(client)
    if approval is None or approval.withdrawal is not None:
        return False
    return abs((approval.valid_until - today).days) <= policy.renewal_notice_days


def allowed_serums(approval: Approval) -> frozenset[int]:
    return frozenset(serum.product_id for serum in approval.serums)


def proposal(client: Client, policy: Policy, today: date, serum_ids: Iterable[int] = ()) -> Limits:
    """What is proposed to the practitioner: the last approval's limits, else the policy's with the given serums."""
    last = latest_approval(client)
    until = months_after(today, policy.approval_months)
    if last is None:
        return Limits(
            greatest_needle_um=policy.usual_needle_um,
            serum_ids=frozenset(serum_ids),
            reorder_days=policy.reorder_days,
            quantity=policy.quantity,
            uses_per_roller=policy.uses_per_roller,
            valid_until=until,
        )
    return Limits(
        greatest_needle_um=min(last.greatest_needle_um, policy.greatest_home_needle_um),
        serum_ids=allowed_serums(last),
        reorder_days=last.reorder_days,
        quantity=min(last.quantity, policy.greatest_quantity),
        uses_per_roller=min(last.uses_per_roller, policy.uses_per_roller),
        valid_until=until,
        deep_note=last.deep_note,
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
    if limits.reorder_days < 1:
        found.append(_limit("reorder-days", "At least 1 day between two orders."))
    last = months_after(today, policy.approval_months)
    if not today <= limits.valid_until <= last:
        found.append(_limit("valid-until", f"From today to {day_in_words(last)}."))
    return found


def _limit(code: str, text: str) -> Reason:
    return Reason(code, text, "the practitioner", "Change the limit.")
