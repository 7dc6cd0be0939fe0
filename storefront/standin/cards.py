"""Stripe's published test cards (docs.stripe.com/testing): what each does, and its name in the API."""

from dataclasses import dataclass

MESSAGES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "incorrect_number": "Your card number is incorrect.",
    "invalid_number": "Your card number is not a valid card number.",
    "invalid_expiry_month": "Your card's expiration month is invalid.",
    "invalid_expiry_year": "Your card's expiration year is invalid.",
    "invalid_cvc": "Your card's security code is invalid.",
    "payment_intent_authentication_failure": (
        "We are unable to authenticate your payment method. Please choose a different payment method and try again."
    ),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A test number: what happens when it is charged, and whether the bank asks the person first."""

    number: str
    does: str
    brand: str = "visa"
    code: str | None = None
    decline: str | None = None
    asks_first: bool = False
    is_contested: bool = False
    funding: str = "credit"

    @property
    def grouped(self) -> str:
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


def declined(number: str, does: str, decline: str, code: str = "card_declined", asks_first: bool = False) -> Card:
    return Card(number, does, code=code, decline=decline, asks_first=asks_first)


CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242", "is accepted"),
        Card("4000056655665556", "is accepted (debit)", funding="debit"),
        Card("4000008260000000", "is accepted (United Kingdom)"),
        Card("5555555555554444", "is accepted (Mastercard)", brand="mastercard"),
        Card("378282246310005", "is accepted (American Express)", brand="amex"),
        Card("4000002760003184", "the bank always asks (3-D Secure)", asks_first=True),
        Card("4000002500003155", "the bank asks (3-D Secure)", asks_first=True),
        Card("4000000000003220", "the bank asks (3-D Secure 2)", asks_first=True),
        Card("4000000000000259", "is accepted, then contested as fraud", is_contested=True),
        declined("4000008400001629", "the bank asks, then the card is declined", "generic_decline", asks_first=True),
        declined("4000008260003178", "the bank asks, then funds are lacking", "insufficient_funds", asks_first=True),
        declined("4000000000000002", "is declined", "generic_decline"),
        declined("4000000000009995", "has insufficient funds", "insufficient_funds"),
        declined("4000000000009987", "was lost", "lost_card"),
        declined("4000000000009979", "was stolen", "stolen_card"),
        declined("4000000000006975", "is over its limit", "card_velocity_exceeded"),
        Card("4000000000000069", "has expired", code="expired_card"),
        Card("4000000000000127", "the security code is wrong", code="incorrect_cvc"),
        Card("4000000000000119", "a processing error happens", code="processing_error"),
    )
}
NAMED = {
    "pm_card_visa": "4242424242424242",
    "pm_card_visa_debit": "4000056655665556",
    "pm_card_gb": "4000008260000000",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_visa_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
}
HINTS = tuple(CARDS[number] for number in (
    "4242424242424242", "5555555555554444", "4000002760003184", "4000002500003155", "4000000000000002",
    "4000000000009995", "4000000000000069", "4000000000000127",
))  # fmt: skip


def message_for(card: Card) -> str:
    return MESSAGES["insufficient_funds" if card.decline == "insufficient_funds" else card.code or "card_declined"]


def looks_valid(number: str) -> bool:
    """The check digit every card number carries (Luhn)."""
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        return False
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
