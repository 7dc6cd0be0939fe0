"""What the shop knows of payments, as plain values, and how they are read from what Stripe answers."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from catalogue.money import Money
from storefront.orders.dispute_rules import Contested

ORDER = "order"
"""The name under which Stripe's metadata carries our order number."""
CLIENT = "client"


class PaymentUnavailable(Exception):
    """Stripe could not be asked, or had no answer: nothing is known of what was asked. Ask again, with the same key."""


class PaymentRefused(Exception):
    """Stripe said no, with its own code (`card_declined`, `payment_intent_unexpected_state`, …)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BadSignature(Exception):
    """A webhook that Stripe did not send to us, or too long ago."""


@dataclass(frozen=True, slots=True)
class CheckoutLine:
    """What is paid for: its name, the price of one including VAT, how many."""

    name: str
    unit: Money
    quantity: int


@dataclass(frozen=True, slots=True)
class Checkout:
    """A payment page. `status` is open, complete or expired; `url` is None once it is not open."""

    id: str
    url: str | None
    status: str
    total: Money
    expires_at: datetime
    intent: str | None
    order_number: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """What may be told of a card: never its number. `is_kept`: its holder keeps it at Stripe and is offered it again."""

    brand: str
    last4: str
    good_until: date
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment as Stripe knows it now. `status` is Stripe's: `requires_capture` means held, `succeeded` taken.

    `refunded` is what was given back of what was taken; what is merely released is not in it (so since Stripe's API of
    2025-03-31, and the SDK names the version it speaks). `disputes` are read with a payment that is contested, `card` with
    one payment that is looked at; a list of payments is without both.
    """

    id: str
    status: str
    amount: Money
    capturable: Money
    received: Money
    refunded: Money
    order_number: str | None
    capture_before: datetime | None
    latest_charge: str | None
    is_disputed: bool
    cancellation_reason: str | None
    refused_code: str | None
    created_at: datetime
    disputes: tuple[Contested, ...] = ()
    card: Card | None = None

    @property
    def kept(self) -> Money:
        """What was taken and not given back."""
        return self.received - self.refunded


@dataclass(frozen=True, slots=True)
class RefundMade:
    """Money given back. `status` is pending, succeeded, failed, requires_action or canceled; `row` names our own row."""

    id: str
    status: str
    amount: Money
    intent: str | None
    charge: str | None
    row: str | None = None


@dataclass(frozen=True, slots=True)
class Knock:
    """An event: only a reason to look. What it says of the object is old news; read the object again."""

    event_id: str
    type: str
    created_at: datetime
    object_kind: str
    object_id: str
    intent: str | None
    order_number: str | None


def _minor(values: dict[str, Any], name: str) -> Money:
    return Money(values[name] or 0, (values["currency"] or "gbp").upper())


def _at(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _id(value: Any) -> str | None:
    """The id, whether the field was expanded or not."""
    found: str | None = value["id"] if isinstance(value, dict) else value
    return found


def about_intent(found: dict[str, Any]) -> str | None:
    """The payment that a refund or a dispute is about."""
    return _id(found["payment_intent"])


def read_checkout(found: dict[str, Any]) -> Checkout:
    return Checkout(
        id=found["id"],
        url=found["url"],
        status=found["status"],
        total=_minor(found, "amount_total"),
        expires_at=datetime.fromtimestamp(found["expires_at"], UTC),
        intent=_id(found["payment_intent"]),
        order_number=(found["metadata"] or {}).get(ORDER) or found["client_reference_id"],
    )


def read_intent(found: dict[str, Any]) -> Intent:
    charge = found["latest_charge"] if isinstance(found["latest_charge"], dict) else {}
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    return Intent(
        id=found["id"],
        status=found["status"],
        amount=_minor(found, "amount"),
        capturable=_minor(found, "amount_capturable"),
        received=_minor(found, "amount_received"),
        refunded=Money(charge.get("amount_refunded", 0), found["currency"].upper()),
        order_number=found["metadata"].get(ORDER),
        capture_before=_at(card.get("capture_before")),
        latest_charge=_id(found["latest_charge"]),
        is_disputed=bool(charge.get("disputed")),
        cancellation_reason=found["cancellation_reason"],
        refused_code=(found["last_payment_error"] or {}).get("code"),
        created_at=datetime.fromtimestamp(found["created"], UTC),
        card=read_card(found["payment_method"]),
    )


def read_card(found: Any) -> Card | None:
    """The card of a payment method; None where it is another kind, or was not asked for."""
    card = found.get("card") if isinstance(found, dict) else None
    if not card:
        return None
    year, month = card["exp_year"], card["exp_month"]
    is_kept = found["allow_redisplay"] == "always" and found["customer"] is not None
    return Card(card["brand"], card["last4"], date(year, month, monthrange(year, month)[1]), is_kept)


def read_refund(found: dict[str, Any]) -> RefundMade:
    return RefundMade(
        id=found["id"],
        status=found["status"],
        amount=_minor(found, "amount"),
        intent=_id(found["payment_intent"]),
        charge=_id(found["charge"]),
        row=(found["metadata"] or {}).get("row"),
    )


def read_dispute(found: dict[str, Any]) -> Contested:
    moved = found["balance_transactions"]
    return Contested(
        id=found["id"],
        status=found["status"],
        amount=_minor(found, "amount"),
        reason=found["reason"],
        opened_at=datetime.fromtimestamp(found["created"], UTC),
        answer_by=_at(found["evidence_details"]["due_by"]),
        withdrawn_minor=-sum(each["amount"] for each in moved),
        fee_minor=sum(each["fee"] for each in moved),
    )


def read_knock(found: dict[str, Any]) -> Knock:
    about = found["data"]["object"]
    is_intent = about["object"] == "payment_intent"
    metadata = about.get("metadata") or {}
    return Knock(
        event_id=found["id"],
        type=found["type"],
        created_at=datetime.fromtimestamp(found["created"], UTC),
        object_kind=about["object"],
        object_id=about.get("id") or "",
        intent=about["id"] if is_intent else _id(about.get("payment_intent")),
        order_number=metadata.get(ORDER) or about.get("client_reference_id"),
    )
