"""What a bank's answer leaves behind: the charge, held, taken or failed, and what was given back of it."""

from storefront.standin.cards import Card
from storefront.standin.objects import nothing
from storefront.standin.store import Thing, new_id

AUTHORISED_FOR = 7 * 24 * 3600
"""Seconds for which a card's authorisation holds (Stripe: seven days for most cards)."""
CHARGED_FIELDS = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")


def charge(now: int, of: Thing, method: Thing, card: Card, failure: str | None, message: str | None) -> Thing:
    id_ = new_id("ch_3")
    return {
        **nothing(
            "application application_fee application_fee_amount balance_transaction"
            " calculated_statement_descriptor failure_balance_transaction on_behalf_of receipt_number"
            " receipt_url review shipping source source_transfer statement_descriptor transfer_data"
            " transfer_group"
        ),
        "id": id_,
        "object": "charge",
        "amount": of["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": method["billing_details"],
        "captured": False,
        "created": now,
        "currency": of["currency"],
        "customer": of["customer"],
        "description": of["description"],
        "disputed": False,
        "failure_code": failure,
        "failure_message": message,
        "fraud_details": {},
        "livemode": False,
        "metadata": of["metadata"],
        "outcome": _outcome(card, failure),
        "paid": failure is None,
        "payment_intent": of["id"],
        "payment_method": method["id"],
        "payment_method_details": {"card": _charged_card(now, of, method, failure), "type": "card"},
        "receipt_email": of["receipt_email"],
        "refunded": False,
        "refunds": {"object": "list", "data": [], "has_more": False, "url": f"/v1/charges/{id_}/refunds"},
        "statement_descriptor_suffix": of["statement_descriptor_suffix"],
        "status": "failed" if failure else "succeeded",
    }


def _outcome(card: Card, failure: str | None) -> Thing:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if failure else "approved_by_network",
        "reason": (card.decline or failure) if failure else None,
        "seller_message": "The bank did not approve this payment." if failure else "Payment complete.",
        "type": "issuer_declined" if failure else "authorized",
    }


def _charged_card(now: int, of: Thing, method: Thing, failure: str | None) -> Thing:
    card = method["card"]
    shown = {name: card[name] for name in CHARGED_FIELDS}
    held = of["capture_method"] == "manual" and failure is None
    return {
        **nothing("authorization_code installments mandate network_transaction_id three_d_secure transaction_link_id"),
        **shown,
        "regulated_status": card["regulated_status"],
        **({"capture_before": now + AUTHORISED_FOR} if held else {}),
        "amount_authorized": of["amount"] if failure is None else None,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "overcapture": {"maximum_amount_capturable": of["amount"], "status": "unavailable"},
        "wallet": None,
    }


def refund(now: int, of: Thing, amount: int, given: Thing) -> Thing:
    return {
        **nothing("balance_transaction customer_account receipt_number source_transfer_reversal transfer_reversal"),
        "id": new_id("re_3"),
        "object": "refund",
        "amount": amount,
        "charge": of["id"],
        "created": now,
        "currency": of["currency"],
        "customer": of["customer"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": given.get("metadata", {}),
        "payment_intent": of["payment_intent"],
        "payment_method": of["payment_method"],
        "reason": given.get("reason"),
        "status": "succeeded",
    }
