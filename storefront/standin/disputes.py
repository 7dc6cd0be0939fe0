"""A card whose payments are contested (Stripe's 4000 0000 0000 0259): the dispute and its events, as soon as money is taken."""

from storefront.standin.objects import nothing
from storefront.standin.store import Book, Thing, new_id

EVIDENCE = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal"
    " customer_communication customer_email_address customer_name customer_purchase_ip customer_signature"
    " duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt"
    " refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation"
    " shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number"
    " uncategorized_file uncategorized_text"
)
ANSWER_WITHIN = 7 * 24 * 3600


def contest(book: Book, charge: Thing) -> Thing:
    """The cardholder says it was fraud; the money is drawn back until the bank decides."""
    book.save(charge | {"disputed": True})
    dispute = book.add(_dispute(book.now, charge))
    book.tell("charge.dispute.created", dispute)
    book.tell("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _dispute(now: int, charge: Thing) -> Thing:
    card = {"brand": charge["payment_method_details"]["card"]["brand"], "case_type": "chargeback"}
    return {
        "id": new_id("dp_1"),
        "object": "dispute",
        "amount": charge["amount_captured"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**nothing(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + ANSWER_WITHIN,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {**card, "network": card["brand"], "network_reason_code": "10.4"},
            "type": "card",
        },
        "reason": "fraudulent",
        "status": "needs_response",
    }
