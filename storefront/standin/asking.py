"""One request to the API: its secret key, its idempotency key, the faults a test ordered, and the answer.

Stripe's promises, kept: the first result under an idempotency key is stored, errors included, and given
again; other parameters under it are an error; a twin while the first is running gets 409; nothing is stored
of a request that was malformed.
"""

import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request

from storefront.standin.errors import ApiError
from storefront.standin.params import Shape, checked, read_form
from storefront.standin.store import Book, Store, Thing, new_id

Work = Callable[[Book, Thing], Thing]


def store() -> Store:
    kept: Store = current_app.config["STORE"]
    return kept


def answer(status: int, body: str, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, status, {"Request-Id": new_id("req_", 14), **named}, content_type="application/json")


def refuse(error: ApiError) -> Response:
    return answer(error.status, json.dumps(error.body))


def check_key() -> None:
    """Refuses when the secret key is missing or wrong (401)."""
    authorization = request.authorization
    given = (authorization.token or authorization.username or "") if authorization else ""
    if not given:
        raise ApiError(
            "You did not provide an API key. You need to provide your API key in the Authorization header.",
            status=401,
            began=False,
        )
    if not hmac.compare_digest(given.encode(), current_app.config["KEY"].encode()):
        hint = f"{given[:8]}****{given[-4:]}" if len(given) > 16 else "****"
        raise ApiError(f"Invalid API Key provided: {hint}", status=401, began=False)


def read(shape: Shape) -> Thing:
    """The query of a GET, checked."""
    checked_query: Thing = checked(read_form(request.args.items(multi=True)), shape)
    return checked_query


def asked() -> Thing:
    """What an event says of the request that caused it."""
    key = request.headers.get("Idempotency-Key")
    version = request.headers.get("Stripe-Version")
    return {"id": new_id("req_", 14), "key": key, "version": version}


def write(shape: Shape, work: Work) -> Response:
    """Run a POST once: under its idempotency key if it has one, with the faults that a test ordered."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > 255:
        raise ApiError("Idempotency keys may have up to 255 characters.", kind="idempotency_error", began=False)
    given = checked(read_form(request.form.items(multi=True)), shape)
    if not key:
        return _run(given, work, None)
    stored = _claim(key, json.dumps(given, sort_keys=True))
    if stored:
        return answer(stored[0], stored[1], Idempotent_Replayed="true", Idempotency_Key=key)
    try:
        return _run(given, work, key)
    finally:
        with store().writing() as book:
            book.sql.execute("DELETE FROM answer WHERE key = ? AND status IS NULL", (key,))


def _claim(key: str, given: str) -> tuple[int, str] | None:
    """The stored answer, or None: the key is now ours. Refuses when it was used otherwise or is in use."""
    with store().writing() as book:
        row = book.sql.execute("SELECT path, asked, status, body FROM answer WHERE key = ?", (key,)).fetchone()
        if row is None:
            values = (key, request.path, given, book.now)
            book.sql.execute("INSERT INTO answer (key, path, asked, at) VALUES (?, ?, ?, ?)", values)
            return None
    if row[0] != request.path:
        raise _reused(f"for the same endpoint they were first used for ('{row[0]}')", key)
    if row[1] != given:
        raise _reused("with the same parameters they were first used with", key)
    if row[2] is None:
        raise ApiError(
            "There is currently another in-progress request using this Idempotent Key (that probably means"
            " you submitted twice, and the other request is still going through):"
            f" {key}. Please try again later.",
            status=409,
            code="idempotency_key_in_use",
            began=False,
        )
    return row[2], row[3]


def _reused(how: str, key: str) -> ApiError:
    return ApiError(
        f"Keys for idempotent requests can only be used {how}. Try using a key other than '{key}'"
        " if you meant to execute a different request.",
        kind="idempotency_error",
        began=False,
    )


def _run(given: Thing, work: Work, key: str | None) -> Response:
    """Do the work and store its answer in one transaction: after a kill both are there, or neither."""
    fault = _due_fault()
    if fault and fault["happens"] == "before":
        time.sleep(fault["delay"])
        if fault["status"]:
            return _broken(fault)
    with store().writing(asked()) as book:
        status, body = _outcome(book, given, work)
        if fault and fault["happens"] == "stored":
            status, body = fault["status"], json.dumps(_fault_body(fault["status"]))
        if key:
            values = (status, body, key)
            book.sql.execute("UPDATE answer SET status = ?, body = ? WHERE key = ?", values)
    current_app.config["WAKE"]()
    if fault and fault["happens"] == "after":
        time.sleep(fault["delay"])
        if fault["status"]:
            return _broken(fault)
    return answer(status, body, **({"Idempotency_Key": key} if key else {}))


def _outcome(book: Book, given: Thing, work: Work) -> tuple[int, str]:
    book.sql.execute("SAVEPOINT work")
    try:
        return 200, json.dumps(work(book, given))
    except ApiError as error:
        if not error.began:
            raise
        if not error.is_kept:
            book.sql.execute("ROLLBACK TO work")
        return error.status, json.dumps(error.body)


def _due_fault() -> dict[str, Any] | None:
    """A fault that a test ordered for this path, counted down; usual requests only read here."""
    with store().reading() as book:
        row = book.sql.execute(
            "SELECT id, status, delay, happens FROM fault WHERE times > 0 AND instr(?, path) > 0 ORDER BY id",
            (f"{request.method} {request.path}",),
        ).fetchone()
    if row is None:
        return None
    with store().writing() as book:
        book.sql.execute("UPDATE fault SET times = times - 1 WHERE id = ?", (row[0],))
    return dict(zip(("id", "status", "delay", "happens"), row, strict=True))


def _fault_body(status: int) -> Thing:
    if status == 429:
        message = "Request rate limit exceeded."
        return {"error": {"code": "rate_limit", "message": message, "type": "invalid_request_error"}}
    return {"error": {"message": "An error ordered by a test.", "type": "api_error"}}


def _broken(fault: dict[str, Any]) -> Response:
    return answer(fault["status"], json.dumps(_fault_body(fault["status"])))


def fault_for_reading() -> Response | None:
    """The same faults for a GET."""
    fault = _due_fault()
    if fault is None:
        return None
    time.sleep(fault["delay"])
    return _broken(fault) if fault["status"] else None
