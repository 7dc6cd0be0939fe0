"""Who may open a route. Every route carries `@open_to(…)`, also `@open_to(EVERYONE)`; a house test looks."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, g, redirect, request, url_for

from catalogue.journal import Who

EVERYONE = "everyone"
CLIENT = "client"
PRACTITIONER = "practitioner"
ADMIN = "admin"
STAFF = (PRACTITIONER, ADMIN)


def person() -> Who | None:
    """Who is signed in on this request; None for a visitor."""
    found: Who | None = g.get("person")
    return found


def signed_in() -> Who:
    """Who is signed in; only for routes that are not open to everyone."""
    found = person()
    if found is None:
        abort(403)
    return found


def open_to(*roles: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Lets only these roles in: 303 to sign in for a visitor, 403 for a wrong role."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            who = person()
            if EVERYONE not in roles and who is None:
                return redirect(url_for("front.sign_in", next=_way_back()), 303)
            if EVERYONE not in roles and who is not None and who.role not in roles:
                abort(403)
            return view(*args, **kwargs)

        guarded.open_to = roles  # type: ignore[attr-defined]
        return guarded

    return mark


def _way_back() -> str:
    """After signing in a GET is repeated; a POST is not: who was buying goes back to the basket, which kept its contents."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return "/basket" if request.path.startswith(("/basket", "/checkout")) else url_for("front.home")
