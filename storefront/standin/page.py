"""The payment page a person sees: card, saved cards, the bank's question (3-D Secure). Plain HTML.

Only Stripe's published test numbers are taken; any other number is refused and not kept.
"""

import re
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, current_app, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as Reply

from storefront.standin import moves
from storefront.standin.asking import store
from storefront.standin.cards import CARDS, HINTS, MESSAGES, looks_valid
from storefront.standin.moves import shown
from storefront.standin.store import Book, Thing

hosted = Blueprint("hosted", __name__, url_prefix="/c")
EXPIRY = re.compile(r"\s*(\d{1,2})\s*[/\- ]?\s*(\d{2}|\d{4})\s*")
FIELDS = ("cardNumber", "cardExpiry", "cardCvc")


@hosted.get("/pay/<id_>")
def pay_page(id_: str) -> Reply:
    with store().reading() as book:
        session = _session(book, id_)
        return _show(book, session, _prefilled(request.args.get("card", "")), {})


@hosted.post("/pay/<id_>")
def pay(id_: str) -> Reply:
    with store().writing() as book:
        session = _session(book, id_)
        if session["status"] != "open" or session["expires_at"] <= book.now:
            return _show(book, session, {}, {})
        typed = {name: request.form.get(name, "") for name in FIELDS}
        method, errors = _chosen(book, session, typed)
        if method is None:
            return _show(book, session, typed, errors, 422)
        reply = _attempt(book, session, method, typed)
    current_app.config["WAKE"]()
    return reply


@hosted.get("/bank/<id_>")
def bank_page(id_: str) -> Reply:
    with store().reading() as book:
        return _bank(book, _asking_intent(book, id_))


@hosted.post("/bank/<id_>")
def bank_answer(id_: str) -> Reply:
    with store().writing() as book:
        intent = _asking_intent(book, id_)
        if intent["status"] != "requires_action":
            return _bank(book, intent)
        back = intent["next_action"]["redirect_to_url"]["return_url"]
        if request.form.get("answer") == "complete":
            intent = moves.settle(book, intent)
        else:
            method = book.known(intent["payment_method"])
            intent = moves.fail(book, intent, "payment_intent_authentication_failure", None, method)
        session = _session_of(book, intent)
        reply = _after(book, session, intent, {}) if session else _to_return_url(intent, back)
    current_app.config["WAKE"]()
    return reply


def _session(book: Book, id_: str) -> Thing:
    return book.find("checkout.session", id_) or abort(404)


def _session_of(book: Book, intent: Thing) -> Thing | None:
    return next(iter(book.all("checkout.session", payment_intent=intent["id"])), None)


def _asking_intent(book: Book, id_: str) -> Thing:
    return book.find("payment_intent", id_) or abort(404)


def _prefilled(number: str) -> dict[str, str]:
    return {"cardNumber": CARDS[number].grouped, "cardExpiry": "12 / 34", "cardCvc": "123"} if number in CARDS else {}


def _chosen(book: Book, session: Thing, typed: dict[str, str]) -> tuple[Thing | None, dict[str, str]]:
    """The card to be charged: a saved one of this customer, or the one that was typed."""
    saved = request.form.get("saved", "new")
    if saved != "new" and not typed["cardNumber"].strip():
        method = next((one for one in _saved_methods(book, session) if one["id"] == saved), None)
        return method, {} if method else {"saved": "This saved card is not there any more. Choose another."}
    errors, month, year = check_card(book.now, typed)
    if errors:
        return None, errors
    number = re.sub(r"[\s-]", "", typed["cardNumber"])
    return moves.new_method(book, CARDS[number], month, year), {}


def check_card(now: int, typed: dict[str, str]) -> tuple[dict[str, str], int, int]:
    """What is wrong with the typed card, field by field; and month and year."""
    errors = {}
    number = re.sub(r"[\s-]", "", typed["cardNumber"])
    if not looks_valid(number):
        errors["cardNumber"] = MESSAGES["incorrect_number" if number else "invalid_number"]
    elif number not in CARDS:
        errors["cardNumber"] = "This page takes only the test cards listed below. Never type a real card here."
    found = EXPIRY.fullmatch(typed["cardExpiry"])
    month, year = (int(found[1]), int(found[2]) % 100 + 2000) if found else (0, 0)
    today = time.gmtime(now)
    if not found or not 1 <= month <= 12:
        errors["cardExpiry"] = MESSAGES["invalid_expiry_month"]
    elif (year, month) < (today.tm_year, today.tm_mon) or year > today.tm_year + 50:
        errors["cardExpiry"] = MESSAGES["invalid_expiry_year"]
    digits = 4 if number in CARDS and CARDS[number].brand == "amex" else 3
    if not re.fullmatch(rf"\d{{{digits}}}|\d{{3}}", typed["cardCvc"].strip(), re.ASCII):
        errors["cardCvc"] = MESSAGES["invalid_cvc"]
    return errors, month, year


def _attempt(book: Book, session: Thing, method: Thing, typed: dict[str, str]) -> Reply:
    """Authorise the session's amount on this card; the intent is made at the first try, as Stripe does."""
    if session["payment_intent"]:
        intent = book.known(session["payment_intent"])
    else:
        asked = book.hidden(session["id"])["intent"]
        amount = {
            "amount": session["amount_total"],
            "currency": session["currency"],
            "customer": session["customer"],
        }
        intent = moves.new_intent(book, {**asked, **amount})
        book.save(session | {"payment_intent": intent["id"]})
        session["payment_intent"] = intent["id"]
    _remember(book, session, method, intent)
    if intent["status"] == "requires_action":
        intent["status"] = "requires_payment_method"
    intent = moves.confirm(book, intent, method, None, f"{request.host_url}c/bank/{intent['id']}")
    return _after(book, session, intent, typed)


def _remember(book: Book, session: Thing, method: Thing, intent: Thing) -> None:
    """Note whether the card is to be kept for the customer once the payment went through."""
    wanted = request.form.get("save") == "yes"
    if session["customer"] and method["customer"] is None and (wanted or intent["setup_future_usage"]):
        redisplay = "always" if wanted else "limited"
        book.hide(
            method["id"],
            book.hidden(method["id"]) | {"keep_for": session["customer"], "redisplay": redisplay},
        )


def _keep_card(book: Book, intent: Thing) -> None:
    hidden = book.hidden(intent["payment_method"])
    if "keep_for" in hidden:
        method = book.known(intent["payment_method"])
        method |= {"customer": hidden["keep_for"], "allow_redisplay": hidden["redisplay"]}
        book.tell("payment_method.attached", book.save(method))


def _after(book: Book, session: Thing, intent: Thing, typed: dict[str, str]) -> Reply:
    if intent["status"] == "requires_action":
        return redirect(f"/c/bank/{intent['id']}", 303)
    if intent["status"] == "requires_payment_method":
        return _show(book, session, typed, {"card": intent["last_payment_error"]["message"]}, 402)
    _keep_card(book, intent)
    moves.complete(book, session, intent)
    return redirect(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]), 303)


def _to_return_url(intent: Thing, back: str | None) -> Reply:
    if back is None:
        return Response("Thank you. You can close this page.", content_type="text/plain")
    went = "failed" if intent["status"] == "requires_payment_method" else "succeeded"
    query = urlencode({"payment_intent": intent["id"], "redirect_status": went})
    return redirect(f"{back}{'&' if '?' in back else '?'}{query}", 303)


def _saved_methods(book: Book, session: Thing) -> list[Thing]:
    if not session["customer"]:
        return []
    shown_ones = session["saved_payment_method_options"]["allow_redisplay_filters"]
    kept = book.all("payment_method", customer=session["customer"])
    newest = {one["card"]["fingerprint"]: one for one in reversed(kept) if one["allow_redisplay"] in shown_ones}
    return list(newest.values())[::-1]


def _show(book: Book, session: Thing, typed: dict[str, str], errors: dict[str, str], status: int = 200) -> Reply:
    is_late = session["status"] == "open" and session["expires_at"] <= book.now
    state = "expired" if is_late else session["status"]
    options = session["saved_payment_method_options"] or {}
    return _page(
        "pay.html" if state == "open" else "over.html",
        session,
        410 if state == "expired" else status,
        state=state,
        lines=book.hidden(session["id"])["line_items"],
        typed={name: typed.get(name, "") for name in FIELDS},
        errors=errors,
        saved=_saved_methods(book, session),
        is_held=book.hidden(session["id"])["intent"].get("capture_method") == "manual",
        may_save=options.get("payment_method_save") == "enabled",
        hints=HINTS,
    )


def _bank(book: Book, intent: Thing) -> Reply:
    is_asking = intent["status"] == "requires_action"
    session = _session_of(book, intent)
    return _page("bank.html", session, 200 if is_asking else 410, intent=intent, is_asking=is_asking)


def _page(template: str, session: Thing | None, status: int, **shown_on_it: Any) -> Reply:
    page = make_response(render_template(template, session=session, price=shown, **shown_on_it), status)
    page.headers.update(
        {
            "Cache-Control": "no-store",
            "Content-Security-Policy": _policy(session),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
    )
    return page


def _policy(session: Thing | None) -> str:
    """A browser applies `form-action` also to the redirect after a POST, so the shop's origin is named."""
    shop = urlsplit(session["success_url"]) if session else None
    origin = f" {shop.scheme}://{shop.netloc}" if shop else ""
    return (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none';"
        f" connect-src 'self'; form-action 'self'{origin}"
    )
