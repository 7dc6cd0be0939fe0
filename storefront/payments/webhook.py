"""Where Stripe knocks. An event is only a reason to look: its signature is checked, its object is read again with no transaction
open, and the event's id is kept, unique, in the one transaction that has the effect."""

import logging
from datetime import datetime
from typing import Any

from flask import current_app, jsonify, request
from sqlalchemy.exc import IntegrityError

from storefront import clock, errors
from storefront.db import db, transaction
from storefront.orders.owing import record_returned
from storefront.payments import api, bp
from storefront.payments.models import StripeEvent
from storefront.payments.settling import settle
from storefront.payments.stripe_api import read_event
from storefront.payments.stripe_values import BadSignature, Intent, Knock, PaymentRefused, PaymentUnavailable
from storefront.roles import EVERYONE, open_to

log = logging.getLogger(__name__)
KNOWN = "known"


@bp.post("/webhooks/stripe")
@open_to(EVERYONE)
def receive() -> Any:
    """400 without effect unless Stripe signed it; 200 for all that was taken, known or of no interest; 503 to be sent again."""
    secrets = current_app.config["SETTINGS"].stripe_webhook_secrets
    signature, now = request.headers.get("Stripe-Signature", ""), clock.now()
    try:
        knock = read_event(request.get_data(), signature, secrets, now)
    except BadSignature as refused:
        log.warning("a webhook was refused: %s", refused)
        return jsonify(error="signature"), 400
    return jsonify(effect=take(knock, now))


@bp.app_errorhandler(PaymentUnavailable)
def unavailable(_error: PaymentUnavailable) -> errors.Answer:
    """Stripe cannot be asked: nothing was lost, and whoever asked may ask again."""
    return errors.busy(_error)


def take(knock: Knock, now: datetime) -> str:
    """The effect of an event, once however often it is delivered. Raises PaymentUnavailable when Stripe cannot be asked."""
    if _is_known(knock.event_id):
        return KNOWN
    intent, is_returned = _look(knock), _is_returned(knock)
    try:
        return _record(knock, intent, is_returned, now)
    except IntegrityError:
        if _is_known(knock.event_id):  # its twin was quicker
            return KNOWN
        raise


def _is_known(event_id: str) -> bool:
    found = db.session.get(StripeEvent, event_id) is not None
    db.session.rollback()
    return found


def _look(knock: Knock) -> Intent | None:
    """The payment that the event is about, as it is now. None when it is about something else, or not ours to read."""
    try:
        wanted = knock.intent
        if wanted is None and knock.object_kind == "checkout.session":
            wanted = api().read_session(knock.object_id).intent
        return api().read_intent(wanted, is_contested=knock.object_kind == "dispute") if wanted else None
    except PaymentRefused:
        return None


def _is_returned(knock: Knock) -> bool:
    """Whether the event is about a refund that did not reach the client after all."""
    return knock.object_kind == "refund" and api().read_refund(knock.object_id).status in ("failed", "canceled")


def _record(knock: Knock, intent: Intent | None, is_returned: bool, now: datetime) -> str:
    with transaction():
        event = StripeEvent(event_id=knock.event_id, kind=knock.type[:80], received_at=now)
        db.session.add(event)
        db.session.flush()
        event.effect = "ignored"
        if intent is not None and intent.order_number:
            event.order_number = intent.order_number[:20]
            event.effect = settle(intent.order_number, intent, now, clock.day_of(now))
        if is_returned and record_returned(knock.object_id, now):
            event.effect = "refund returned"
    return event.effect
