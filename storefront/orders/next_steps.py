"""What must be done next with an order, as one table: the first line that fits its status and its marks. What waits for the clinic
stands first, then what others do, and at the end what nobody has to do. Pure; `next_orders.py` asks the database the same table."""

from collections.abc import Collection
from dataclasses import dataclass

from storefront.orders.rules import LEFT, STOPPABLE

# What an order's status alone does not tell; `next_orders.py` says how each is read.
MARKS = (
    "to-answer", "contested", "dispute-won", "other-sum", "came-back", "capture-near", "capture-failing", "taken",
    "refund-failing", "refund-due", "some-back", "going-back", "return-open", "collected", "of-time", "release-failing",
    "release-due", "lost", "differed",
)  # fmt: skip
DAILY = ("end-return", "pack", "send", "put-ready", "arrived", "fetched")  # the clinic's ordinary work
CLINIC, SHOP, CLIENT, BANK, NOBODY = "the clinic", "the shop itself", "the client", "the bank", "nobody"


@dataclass(frozen=True, slots=True)
class Step:
    """`who` does it. It fits an order of one of these statuses (none: of any) with all of `marks` and with none of `but`."""

    code: str
    who: str
    words: str
    statuses: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    @property
    def tone(self) -> str:
        """How loudly it asks for somebody of the clinic."""
        return "ok" if self.who != CLINIC else "soon" if self.code in DAILY else "stop"

    @property
    def is_ours(self) -> bool:
        return self.who == CLINIC

    def fits(self, status: str, marks: Collection[str]) -> bool:
        is_of = not self.statuses or status in self.statuses
        return is_of and all(mark in marks for mark in self.marks) and not any(mark in marks for mark in self.but)


HELD = ("on_hold",)
STEPS = (
    Step("answer-dispute", CLINIC, "Answer the dispute at Stripe", marks=("to-answer",)),
    Step("stop-other-sum", CLINIC, "Stop it: another sum was taken", STOPPABLE, ("other-sum",), ("going-back",)),
    Step("pay-otherwise", CLINIC, "Ask the client where their money may go", marks=("came-back",)),
    Step("capture-near", CLINIC, "Call the client: the bank soon lets go of the money", STOPPABLE, ("capture-near",)),
    Step("capture-failing", CLINIC, "See why its money cannot be taken", STOPPABLE, ("capture-failing",)),
    Step("refund-failing", CLINIC, "See why its money cannot be given back", marks=("refund-failing",)),
    Step("release-failing", CLINIC, "See why its money cannot be let go of", marks=("release-failing",)),
    Step("end-return", CLINIC, "See what comes back, and end the return", LEFT, ("return-open",)),
    Step("stop-rest", CLINIC, "Stop it: a part of its money went back", HELD, ("some-back",), ("contested", "going-back")),
    Step("let-go-on", CLINIC, "The dispute is won: let it go on", HELD, ("dispute-won",), ("contested", "going-back")),
    Step("decide", CLINIC, "Decide what becomes of it", HELD, (), ("contested", "going-back", "of-time")),
    Step("pack", CLINIC, "Pack it", ("accepted",), ("taken",)),
    Step("send", CLINIC, "Send it", ("packed",), (), ("collected",)),
    Step("put-ready", CLINIC, "Put it ready to collect", ("packed",), ("collected",)),
    Step("arrived", CLINIC, "Note that it arrived", ("dispatched",), (), ("collected",)),
    Step("fetched", CLINIC, "Note that it was collected", ("dispatched",), ("collected",)),
    Step("wait-for-bank", BANK, "The bank decides the dispute", marks=("contested",)),
    Step("wait-for-time", CLIENT, "What time asks for is put right, then it may go on", HELD, ("of-time",), ("going-back",)),
    Step("pays", CLIENT, "The client pays", ("awaiting_payment",)),
    Step("taking", SHOP, "Its money is being taken", ("accepted",)),
    Step("giving-back", SHOP, "Its money is going back", marks=("refund-due",)),
    Step("letting-go", SHOP, "Its money is being let go of", marks=("release-due",)),
    Step("payment-lost", NOBODY, "Nothing: the bank let go of the money", ("cancelled",), ("lost",)),
    Step("payment-differs", NOBODY, "Nothing: another sum was authorised, and let go of", ("cancelled",), ("differed",)),
    Step("unpaid", NOBODY, "Nothing, unless money comes", ("expired",)),
    Step("nothing", NOBODY, "Nothing"),
)  # fmt: skip
BY_CODE = {step.code: step for step in STEPS}
OPEN_STEPS = tuple(step for step in STEPS if step.who != NOBODY)


def next_step(status: str, marks: Collection[str]) -> Step:
    """The one thing that must be done next."""
    return next(step for step in STEPS if step.fits(status, marks))
