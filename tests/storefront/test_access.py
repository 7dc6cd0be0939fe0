"""Who may open what: every route of every face is tried as a visitor and in each role, and every form without its token."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM
from storefront import clock
from storefront.accounts.actions import make_account
from storefront.roles import EVERYONE

ROLES = ("client", "practitioner", "admin")
MACHINES = {"payments.receive", "static"}  # a webhook carries a signature, a file nothing
PARTS = {"token": "none", "sku": "NONE", "number": "R-0000000", "slug": "none"}


def routes(app: Flask, method: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Endpoint, an address, and who may open it."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or set()) and rule.endpoint not in MACHINES:
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: PARTS.get(found[1], "1"), rule.rule)
            yield rule.endpoint, path, app.view_functions[rule.endpoint].open_to  # type: ignore[attr-defined]


@pytest.fixture
def people(session: Session) -> dict[str, str]:
    for role in ROLES:
        make_account(f"{role}@example.org", role.capitalize(), role, SYSTEM, clock.now(), "seven small blue boats")
    session.commit()
    return {role: f"{role}@example.org" for role in ROLES}


def signed_in(app: Flask, email: str) -> FlaskClient:
    browser = app.test_client()
    assert browser.post("/demo/person", data={"email": email}).status_code == 303
    return browser


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_visitor_is_asked_to_sign_in_wherever_it_is_needed(app: Flask, client: FlaskClient, method: str) -> None:
    for endpoint, path, allowed in routes(app, method):
        if EVERYONE in allowed:
            continue
        answer = client.open(path, method=method)
        assert answer.status_code == 303, endpoint
        assert answer.location.startswith("/sign-in?next=/"), endpoint


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_role_opens_its_own_pages_and_no_other(app: Flask, people: dict[str, str], role: str, method: str) -> None:
    browser = signed_in(app, people[role])
    for endpoint, path, allowed in routes(app, method):
        if EVERYONE in allowed or endpoint == "shop.sign_out_everywhere":
            continue
        status = browser.open(path, method=method).status_code
        if role in allowed:
            assert status not in (401, 403, 500), endpoint
        else:
            assert status == 403, endpoint


def test_every_form_without_its_token_is_refused_readably(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for endpoint, path, _allowed in routes(app, "POST"):
        answer = client.post(path, data={"csrf_token": "forged"})
        assert answer.status_code == 400, endpoint
        assert "This form has expired" in answer.text, endpoint


def test_get_is_never_a_change(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"OPTIONS", "HEAD"}
        assert methods in ({"GET"}, {"POST"}), rule


def test_private_pages_are_kept_by_nobody(app: Flask, people: dict[str, str]) -> None:
    answer = signed_in(app, people["client"]).get("/account")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Sign out" in answer.text
