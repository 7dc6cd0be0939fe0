"""What a client is asked about a reaction, by when the clinic answers, and what each outcome brings about; pure. The signs are
those of the clinic's rules on warning signs; what a sign means the practitioner judges."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from storefront.eligibility.models import Client

SIGNS = {
    "redness": "Mild redness",
    "redness-long": "Redness for more than 72 hours",
    "hot-spreading": "Hot, or spreading",
    "swelling": "Swelling",
    "blisters": "Blisters",
    "pus": "Pus, or a fever",
    "rows": "Straight rows of marks",
    "dark": "Dark patches",
    "bumps": "Firm bumps or itchy patches",
    "bleeding": "Bleeding with the home roller",
    "other": "Something else",
}
SIZES = {
    "coin": "A coin or less",
    "palm": "Up to the palm of my hand",
    "cheek": "A whole cheek or forehead",
    "face": "The whole face, or more",
    "unsure": "I cannot say",
}
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Answers:
    """The quick answers beside the words: which signs, how large, when the product was used last; and from which order."""

    signs: tuple[str, ...] = ()
    size: str = ""
    used_on: date | None = None
    order_number: str = ""


NO_ANSWERS = Answers()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a practitioner may decide about a reaction. `means` is what the client reads, `effects` stand beside the choice before
    it is pressed."""

    name: str
    means: str
    effects: str
    ends_approval: bool = True
    closes_product: bool = True


OUTCOMES = {
    "continue": Outcome(
        "Go on: the product is not the cause",
        "You may go on with your home care.",
        "Sales open again and the approval stays. Nothing is refunded; an order on hold waits for the desk.",
        ends_approval=False,
        closes_product=False,
    ),
    "other_product": Outcome(
        "Another product: this one is not right for this skin",
        "This product is not right for your skin. Please do not use it again; we look for another one together.",
        "The product is closed to this client for good. The approval ends, so nothing is sold until you approve anew. Its price "
        "goes back; nothing needs to be returned.",
    ),
    "see_me": Outcome(
        "See me today: I must see the skin first",
        "Please call us now: your practitioner wants to see your skin today. Do not use the product.",
        "The client is asked to call today. The approval ends, so nothing is sold until you approve anew. The product itself is "
        "not closed yet; its price goes back, and nothing needs to be returned.",
        closes_product=False,
    ),
    "stop": Outcome(
        "Stop home care",
        "Please stop your home care. Your practitioner will tell you what comes instead.",
        "The approval ends and the product is closed to this client for good. Nothing is sold until you approve anew. Its price "
        "goes back; nothing needs to be returned.",
    ),
}  # fmt: skip


def within(working_days: int) -> str:
    """The promise in words, as it stands above the form."""
    return "one working day" if working_days == 1 else f"{working_days} working days"


def answer_due(now: datetime, working_days: int, zone: tzinfo) -> datetime:
    """The promised moment: the same hour by the clinic's clock so many working days on. Public holidays are not known here."""
    local = now.astimezone(zone)
    day = local
    while working_days or day.weekday() >= SATURDAY:
        day += timedelta(days=1)
        working_days -= day.weekday() < SATURDAY
    return day.astimezone(now.tzinfo)


def closed_products(client: Client) -> dict[int, date]:
    """Products that an outcome closed to this client, each with the day of its report."""
    closing = [each for each in client.reactions if each.outcome and OUTCOMES[each.outcome.outcome].closes_product]
    return {each.product_id: each.at.date() for each in closing if each.product_id is not None}
