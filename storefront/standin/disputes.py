"""A card whose payments are contested (Stripe's 4000 0000 0000 0259): the dispute and its events, as soon as money is taken. It is
answered with Stripe's own words for trying it out (docs.stripe.com/testing#disputes): they decide how it ends."""

from storefront.standin.errors import wrong
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
FEE = 2000
"""What Stripe takes for each dispute in the United Kingdom (stripe.com/gb/pricing), in pence; it is not given back."""
ENDS = {"winning_evidence": "won", "losing_evidence": "lost"}


def contest(book: Book, charge: Thing) -> Thing:
    """The cardholder says it was fraud; the money is drawn back until the bank decides."""
    book.save(charge | {"disputed": True})
    dispute = book.add(_dispute(book.now, charge))
    book.tell("charge.dispute.created", dispute)
    dispute["balance_transactions"].append(_moved(book.now, dispute, -charge["amount_captured"], FEE))
    book.tell("charge.dispute.funds_withdrawn", book.save(dispute))
    return dispute


def answer(book: Book, dispute: Thing, given: Thing) -> Thing:
    """Keeps the evidence; once it is submitted the bank decides by Stripe's two words, or thinks about it."""
    if dispute["status"] != "needs_response":
        raise wrong("This dispute is already closed.", "id")
    text = given.get("evidence", {}).get("uncategorized_text")
    dispute["evidence"]["uncategorized_text"] = text
    dispute["evidence_details"]["has_evidence"] = text is not None
    if not given.get("submit"):
        book.tell("charge.dispute.updated", book.save(dispute))
        return dispute
    dispute["evidence_details"] |= {"submission_count": 1}
    dispute["status"] = "under_review"
    book.tell("charge.dispute.updated", book.save(dispute))
    return end(book, dispute, ENDS[text]) if text in ENDS else dispute


def end(book: Book, dispute: Thing, status: str) -> Thing:
    """The bank has decided; what was won comes back, without the fee."""
    dispute["status"] = status
    if status == "won":
        dispute["balance_transactions"].append(_moved(book.now, dispute, dispute["amount"], 0))
        book.tell("charge.dispute.funds_reinstated", book.save(dispute))
    book.tell("charge.dispute.closed", book.save(dispute))
    return dispute


def _moved(now: int, dispute: Thing, amount: int, fee: int) -> Thing:
    return {
        "id": new_id("txn_1"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now,
        "balance_type": "payments",
        "created": now,
        "currency": dispute["currency"],
        "description": f"Chargeback {'withdrawal' if amount < 0 else 'reversal'} for {dispute['charge']}",
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [],
        "net": amount - fee,
        "reporting_category": "dispute" if amount < 0 else "dispute_reversal",
        "source": dispute["id"],
        "status": "available",
        "type": "adjustment",
    }


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
