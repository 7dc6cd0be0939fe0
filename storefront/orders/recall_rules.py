"""When a recall may be closed, and when its next mail to a client is due. Pure: no session, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.policy import Policy
from storefront.orders.recall_lists import Balance


@dataclass(frozen=True, slots=True)
class Counts:
    """The clients of a recall, counted. `tried`: not reached, but tried for as often as the policy asks."""

    clients: int = 0
    told: int = 0
    stopped: int = 0
    never_received: int = 0
    passed_on: int = 0
    bounced: int = 0
    reached: int = 0
    tried: int = 0

    @property
    def answered(self) -> int:
        return self.stopped + self.never_received + self.passed_on

    @property
    def left(self) -> int:
        """Who still has to be reached, or tried for."""
        return self.clients - self.reached - self.tried

    @property
    def percent(self) -> int:
        """Reached, in whole per cent, never rounded up to all."""
        return 100 * self.reached // self.clients if self.clients else 100


def may_close(counts: Counts, balances: Sequence[Balance], attempts: int, is_told: bool) -> Verdict:
    """Refuses before the notice was sent, while somebody was neither reached nor tried for, and while a balance is open."""
    reasons = []
    if not is_told:
        reasons.append(Reason("not-sent", "The clients were not told yet.", "you", "Send the notice."))
    if counts.left:
        text = f"{counts.left} of {counts.clients} clients were neither reached nor tried {attempts} times."
        reasons.append(Reason("not-reached", text, "you", "Call them, and note every attempt."))
    for balance in balances:
        if not balance.closes:
            text = f"{balance.code}: {balance.received} received, {balance.accounted} accounted for."
            reasons.append(Reason("balance-open", text, "the clinic", "Find the units that are missing."))
    return Verdict(tuple(reasons))


def mails_due(policy: Policy, owed_at: datetime) -> tuple[datetime, ...]:
    """When a client is written to: at once, and again as long as there is no answer."""
    days = (0, policy.recall_first_reminder_days, policy.recall_second_reminder_days, policy.recall_last_reminder_days)
    return tuple(owed_at + timedelta(days=each) for each in days)
