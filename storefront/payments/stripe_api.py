"""The only file that imports stripe: six verbs and what reconciling needs, on plain values in and out.

Authorise first, capture after. Every POST carries an idempotency key made of the thing it acts on and the caller's own
row, so the same row never pays, takes or gives back twice, and a fresh database never meets an old key.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from threading import BoundedSemaphore, local
from typing import TYPE_CHECKING, Any

import requests
import stripe

from catalogue.money import Money
from storefront.orders.dispute_rules import Contested
from storefront.payments.stripe_values import (
    CLIENT,
    ORDER,
    BadSignature,
    Checkout,
    CheckoutLine,
    Intent,
    Knock,
    PaymentRefused,
    PaymentUnavailable,
    RefundMade,
    about_intent,
    read_checkout,
    read_dispute,
    read_intent,
    read_knock,
    read_refund,
)

if TYPE_CHECKING:
    from stripe.params import (
        CustomerCreateParams,
        DisputeListParams,
        EventListParams,
        PaymentIntentCancelParams,
        PaymentIntentCaptureParams,
        PaymentIntentListParams,
        PaymentIntentRetrieveParams,
        RefundCreateParams,
    )
    from stripe.params.checkout import (
        SessionCreateParams,
        SessionCreateParamsLineItem,
        SessionCreateParamsLineItemPriceData,
        SessionCreateParamsPaymentIntentData,
    )

TRIES_BEGIN_WITHIN = 2.0
"""Seconds in which a call may be tried again. With `timeout` after it, nobody waits ten seconds for Stripe."""
AT_ONCE = 16
"""Calls under way in one process: half of the web server's threads, so that a hanging Stripe leaves the others to the shop."""
_under_way = BoundedSemaphore(AT_ONCE)


class _Patient(stripe.RequestsClient):
    """Tries a call again only while it is young, so that a slow Stripe cannot hold a worker for long."""

    def __init__(self, timeout: float, is_near: bool) -> None:
        near = requests.Session()
        near.trust_env = False  # a proxy for the way out knows no way to a stand-in on this machine
        super().__init__(timeout=timeout, session=near if is_near else None)
        self._begun = local()

    def request_with_retries(self, *args: Any, **named: Any) -> Any:
        self._begun.at = time.monotonic()
        return super().request_with_retries(*args, **named)

    def _should_retry(self, *args: Any, **named: Any) -> bool:
        young = time.monotonic() - self._begun.at < TRIES_BEGIN_WITHIN
        return young and bool(super()._should_retry(*args, **named))


@contextmanager
def _plainly() -> Iterator[None]:
    """Turns the SDK's exceptions into the two that the shop knows. Who comes when too many wait already does not wait."""
    if not _under_way.acquire(blocking=False):
        raise PaymentUnavailable("too many wait for an answer already")
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        raise PaymentRefused(error.code or "invalid_request_error", error.user_message or "") from error
    except stripe.IdempotencyError as error:
        raise PaymentRefused("idempotency_error", error.user_message or "") from error
    except stripe.StripeError as error:
        # Timeout, 409 (a twin is running), 429, 5xx, and a key that Stripe does not accept: all to be tried again.
        raise PaymentUnavailable(f"{type(error).__name__} {error.http_status or ''}".strip()) from error
    finally:
        _under_way.release()


def read_event(payload: bytes, signature: str, secrets: Sequence[str], now: datetime) -> Knock:
    """The event that a webhook brought. Refuses (BadSignature) unless one of our secrets signed it within five minutes."""
    if signature.isascii():
        for secret in secrets:
            try:
                # The age is checked below by the shop's own clock; the SDK knows that of the machine only.
                event = stripe.Webhook.construct_event(payload, signature, secret, tolerance=0)
                knock = read_knock(event.to_dict())
            except stripe.SignatureVerificationError:
                continue
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                raise BadSignature("not an event") from error
            if now.timestamp() - _signed_at(signature) > stripe.Webhook.DEFAULT_TOLERANCE:
                raise BadSignature("signed too long ago")
            return knock
    raise BadSignature("no secret of ours signed this")


def _signed_at(signature: str) -> int:
    """Seconds since 1970 from a header that was verified, so it has them: its first `t`, which is the signed one."""
    parts = (part.partition("=") for part in signature.split(","))
    return next(int(value) for name, _, value in parts if name == "t")


class StripeApi:
    """Stripe, or the stand-in at `api_url`. Lists are read to their end, a `page` at a time; Stripe gives 100 at most."""

    def __init__(
        self, key: str, api_url: str | None = None, timeout: float = 7.0, max_network_retries: int = 2, page: int = 100
    ) -> None:
        self._page = page
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": api_url} if api_url else {},
            max_network_retries=max_network_retries,
            http_client=_Patient(timeout, is_near=bool(api_url)),
        )
        self._v1 = self._client.v1

    def open_checkout(
        self,
        *,
        order_number: str,
        lines: Sequence[CheckoutLine],
        delivery: Money,
        email: str,
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        key: str,
        client: str | None = None,
    ) -> Checkout:
        """A payment page on which the order's total can be authorised, not taken, until `expires_at`.

        With our reference of the `client`, cards kept there before are offered again, and this one may be kept.
        """
        params: SessionCreateParams = {
            "mode": "payment",
            "allowed_payment_method_types": ["card"],
            "line_items": _line_items(lines, delivery),
            "client_reference_id": order_number,
            "metadata": {ORDER: order_number},
            "payment_intent_data": _held_for(order_number),
            "success_url": success_url,
            "cancel_url": cancel_url,
            "expires_at": int(expires_at.timestamp()),
            "locale": "en-GB",
        }
        if client:
            customer = self.find_or_make_customer(email, client, email)
            params |= {"customer": customer, "saved_payment_method_options": {"payment_method_save": "enabled"}}
        else:
            params["customer_email"] = email
        with _plainly():
            made = self._v1.checkout.sessions.create(params, _once("checkout", order_number, key))
        return read_checkout(made.to_dict())

    def read_session(self, id_: str) -> Checkout:
        with _plainly():
            return read_checkout(self._v1.checkout.sessions.retrieve(id_).to_dict())

    def expire_session(self, id_: str, key: str) -> Checkout:
        """Close the payment page. Refuses when it is complete or expired already: read it then."""
        with _plainly():
            return read_checkout(self._v1.checkout.sessions.expire(id_, {}, _once("expire", id_, key)).to_dict())

    def read_intent(self, id_: str, is_contested: bool = False) -> Intent:
        """A payment as it is now, with its disputes where there are any, or where there must be one."""
        params: PaymentIntentRetrieveParams = {"expand": ["latest_charge", "payment_method"]}
        with _plainly():
            found = read_intent(self._v1.payment_intents.retrieve(id_, params).to_dict())
        contested = is_contested or found.is_disputed
        return replace(found, disputes=tuple(self.disputes_of(id_))) if contested else found

    def disputes_of(self, intent: str) -> list[Contested]:
        """Every dispute of a payment, newest first."""
        params: DisputeListParams = {"payment_intent": intent, "limit": self._page}
        with _plainly():
            return [read_dispute(one.to_dict()) for one in self._v1.disputes.list(params).auto_paging_iter()]

    def capture(self, intent: str, amount: Money | None, key: str) -> Intent:
        """Take what is held, or this much of it; the rest is released. Refuses unless it is held."""
        params: PaymentIntentCaptureParams = {"expand": ["latest_charge"]}
        if amount is not None:
            params["amount_to_capture"] = amount.minor
        with _plainly():
            return read_intent(
                self._v1.payment_intents.capture(intent, params, _once("capture", intent, key)).to_dict()
            )

    def cancel(self, intent: str, key: str) -> Intent:
        """Release what is held. Refuses when it was taken or released already: read it then."""
        params: PaymentIntentCancelParams = {
            "cancellation_reason": "requested_by_customer",
            "expand": ["latest_charge"],
        }
        with _plainly():
            return read_intent(self._v1.payment_intents.cancel(intent, params, _once("cancel", intent, key)).to_dict())

    def refund(self, intent: str, amount: Money, key: str) -> RefundMade:
        """Give back so much of what was taken. Refuses more than is left of it."""
        params: RefundCreateParams = {"payment_intent": intent, "amount": amount.minor, "metadata": {"row": key}}
        with _plainly():
            return read_refund(self._v1.refunds.create(params, _once("refund", intent, key)).to_dict())

    def read_refund(self, id_: str) -> RefundMade:
        with _plainly():
            return read_refund(self._v1.refunds.retrieve(id_).to_dict())

    def refunds_of(self, intent: str) -> list[RefundMade]:
        """Everything that was given back of a payment, newest first."""
        params: Any = {"payment_intent": intent, "limit": self._page}
        with _plainly():
            return [read_refund(one.to_dict()) for one in self._v1.refunds.list(params).auto_paging_iter()]

    def find_or_make_customer(self, email: str, client: str, key: str) -> str:
        """Stripe's customer for our client (`client` is our own reference), so that saved cards are offered again."""
        with _plainly():
            for found in self._v1.customers.list({"email": email, "limit": self._page}).auto_paging_iter():
                if (found.to_dict()["metadata"] or {}).get(CLIENT) == client:
                    return found.id
            params: CustomerCreateParams = {"email": email, "metadata": {CLIENT: client}}
            return self._v1.customers.create(params, _once("customer", client, key)).id

    def events_since(self, since: datetime, undelivered: bool = True) -> list[Knock]:
        """Events of the last 30 days at most, oldest first; those alone that did not reach us, unless all are asked."""
        params: EventListParams = {"created": {"gte": int(since.timestamp())}, "limit": self._page}
        if undelivered:
            params["delivery_success"] = False
        with _plainly():
            found = [read_knock(event.to_dict()) for event in self._v1.events.list(params).auto_paging_iter()]
        return found[::-1]

    def intents_since(self, since: datetime) -> list[Intent]:
        """Every payment begun since then, oldest first."""
        params: PaymentIntentListParams = {
            "created": {"gte": int(since.timestamp())},
            "expand": ["data.latest_charge"],
            "limit": self._page,
        }
        with _plainly():
            found = [read_intent(one.to_dict()) for one in self._v1.payment_intents.list(params).auto_paging_iter()]
        return found[::-1]

    def touched_since(self, since: datetime) -> tuple[set[str], set[str]]:
        """The payments, however old, of which something was given back since then, and those that were contested."""
        params: Any = {"created": {"gte": int(since.timestamp())}, "limit": self._page}
        with _plainly():
            kinds = (self._v1.refunds.list(params), self._v1.disputes.list(params))
            refunded, contested = (
                {about_intent(one.to_dict()) or "" for one in kind.auto_paging_iter()} for kind in kinds
            )
        return refunded - {""}, contested - {""}


def _held_for(order_number: str) -> "SessionCreateParamsPaymentIntentData":
    return {
        "capture_method": "manual",
        "description": f"Order {order_number}",
        "metadata": {ORDER: order_number},
    }


def _line_items(lines: Sequence[CheckoutLine], delivery: Money) -> "list[SessionCreateParamsLineItem]":
    sent = [CheckoutLine("Delivery", delivery, 1)] if delivery.minor else []
    return [_line_item(line) for line in [*lines, *sent]]


def _line_item(line: CheckoutLine) -> "SessionCreateParamsLineItem":
    price: SessionCreateParamsLineItemPriceData = {
        "currency": line.unit.currency.lower(),
        "unit_amount": line.unit.minor,
        "product_data": {"name": line.name},
    }
    return {"price_data": price, "quantity": line.quantity}


def _once(verb: str, about: str, key: str) -> stripe.RequestOptions:
    return {"idempotency_key": f"{verb}-{about}-{key}"}
