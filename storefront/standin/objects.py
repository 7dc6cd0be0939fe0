"""The objects in Stripe's own shape, field for field as in its published examples (a test compares)."""

import hashlib
from typing import Any

from storefront.standin.cards import Card
from storefront.standin.store import Thing, new_id

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


# What no page of ours varies.
PLAIN_SESSION: Thing = {
    **nothing(
        "after_expiration allow_promotion_codes billing_address_collection client_secret collected_information consent"
        " consent_collection currency_conversion customer_account customer_details discounts integration_identifier"
        " invoice origin_context payment_intent payment_link payment_method_configuration_details permissions"
        " recovered_from setup_intent shipping_address_collection shipping_cost subscription wallet_options"
    ),
    "object": "checkout.session",
    "adaptive_pricing": {"enabled": False},
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "custom_fields": [],
    "custom_text": nothing("after_submit shipping_address submit terms_of_service_acceptance"),
    "invoice_creation": {
        "enabled": False,
        "invoice_data": {
            **nothing("account_tax_ids custom_fields description footer issuer rendering_options"),
            "metadata": {},
        },
    },
    "livemode": False,
    "managed_payments": {"enabled": False},
    "mode": "payment",
    "payment_method_collection": "if_required",
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    "payment_method_types": ["card"],
    "payment_status": "unpaid",
    "phone_number_collection": {"enabled": False},
    "shipping_options": [],
    "status": "open",
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    "ui_mode": "hosted_page",
}


def session(now: int, given: Thing, address: str, expires_at: int, total: int) -> Thing:
    id_ = new_id("cs_test_a1", 56)
    saved = given.get("saved_payment_method_options")
    return {
        **PLAIN_SESSION,
        "id": id_,
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"),
        "created": now,
        "currency": given["line_items"][0]["price_data"]["currency"],
        "customer": given.get("customer"),
        "customer_creation": None if given.get("customer") else "if_required",
        "customer_email": given.get("customer_email"),
        "expires_at": expires_at,
        "locale": given.get("locale"),
        "metadata": given.get("metadata", {}),
        "saved_payment_method_options": _saved(saved) if given.get("customer") else None,
        "submit_type": given.get("submit_type"),
        "success_url": given["success_url"],
        "url": f"{address}/c/pay/{id_}",
    }


def payer(email: str | None) -> Thing:
    """Whom the payment page has met."""
    return {
        **nothing("business_name individual_name name phone tax_ids"),
        "address": dict(ADDRESS),
        "email": email,
        "tax_exempt": "none",
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
