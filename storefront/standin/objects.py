"""The objects in Stripe's own shape, field for field as in its published examples (a test compares)."""

import hashlib
from typing import Any

from storefront.standin.cards import Card
from storefront.standin.store import Thing, new_id

AUTHORISED_FOR = 7 * 24 * 3600
"""Seconds for which a card's authorisation holds (Stripe: seven days for most cards)."""

CHARGED_FIELDS = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def nothing(names: str) -> dict[str, Any]:
    """These fields, all null."""
    return dict.fromkeys(names.split())


def customer(now: int, given: Thing) -> Thing:
    return {
        **nothing("address currency default_source discount phone shipping test_clock"),
        "id": new_id("cus_", 14),
        "object": "customer",
        "balance": 0,
        "created": now,
        "delinquent": False,
        "description": given.get("description"),
        "email": given.get("email"),
        "invoice_prefix": new_id("", 8).upper(),
        "invoice_settings": nothing("custom_fields default_payment_method footer rendering_options"),
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "name": given.get("name"),
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
    }


def payment_method(now: int, card: Card, month: int, year: int, redisplay: str) -> Thing:
    checks = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}
    return {
        "id": new_id("pm_1"),
        "object": "payment_method",
        "allow_redisplay": redisplay,
        "billing_details": {**nothing("email name phone tax_id"), "address": dict(ADDRESS)},
        "card": {
            "brand": card.brand,
            "checks": checks,
            "country": "GB",
            "display_brand": card.brand,
            "exp_month": month,
            "exp_year": year,
            "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
            "funding": card.funding,
            "generated_from": None,
            "last4": card.number[-4:],
            "networks": {"available": [card.brand], "preferred": None},
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
            "regulated_status": "unregulated",
        },
        "created": now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def line_item(now: int, given: Thing) -> Thing:
    price = given["price_data"]
    total = price["unit_amount"] * given["quantity"]
    return {
        "id": new_id("li_1"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "metadata": {},
        "price": {
            **nothing("custom_unit_amount lookup_key nickname recurring tiers_mode transform_quantity"),
            "id": new_id("price_1"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": now,
            "currency": price["currency"],
            "livemode": False,
            "metadata": {},
            "product": new_id("prod_", 14),
            "tax_behavior": "unspecified",
            "type": "one_time",
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": given["quantity"],
    }


def session(now: int, given: Thing, address: str, expires_at: int, total: int) -> Thing:
    id_ = new_id("cs_test_a1", 56)
    saved = given.get("saved_payment_method_options")
    return {
        **nothing(
            "after_expiration allow_promotion_codes billing_address_collection client_secret"
            " collected_information consent consent_collection currency_conversion customer_account"
            " customer_details discounts integration_identifier invoice origin_context payment_link"
            " payment_method_configuration_details permissions recovered_from setup_intent"
            " shipping_address_collection shipping_cost subscription wallet_options payment_intent"
        ),
        "id": id_,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"),
        "created": now,
        "currency": given["line_items"][0]["price_data"]["currency"],
        "custom_fields": [],
        "custom_text": nothing("after_submit shipping_address submit terms_of_service_acceptance"),
        "customer": given.get("customer"),
        "customer_creation": None if given.get("customer") else "if_required",
        "customer_email": given.get("customer_email"),
        "expires_at": expires_at,
        "invoice_creation": {
            "enabled": False,
            "invoice_data": {
                **nothing("account_tax_ids custom_fields description footer issuer rendering_options"),
                "metadata": {},
            },
        },
        "livemode": False,
        "locale": given.get("locale"),
        "managed_payments": {"enabled": False},
        "metadata": given.get("metadata", {}),
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "saved_payment_method_options": _saved(saved) if given.get("customer") else None,
        "shipping_options": [],
        "status": "open",
        "submit_type": given.get("submit_type"),
        "success_url": given["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{address}/c/pay/{id_}",
    }


def _saved(given: Thing | None) -> Thing:
    options = given or {}
    return {
        "allow_redisplay_filters": options.get("allow_redisplay_filters", ["always"]),
        "payment_method_remove": None,
        "payment_method_save": options.get("payment_method_save"),
    }


def intent(now: int, given: Thing) -> Thing:
    id_ = new_id("pi_3")
    return {
        **nothing(
            "application application_fee_amount automatic_payment_methods canceled_at"
            " cancellation_reason customer_account excluded_payment_method_types last_payment_error"
            " latest_charge next_action on_behalf_of payment_method payment_method_configuration_details"
            " processing review shipping source statement_descriptor transfer_data transfer_group"
        ),
        "id": id_,
        "object": "payment_intent",
        "amount": given["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": given.get("capture_method", "automatic_async"),
        "client_secret": f"{id_}_secret_{new_id('', 25)}",
        "confirmation_method": "automatic",
        "created": now,
        "currency": given["currency"],
        "customer": given.get("customer"),
        "description": given.get("description"),
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": given.get("metadata", {}),
        "payment_method_options": {
            "card": nothing("installments mandate_options network") | {"request_three_d_secure": "automatic"}
        },
        "payment_method_types": ["card"],
        "receipt_email": given.get("receipt_email"),
        "setup_future_usage": given.get("setup_future_usage"),
        "statement_descriptor_suffix": given.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
    }


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
