"""What a request gets when it cannot be done: the refusal with every reason, or a page that says what to do next.
The same status and codes as JSON to `Accept: application/json`."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, render_template, request, template_rendered, url_for
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from catalogue import journal
from catalogue.verdicts import Refused
from storefront import clock, roles
from storefront.db import db, transaction

log = logging.getLogger(__name__)
RETRY_SECONDS = 5
Answer = tuple[Any, int] | tuple[Any, int, dict[str, str]]

# What a person reads: title, what happened, what to do now.
TOLD = {
    400: ("This form has expired", "Nothing you typed was sent. Go back, reload the page and send it again."),
    403: ("This page is for somebody else", "You are signed in, but this page is not for your role."),
    404: ("There is nothing here", "The page does not exist, or it is not yours to see."),
    405: ("This cannot be done here", "Go back and use the buttons on the page."),
    410: ("This is over", "What this address led to was used or has ended."),
    413: (
        "That is too large to be sent at once",
        "Nothing was kept or changed. Go back: what you typed is still there. Then send fewer files at once, or smaller ones.",
    ),
    422: ("Something is missing or wrong", "Correct what is named and send it again."),
    429: ("Too many tries", "Please wait a little, then try again."),
    500: (
        "Something broke on our side",
        "Nothing was charged by this page. Please try again, or call the clinic.",
    ),
    503: ("The shop is busy", "Nothing was lost. Please try again in a few seconds."),
}


def wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def page(status: int, headers: dict[str, str] | None = None) -> Answer:
    title, told = TOLD.get(status, TOLD[400])
    if status == 413:
        told = f"{told} {together()}"
    if wants_json():
        return jsonify(status=status, error=title, next_step=told), status, headers or {}
    return render_template("errors/error.html", status=status, title=title, told=told), status, headers or {}


def together() -> str:
    """How much may be sent at once, in words."""
    return f"All that is sent at once may have at most {current_app.config['MAX_CONTENT_LENGTH'] // 2**20} MB together."


def refused(error: Refused, page_again: Callable[[], str] | None = None) -> Answer:
    """409 with every reason; the refusal of a change leaves a line in the journal, without the reasons (health words).
    `page_again` gives the page with what was typed, where that would be much to type anew."""
    if request.method not in ("GET", "HEAD"):
        note_refusal("refused")
    reasons = error.verdict.reasons
    if wants_json():
        return jsonify(status=409, reasons=[asdict(reason) for reason in reasons]), 409
    return page_again() if page_again else render_template("errors/refused.html", verdict=error.verdict), 409


def http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    if error.code == 403:
        note_refusal("denied")
    told = dict(error.get_headers())
    kept: dict[str, str] = {name: told[name] for name in ("Retry-After", "Allow") if name in told}
    return page(error.code, kept)


def note_faults(_app: Flask, *, context: dict[str, Any], **_others: Any) -> None:
    """Keeps what the forms on a page complain of, by field, for whoever asked for JSON."""
    shown = [form for form in context.values() if isinstance(form, FlaskForm)]
    g.faults = {name: told for form in shown for name, told in form.errors.items()}


def in_json(response: Response) -> Response:
    """A form that was sent back, or a page that is over, to those who read no pages: the same status, what is wrong by field."""
    if response.status_code not in (410, 422) or response.is_json or not wants_json():
        return response
    title, told = TOLD[response.status_code]
    plain = jsonify(status=response.status_code, error=title, next_step=told, fields=g.get("faults", {}))
    response.data, response.content_type = plain.data, "application/json"
    return response


def note_turned_away(response: Response) -> Response:
    """A visitor who tried to change what is not open to visitors: they are asked to sign in, and the attempt is written down."""
    is_asked = response.status_code == 303 and response.location.startswith(url_for("front.sign_in"))
    if is_asked and request.method == "POST" and request.blueprint != "front" and roles.person() is None:
        note_refusal("denied")
    return response


def busy(_error: Exception) -> Answer:
    db.session.rollback()
    return page(503, {"Retry-After": str(RETRY_SECONDS)})


def unkept(_error: Exception) -> Answer:
    """What was sent is nothing that the database can keep: the fault is in the request."""
    db.session.rollback()
    return page(400)


def note_refusal(verb: str) -> None:
    """Who was refused in which part of the shop; not on which page, whose name may say something of somebody's health."""
    who = roles.person() or journal.Who(None, "a visitor", "visitor")
    try:
        with transaction():
            journal.note(
                db.session(), verb, "request", request.blueprint or "", who, clock.now(), method=request.method
            )
    except OperationalError:
        log.warning("a request was %s, and the journal could not be written", verb)


def register(app: Flask) -> None:
    app.jinja_env.globals["together"] = together
    template_rendered.connect(note_faults, app)
    app.after_request(in_json)
    app.after_request(note_turned_away)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(CSRFError, lambda _error: page(400))
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(OperationalError, busy)
    app.register_error_handler(DataError, unkept)
    app.register_error_handler(PoolTimeout, busy)
