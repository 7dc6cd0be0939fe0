"""The link of a reminder: a client whose browser is known goes straight to the page that it is about; anybody else signs in first.
A mail scanner that opens it has no such browser, so that it opens nothing."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from catalogue import journal
from storefront import clock, roles
from storefront.accounts import devices, sessions
from storefront.db import db, transaction
from storefront.front import bp
from storefront.front.way_back import after_sign_in, own_path
from storefront.roles import EVERYONE, open_to


@bp.get("/sign-in/reminder/<token>")
@open_to(EVERYONE)
def from_reminder(token: str) -> Response:
    now, target, who = clock.now(), own_path(request.args.get("next")), roles.person()
    account = devices.opened_by(token, now) if who is None else None
    if account is not None:
        with transaction():
            sessions.begin(account, now)
            journal.note(db.session(), "signed in by reminder", "account", account.id, account.who, now)
        who = account.who
    if who is None:
        return redirect(url_for("front.sign_in", next=target or None), 303)
    return redirect(after_sign_in(who, target), 303)
