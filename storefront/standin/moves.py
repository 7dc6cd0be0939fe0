"""What changes an object, and the events that tell of it: authorise, capture, cancel, refund, expire.

States and errors follow docs.stripe.com. What is released of an authorisation is no refund (so since Stripe's
API of 2025-03-31: docs.stripe.com/changelog/basil/2025-03-31).
"""

from typing import Any

from storefront.standin import charges, objects
from storefront.standin.cards import CARDS, MESSAGES, Card, message_for
from storefront.standin.disputes import contest
from storefront.standin.errors import ApiError, wrong_state
from storefront.standin.store import Book, Thing

CANCELLABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
    "processing",
)
ONLY_HELD = "Only a PaymentIntent with one of the following statuses may be captured: requires_capture."
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def _refused(intent: Thing, verb: str, done: str, allowed: tuple[str, ...]) -> ApiError:
    return wrong_state(
        intent,
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}. Only a"
        f" PaymentIntent with one of the following statuses may be {done}: {', '.join(allowed)}.",
    )


def new_intent(book: Book, given: Thing) -> Thing:
    intent = book.add(objects.intent(book.now, given))
    book.tell("payment_intent.created", intent)
    return intent


def new_method(book: Book, card: Card, month: int, year: int, redisplay: str = "unspecified") -> Thing:
    method = objects.payment_method(book.now, card, month, year, redisplay)
    return book.add(method, {"number": card.number})


def confirm(book: Book, intent: Thing, method: Thing, return_url: str | None, page: str) -> Thing:
    """Ask the bank: the intent is then held or taken, or waits for the person (3-D Secure) or a new card."""
    if intent["status"] not in CONFIRMABLE:
        raise _refused(intent, "confirm", "confirmed", CONFIRMABLE)
    card = CARDS[book.hidden(method["id"])["number"]]
    intent |= {"payment_method": method["id"], "last_payment_error": None, "next_action": None}
    if not card.asks_first:
        return settle(book, intent)
    redirect = {"url": page, "return_url": return_url}
    intent |= {
        "status": "requires_action",
        "next_action": {"type": "redirect_to_url", "redirect_to_url": redirect},
    }
    book.tell("payment_intent.requires_action", book.save(intent))
    return intent


def settle(book: Book, intent: Thing) -> Thing:
    """The bank's answer, after the person was asked if need be."""
    method = book.known(intent["payment_method"])
    card = CARDS[book.hidden(method["id"])["number"]]
    message = message_for(card) if card.code else None
    charge = book.add(charges.charge(book.now, intent, method, card, card.code, message))
    intent |= {"latest_charge": charge["id"], "next_action": None}
    if card.code:
        book.tell("charge.failed", charge)
        return fail(book, intent, card.code, card.decline, method)
    intent |= {
        "status": "requires_capture",
        "amount_capturable": intent["amount"],
        "last_payment_error": None,
    }
    book.tell("charge.succeeded", charge)
    if intent["capture_method"] == "manual":
        book.tell("payment_intent.amount_capturable_updated", book.save(intent))
        return intent
    return capture(book, intent, None)


def fail(book: Book, intent: Thing, code: str, decline: str | None, method: Thing) -> Thing:
    """The payment did not go through: the intent waits for another card."""
    error = {"code": code, "decline_code": decline, "message": MESSAGES[code], "type": "card_error"}
    if decline == "insufficient_funds":
        error["message"] = MESSAGES[decline]
    if code == "payment_intent_authentication_failure":
        error["type"] = "invalid_request_error"
    else:
        error["charge"] = intent["latest_charge"]
    error = {name: value for name, value in error.items() if value is not None}
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": {**error, "payment_method": method},
    }
    book.tell("payment_intent.payment_failed", book.save(intent))
    return intent


def capture(book: Book, intent: Thing, amount: int | None) -> Thing:
    """Take what is held, or part of it; the rest is released."""
    if intent["status"] != "requires_capture":
        why = f"it has a status of {intent['status']}. {ONLY_HELD}"
        if intent["status"] == "succeeded":
            why = "it has already been captured."
        raise wrong_state(intent, f"This PaymentIntent could not be captured because {why}")
    taken = intent["amount_capturable"] if amount is None else amount
    if taken > intent["amount_capturable"]:
        raise ApiError(
            f"The amount_to_capture must be less than or equal to the amount_capturable {intent['amount_capturable']}.",
            param="amount_to_capture",
            code="amount_too_large",
        )
    charge = book.known(intent["latest_charge"])
    charge |= {"captured": True, "amount_captured": taken}
    charge["payment_method_details"]["card"].pop("capture_before", None)
    intent |= {"status": "succeeded", "amount_capturable": 0, "amount_received": taken}
    book.tell("charge.captured", book.save(charge))
    book.tell("payment_intent.succeeded", book.save(intent))
    for session in book.all("checkout.session", payment_intent=intent["id"]):
        book.save(session | {"payment_status": "paid"})
    if CARDS[book.hidden(charge["payment_method"])["number"]].is_contested:
        contest(book, charge)
    return intent


def cancel(book: Book, intent: Thing, reason: str | None) -> Thing:
    """Release what is held; nothing was taken."""
    if intent["status"] not in CANCELLABLE:
        raise _refused(intent, "cancel", "canceled", CANCELLABLE)
    if any(session["status"] == "open" for session in book.all("checkout.session", payment_intent=intent["id"])):
        raise wrong_state(
            intent,
            "You cannot cancel the PaymentIntent for a Checkout Session. Expire the Checkout Session instead.",
        )
    return _end(book, intent, reason)


def _end(book: Book, intent: Thing, reason: str | None) -> Thing:
    intent |= {
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": book.now,
        "cancellation_reason": reason,
        "next_action": None,
    }
    book.tell("payment_intent.canceled", book.save(intent))
    return intent


def refund(book: Book, charge: Thing, given: Thing) -> Thing:
    """Give back what was taken, or part of it; never more than is left."""
    if not charge["captured"]:
        raise ApiError(
            f"This charge ({charge['id']}) has not been captured. Cancel its PaymentIntent instead.",
            code="charge_not_refundable",
        )
    if charge["disputed"]:
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise ApiError(message, code="charge_disputed")
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = given.get("amount", left)
    if amount > left:
        raise ApiError(
            f"Refund amount ({shown(amount, charge['currency'])}) is greater than unrefunded amount on charge"
            f" ({shown(left, charge['currency'])})",
            param="amount",
        )
    charge |= {"amount_refunded": charge["amount_refunded"] + amount, "refunded": amount == left}
    made = book.add(charges.refund(book.now, charge, amount, given))
    book.tell("charge.refunded", book.save(charge))
    book.tell("refund.created", made)
    return made


def shown(minor: int, currency: str) -> str:
    sign = {"gbp": "£", "eur": "€", "usd": "$"}[currency]
    return f"{sign}{minor // 100:,}.{minor % 100:02d}"


def complete(book: Book, session: Thing, intent: Thing) -> Thing:
    """The person has paid: the session is done, whether the money is held or taken."""
    paid = "paid" if intent["status"] == "succeeded" else "unpaid"
    details = objects.payer(session["customer_email"] or _email_of(book, session["customer"]))
    session |= {"status": "complete", "payment_status": paid, "url": None, "customer_details": details}
    book.tell("checkout.session.completed", book.save(session))
    return session


def _email_of(book: Book, customer: str | None) -> str | None:
    email: str | None = book.known(customer)["email"] if customer else None
    return email


def expire(book: Book, session: Thing) -> Thing:
    """The session can be paid no more; an intent that was begun is cancelled."""
    if session["status"] != "open":
        raise ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired.'
            f" This Checkout Session has a status of `{session['status']}`.",
        )
    session |= {"status": "expired", "url": None}
    book.tell("checkout.session.expired", book.save(session))
    if session["payment_intent"]:
        intent = book.known(session["payment_intent"])
        if intent["status"] in CANCELLABLE:
            _end(book, intent, "automatic")
    return session


def sweep(book: Book) -> int:
    """What time alone does: sessions expire, authorisations lapse, idempotency keys go after 24 hours."""
    late = [one for one in book.all("checkout.session", status="open") if one["expires_at"] <= book.now]
    for session in late:
        expire(book, session)
    lapsed = [one for one in book.all("payment_intent", status="requires_capture") if _is_lapsed(book, one)]
    for intent in lapsed:
        _end(book, intent, "expired")
        book.tell("charge.expired", book.known(intent["latest_charge"]))
    book.sql.execute("DELETE FROM answer WHERE status IS NOT NULL AND at < ?", (book.now - 24 * 3600,))
    return len(late) + len(lapsed)


def _is_lapsed(book: Book, intent: Thing) -> bool:
    card: dict[str, Any] = book.known(intent["latest_charge"])["payment_method_details"]["card"]
    return bool(card.get("capture_before", book.now + 1) <= book.now)
