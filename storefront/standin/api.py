"""Stripe's paths under /v1, as far as the shop needs them."""

import time
from typing import Any

from flask import Blueprint, Response, current_app, request

from storefront.standin import lists, moves, objects, params
from storefront.standin.asking import check_key, fault_for_reading, read, refuse, store, write
from storefront.standin.cards import CARDS, NAMED
from storefront.standin.errors import ApiError, missing, wrong
from storefront.standin.lists import expanded, one, page
from storefront.standin.store import Book, Thing

v1 = Blueprint("v1", __name__, url_prefix="/v1")
LEAST, MOST = 30 * 60, 24 * 3600
"""Seconds a Checkout Session may live."""
LEAST_TOTAL = 30
"""Pence of GBP that Stripe charges at least: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts"""


@v1.before_request
def _before() -> Response | None:
    check_key()
    return fault_for_reading() if request.method == "GET" else None


@v1.errorhandler(ApiError)
def _refused(error: ApiError) -> Response:
    return refuse(error)


@v1.route("/<path:path>", methods=["GET", "POST", "DELETE"])
def nowhere(path: str) -> Response:
    raise ApiError(f"Unrecognized request URL ({request.method}: /v1/{path}).", status=404, began=False)


def _get(kind: str, id_: str) -> Thing:
    asked = read(params.EXPAND)
    with store().reading() as book:
        return expanded(book, one(book, kind, id_), asked.get("expand", []))


def _list(kind: str, shape: params.Shape) -> Thing:
    asked = read(shape)
    with store().reading() as book:
        return page(book, kind, request.path, asked)


# --- Checkout Sessions


@v1.post("/checkout/sessions")
def create_session() -> Response:
    def work(book: Book, given: Thing) -> Thing:
        if "customer" in given:
            one(book, "customer", given["customer"], "customer")
            if "customer_email" in given:
                raise wrong("You may only specify one of these parameters: customer, customer_email.", "customer_email")
        currencies = {line["price_data"]["currency"] for line in given["line_items"]}
        if len(currencies) > 1:
            raise wrong("All line items must have the same currency.", "line_items")
        lines = [objects.line_item(book.now, line) for line in given["line_items"]]
        total = sum(line["amount_total"] for line in lines)
        if total < LEAST_TOTAL:
            raise wrong("The Checkout Session's total must be at least 30 pence.", "line_items", "amount_too_small")
        session = objects.session(book.now, given, _page_address(), _expiry(book.now, given), total)
        kept = {"line_items": lines, "intent": given.get("payment_intent_data", {})}
        return expanded(book, book.add(session, kept), given.get("expand", []))

    return write(params.SESSION_CREATE, work)


def _page_address() -> str:
    return current_app.config["ADDRESS"] or request.host_url.rstrip("/")


def _expiry(now: int, given: Thing) -> int:
    expires_at: int = given.get("expires_at", now + MOST)
    # Stripe counts from the creation: exactly 30 minutes, asked a second ago, is refused.
    if expires_at < now + LEAST:
        raise wrong(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            "expires_at",
        )
    if expires_at > now + MOST:
        raise wrong(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            "expires_at",
        )
    return expires_at


@v1.get("/checkout/sessions/<id_>")
def read_session(id_: str) -> Thing:
    return _get("checkout.session", id_)


@v1.get("/checkout/sessions")
def list_sessions() -> Thing:
    return _list("checkout.session", params.SESSION_LIST)


@v1.post("/checkout/sessions/<id_>/expire")
def expire_session(id_: str) -> Response:
    def work(book: Book, given: Thing) -> Thing:
        return expanded(book, moves.expire(book, one(book, "checkout.session", id_)), given.get("expand", []))

    return write(params.EXPAND, work)


@v1.get("/checkout/sessions/<id_>/line_items")
def session_lines(id_: str) -> Thing:
    read(params.PAGE)
    with store().reading() as book:
        one(book, "checkout.session", id_)
        return lists.whole_list(book.hidden(id_)["line_items"], request.path)


# --- PaymentIntents


@v1.post("/payment_intents")
def create_intent() -> Response:
    def work(book: Book, given: Thing) -> Thing:
        method = _method(book, given["payment_method"]) if "payment_method" in given else None
        intent = moves.new_intent(book, given)
        if method and not given.get("confirm"):
            book.save(intent | {"status": "requires_confirmation", "payment_method": method["id"]})
        return _confirmed(book, intent, method, given) if given.get("confirm") else intent

    return write(params.INTENT_CREATE, work)


@v1.post("/payment_intents/<id_>/confirm")
def confirm_intent(id_: str) -> Response:
    def work(book: Book, given: Thing) -> Thing:
        intent = one(book, "payment_intent", id_)
        named = given.get("payment_method") or intent["payment_method"]
        return _confirmed(book, intent, _method(book, named) if named else None, given)

    return write(params.INTENT_CONFIRM, work)


def _confirmed(book: Book, intent: Thing, method: Thing | None, given: Thing) -> Thing:
    if method is None:
        raise missing("payment_method")
    back = given.get("return_url")
    intent = moves.confirm(book, intent, method, back, f"{_page_address()}/c/bank/{intent['id']}")
    error: dict[str, Any] | None = intent["last_payment_error"]
    if error:
        shown = {name: value for name, value in error.items() if name not in ("type", "message", "code")}
        raise ApiError(
            error["message"], status=402, kind="card_error", code=error["code"], is_kept=True,
            payment_intent=intent, **shown,
        )  # fmt: skip
    return expanded(book, intent, given.get("expand", []))


def _method(book: Book, named: str) -> Thing:
    if named not in NAMED:
        return one(book, "payment_method", named, "payment_method")
    return moves.new_method(book, CARDS[NAMED[named]], 12, time.gmtime(book.now).tm_year + 4)


@v1.get("/payment_intents/<id_>")
def read_intent(id_: str) -> Thing:
    return _get("payment_intent", id_)


@v1.get("/payment_intents")
def list_intents() -> Thing:
    return _list("payment_intent", params.INTENT_LIST)


@v1.post("/payment_intents/<id_>/capture")
def capture_intent(id_: str) -> Response:
    def work(book: Book, given: Thing) -> Thing:
        intent = one(book, "payment_intent", id_)
        intent["metadata"] |= given.get("metadata", {})
        return expanded(book, moves.capture(book, intent, given.get("amount_to_capture")), given.get("expand", []))

    return write(params.INTENT_CAPTURE, work)


@v1.post("/payment_intents/<id_>/cancel")
def cancel_intent(id_: str) -> Response:
    def work(book: Book, given: Thing) -> Thing:
        intent = moves.cancel(book, one(book, "payment_intent", id_), given.get("cancellation_reason"))
        return expanded(book, intent, given.get("expand", []))

    return write(params.INTENT_CANCEL, work)


# --- Charges, refunds


@v1.get("/charges/<id_>")
def read_charge(id_: str) -> Thing:
    return _get("charge", id_)


@v1.get("/charges")
def list_charges() -> Thing:
    return _list("charge", params.CHARGE_LIST)


@v1.post("/refunds")
def create_refund() -> Response:
    def work(book: Book, given: Thing) -> Thing:
        return expanded(book, moves.refund(book, _charge_of(book, given), given), given.get("expand", []))

    return write(params.REFUND_CREATE, work)


def _charge_of(book: Book, given: Thing) -> Thing:
    if "charge" in given:
        return one(book, "charge", given["charge"], "charge")
    if "payment_intent" not in given:
        raise ApiError("One of the following params should be provided for this request: payment_intent or charge.")
    intent = one(book, "payment_intent", given["payment_intent"], "payment_intent")
    if intent["status"] != "succeeded":
        raise ApiError(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
        )
    return one(book, "charge", intent["latest_charge"])


@v1.get("/refunds/<id_>")
def read_refund(id_: str) -> Thing:
    return _get("refund", id_)


@v1.get("/refunds")
def list_refunds() -> Thing:
    return _list("refund", params.REFUND_LIST)


# --- Customers and their cards


@v1.post("/customers")
def create_customer() -> Response:
    def work(book: Book, given: Thing) -> Thing:
        customer = book.add(objects.customer(book.now, given))
        book.tell("customer.created", customer)
        return customer

    return write(params.CUSTOMER_CREATE, work)


@v1.get("/customers/<id_>")
def read_customer(id_: str) -> Thing:
    return _get("customer", id_)


@v1.get("/customers")
def list_customers() -> Thing:
    return _list("customer", params.CUSTOMER_LIST)


@v1.get("/customers/<id_>/payment_methods")
def list_methods(id_: str) -> Thing:
    asked = read(params.METHOD_LIST)
    with store().reading() as book:
        one(book, "customer", id_, "customer")
        return page(book, "payment_method", request.path, {**asked, "customer": id_})


@v1.get("/payment_methods/<id_>")
def read_method(id_: str) -> Thing:
    return _get("payment_method", id_)


# --- Events


@v1.get("/events/<id_>")
def read_event(id_: str) -> Thing:
    return _get("event", id_)


@v1.get("/events")
def list_events() -> Thing:
    asked = read(params.EVENT_LIST)
    with store().reading() as book:
        return lists.events(book, asked)
