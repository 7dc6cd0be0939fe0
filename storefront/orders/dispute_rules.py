"""What a dispute is to the shop, whatever words the bank has for it. Pure: a dispute as it was just read, and what follows from it.
The statuses are Stripe's (docs.stripe.com/api/disputes/object); a `warning` asks first and has not drawn the money back."""

from dataclasses import dataclass
from datetime import datetime

from catalogue.money import Money

# To be answered by us, or being looked at by the bank. Any status that the shop does not know counts as open.
TO_ANSWER = ("needs_response", "warning_needs_response", "appeal_needs_response")
ENDED = ("won", "lost", "warning_closed", "prevented")
REOPENS = ("appeal_needs_response", "appeal_under_review")
WORDS = {
    "needs_response": "to be answered",
    "warning_needs_response": "a question of the bank, to be answered",
    "appeal_needs_response": "appealed, to be answered",
    "under_review": "answered, the bank decides",
    "warning_under_review": "answered, the bank thinks about it",
    "appeal_under_review": "appealed, the bank decides",
    "won": "won, the money is the clinic’s",
    "lost": "lost, the money went back to the client",
    "warning_closed": "closed without a dispute",
    "prevented": "prevented, the money went back before it began",
}


@dataclass(frozen=True, slots=True)
class Contested:
    """A dispute as the payment provider has it now. `withdrawn` is what is drawn back of the money at this moment, `fee` what
    the dispute costs the clinic; `answer_by` is None where the bank takes no answer."""

    id: str
    status: str
    amount: Money
    reason: str
    opened_at: datetime
    answer_by: datetime | None = None
    withdrawn_minor: int = 0
    fee_minor: int = 0

    @property
    def is_open(self) -> bool:
        return self.status not in ENDED


def is_old_news(known: str | None, told: str) -> bool:
    """Whether what was read is older than what is known: a dispute that has ended opens again by an appeal alone."""
    return known in ENDED and told not in ENDED + REOPENS
