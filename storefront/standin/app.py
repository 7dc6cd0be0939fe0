"""The stand-in as a Flask application: the API, the payment page, what tests may order, and its health."""

import json
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, abort, request
from jinja2 import StrictUndefined

from storefront.standin import contesting  # noqa: F401  its paths are the API's too
from storefront.standin.api import v1
from storefront.standin.asking import answer, check_key, refuse, store
from storefront.standin.errors import ApiError
from storefront.standin.page import hosted
from storefront.standin.params import Must, checked, integer, one_of, read_form, text
from storefront.standin.store import Store

LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}
FAULT = {
    "path": Must(text),
    "status": integer,
    "milliseconds": integer,
    "times": integer,
    "happens": one_of("before", "after", "stored"),
}


def create_standin(kept: Store, key: str, *, address: str = "", wake: Callable[[], None] = lambda: None) -> Flask:
    """The application on this database. `wake` is called after each change, so that events leave at once."""
    app = Flask(__name__)
    app.jinja_env.undefined = StrictUndefined
    with kept.writing() as book:
        # A request that a kill cut short has no answer; its key is free again, for nothing of it was kept.
        book.sql.execute("DELETE FROM answer WHERE status IS NULL")
    app.config.update(STORE=kept, KEY=key, ADDRESS=address, WAKE=wake, MAX_CONTENT_LENGTH=1 << 20)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(v1)
    app.register_blueprint(hosted)
    app.before_request(_only_loopback)
    app.register_error_handler(ApiError, refuse)
    app.add_url_rule("/health", view_func=health)
    app.add_url_rule("/standin/clock", view_func=shift_clock, methods=["POST"])
    app.add_url_rule("/standin/faults", view_func=order_fault, methods=["POST"])
    return app


def _only_loopback() -> None:
    """Refuses any other Host, so that a page elsewhere cannot reach this server through a name of its own."""
    if request.host.rpartition(":")[0] not in LOOPBACK and request.host not in LOOPBACK:
        abort(403)


def health() -> dict[str, Any]:
    with store().reading() as book:
        waiting = book.sql.execute("SELECT count(*) FROM delivery WHERE delivered_at IS NULL").fetchone()[0]
        return {
            "status": "ok",
            "name": "payment stand-in",
            "moves_real_money": False,
            "events_waiting": waiting,
        }


def shift_clock() -> Response:
    """For tests: move the stand-in's clock by so many seconds (sessions expire, authorisations lapse)."""
    check_key()
    shift = checked(read_form(request.form.items()), {"seconds": Must(integer)})["seconds"]
    with store().writing() as book:
        book.sql.execute("INSERT OR REPLACE INTO clock (id, shift) VALUES (1, ?)", (shift,))
    return answer(200, json.dumps({"seconds": shift}))


def order_fault() -> Response:
    """For tests: requests whose `METHOD /path` contains `path` fail or wait, before their work or after."""
    check_key()
    fault = checked(read_form(request.form.items()), FAULT)
    row = (
        fault["path"],
        fault.get("status", 0),
        fault.get("milliseconds", 0) / 1000,
        fault.get("happens", "before"),
        fault.get("times", 1),
    )
    with store().writing() as book:
        if fault.get("times") == 0:
            book.sql.execute("DELETE FROM fault")
        book.sql.execute("INSERT INTO fault (path, status, delay, happens, times) VALUES (?, ?, ?, ?, ?)", row)
    return answer(200, json.dumps(fault))
