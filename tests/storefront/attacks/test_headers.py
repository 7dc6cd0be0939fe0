"""Every answer, also a refusal, an error and a download, carries what keeps a browser from being used against its owner.
Points are counted as HTTP Observatory counts them (mdn-http-observatory 1.4.8)."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from catalogue.documents import keep
from storefront import clock
from storefront.accounts.models import Account
from tests.storefront.orders import world

Becoming = Callable[[Account], FlaskClient]
DEMANDED = 130


def policy_of(answer: TestResponse) -> dict[str, set[str]]:
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";") if part.strip()]
    return {words[0]: set(words[1:]) for words in parts}


def points(answer: TestResponse) -> int:
    """Without the points for redirects and preloading, which only a real address can have."""
    told, headers = policy_of(answer), answer.headers
    scripts = told.get("script-src", told.get("default-src", {"*"}))
    found = 100
    found += -20 if {"'unsafe-inline'", "data:", "https:", "*"} & scripts else 5
    found += 10 if told.get("default-src") == {"'none'"} else 0
    found += 5 if told.get("frame-ancestors") == {"'none'"} else -20
    found -= 0 if headers.get("X-Content-Type-Options") == "nosniff" else 5
    found += 5 if headers.get("Referrer-Policy") in ("same-origin", "no-referrer") else 0
    found += 10 if headers.get("Cross-Origin-Resource-Policy") == "same-origin" else 0
    found -= 50 if "Access-Control-Allow-Origin" in headers else 0
    age = re.match(r"max-age=(\d+); includeSubDomains", headers.get("Strict-Transport-Security", ""))
    return found - (0 if age and int(age[1]) >= 31536000 else 20)


def is_safe(answer: TestResponse) -> bool:
    told = policy_of(answer)
    closed = told.get("base-uri") == told.get("frame-ancestors") == {"'none'"} and "form-action" in told
    is_kept_back = answer.headers.get("Cache-Control") in ("no-store", "no-cache")
    return points(answer) >= DEMANDED and closed and (is_kept_back or answer.mimetype == "text/css")


def pages(app: Flask) -> list[str]:
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and rule.endpoint != "static"]
    return [re.sub(r"<[^>]+>", "none", rule.rule) for rule in rules]


def test_every_page_of_everybody_is_safe(
    app: Flask, client: FlaskClient, member: Account, worker: Account, signed_in: Becoming
) -> None:
    for browser in (client, signed_in(member), signed_in(worker)):
        for address in pages(app):
            answer = browser.get(address)
            assert is_safe(answer), (address, answer.status_code, dict(answer.headers))
            if answer.mimetype == "text/html":
                assert not re.search(r"<[^>]+\s(style|on\w+)=", answer.text), address
                assert not re.search(r"<style|<script(?![^>]+src=)|javascript:", answer.text), address


@pytest.mark.parametrize(
    ("method", "address", "told", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "/a%00b", {}, 404),
        ("PUT", "/basket", {}, 405),
        ("TRACE", "/", {}, 405),
        ("OPTIONS", "/", {}, 200),
        ("HEAD", "/", {}, 200),
        ("GET", "/", {"headers": {"Host": "evil.example"}}, 400),
        ("POST", "/webhooks/stripe", {"data": b"{}"}, 400),
        ("POST", "/consultation", {"data": {"name": ""}}, 422),
        ("POST", "/sign-out", {}, 303),
        ("GET", "/static/img/favicon.svg", {}, 200),
        ("GET", "/static/none.css?v=1", {}, 404),
        ("POST", "/sign-in", {"data": {"email": "a" * 13_000_000}}, 413),
        ("GET", "/nowhere", {"headers": {"Accept": "application/json", "Origin": "https://evil.example"}}, 404),
    ],
)
def test_refusals_errors_and_files_are_as_safe_as_pages(
    client: FlaskClient,
    method: str,
    address: str,
    told: dict,
    status: int,  # type: ignore[type-arg]
) -> None:
    answer = client.open(address, method=method, **told)
    assert answer.status_code == status
    assert is_safe(answer), dict(answer.headers)
    assert "evil.example" not in answer.text
    answer.close()


def test_a_page_that_broke_is_as_safe_and_tells_nothing(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_others: object) -> str:
        raise RuntimeError("a secret of the machine")

    monkeypatch.setitem(app.view_functions, "front.terms", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = client.get("/terms")
    assert answer.status_code == 500
    assert is_safe(answer)
    assert "secret of the machine" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-1"}, {"Range": "bytes=99999-"}])
def test_a_download_is_saved_and_never_opened(
    session: Session, worker: Account, signed_in: Becoming, headers: dict[str, str]
) -> None:
    stored = keep(session, '../a"b\r\n.html', b"%PDF-1.4 <script>", "application/pdf", clock.now())
    session.commit()
    answer = signed_in(worker).get(f"/admin/documents/{stored.sha256}", headers=headers)
    assert is_safe(answer), dict(answer.headers)
    if answer.status_code < 400:
        assert answer.headers["Content-Disposition"] == "attachment; filename=ab.pdf"
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_cookie_of_a_session_is_for_this_shop_alone(session: Session, app: Flask) -> None:
    client = world.new_client()
    session.commit()
    answer = app.test_client().post("/demo/person", data={"email": client.email})
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 1
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookies[0].split("; "))
