"""Signing in and out through the pages: GET uses nothing up, answers tell nothing, old cookies are dead."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import JournalEntry
from storefront.accounts.models import Account, SignedIn, SignInLink
from storefront.front.way_back import own_path
from storefront.messages.models import Message

PASSWORD = "seven small blue boats"
SEVERAL = 6


def link_sent(session: Session) -> str:
    letter = session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert letter is not None
    found = re.search(r"http://127\.0\.0\.1:8000(/sign-in/\S+)", letter.text)
    assert found, letter.text
    return found[1]


def ask(client: FlaskClient, email: str, **others: str) -> int:
    return client.post("/sign-in", data={"email": email, **others}).status_code


def test_a_client_signs_in_by_link_and_lands_in_care(client: FlaskClient, session: Session, member: Account) -> None:
    assert ask(client, member.email) == 303
    path = link_sent(session)
    assert "Sign in" in client.get(path).text
    answer = client.post(path)
    assert (answer.status_code, answer.location) == (303, "/care")
    assert client.get("/sign-in").location == "/care"


def test_opening_the_link_uses_nothing_up(client: FlaskClient, session: Session, member: Account) -> None:
    ask(client, member.email)
    path = link_sent(session)
    for _ in range(3):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    assert session.scalars(select(SignInLink.used_at)).all() == [None]
    assert session.scalars(select(SignedIn)).all() == []


def test_a_used_link_offers_a_new_one_in_one_press(client: FlaskClient, session: Session, member: Account) -> None:
    ask(client, member.email)
    path = link_sent(session)
    client.post(path)
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 410
        assert "Send me a new one" in answer.text
        assert member.email not in answer.text
    assert client.post(f"{path}/renewal").status_code == 303
    assert link_sent(session) != path


def test_an_unknown_link_is_a_polite_page(client: FlaskClient) -> None:
    for answer in (client.get("/sign-in/nothing"), client.post("/sign-in/nothing")):
        assert answer.status_code == 410
        assert "Ask for a new one" in answer.text
    assert client.post("/sign-in/nothing/renewal").status_code == 404


def test_the_way_back_survives_the_mail(client: FlaskClient, session: Session, member: Account) -> None:
    assert client.get("/sign-in?next=/basket").text.count('name="next" value="/basket"') == 2
    ask(client, member.email, next="/basket")
    path = link_sent(session)
    assert path.endswith("?next=%2Fbasket")
    assert 'value="/basket"' in client.get(path).text
    assert client.post(path, data={"next": "/basket"}).location == "/basket"


def test_staff_sign_in_by_password_and_land_at_work(client: FlaskClient, worker: Account) -> None:
    answer = client.post("/sign-in", data={"email": worker.email, "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/practitioner")


def test_answers_do_not_tell_who_is_known(
    client: FlaskClient, session: Session, member: Account, worker: Account
) -> None:
    def bare(text: str, email: str) -> str:
        return re.sub(r'name="csrf_token" value="[^"]*"', "", text.replace(email, "…"))

    links = [client.post("/sign-in", data={"email": one}, follow_redirects=True)
             for one in (member.email, worker.email, "nobody@example.org")]  # fmt: skip
    assert {(one.status_code, one.request.path, one.text) for one in links} == {(200, "/sign-in/sent", links[0].text)}
    known = [member.email, worker.email, "nobody@example.org"]
    typed = [client.post("/sign-in", data={"email": one, "password": "wrong wrong wrong"}) for one in known]
    assert {(one.status_code, bare(one.text, mail)) for one, mail in zip(typed, known, strict=True)} == {
        (422, bare(typed[0].text, known[0]))
    }
    assert "wrong wrong wrong" not in typed[0].text


def test_guessing_a_password_is_held_back_per_account(client: FlaskClient, worker: Account) -> None:
    answers = [ask(client, worker.email, password=f"wrong {n}") for n in range(11)]
    assert answers == [422] * 10 + [429]
    late = client.post("/sign-in", data={"email": worker.email, "password": PASSWORD})
    assert late.status_code == 429
    assert 0 < int(late.headers["Retry-After"]) <= 901


def test_guessing_is_held_back_per_address_too(client: FlaskClient) -> None:
    answers = [ask(client, f"somebody{n}@example.org", password="wrong") for n in range(21)]
    assert answers == [422] * 20 + [429]


def test_signing_in_rightly_does_not_count(client: FlaskClient, worker: Account) -> None:
    for _ in range(SEVERAL):
        assert ask(client, worker.email, password="wrong") == 422
        assert ask(client, worker.email, password=PASSWORD) == 303
        client.post("/sign-out")


def test_a_flood_of_links_is_held_back(client: FlaskClient, session: Session, member: Account) -> None:
    assert [ask(client, member.email) for _ in range(6)] == [303] * 5 + [429]
    assert [ask(client, "nobody@example.org") for _ in range(6)] == [303] * 5 + [429]
    assert len(session.scalars(select(Message)).all()) == 5


def test_a_cookie_from_before_signing_in_is_worth_nothing(app: Flask, session: Session, member: Account) -> None:
    victim, attacker = app.test_client(), app.test_client()
    victim.get("/sign-in")
    planted = victim.get_cookie("session")
    victim.post("/demo/person", data={"email": member.email})
    assert victim.get("/sign-in").status_code == 303
    if planted:
        attacker.set_cookie("session", planted.value)
    assert attacker.get("/sign-in").status_code == 200


def test_a_copied_cookie_dies_at_sign_out(
    app: Flask, signed_in: Callable[[Account], FlaskClient], member: Account
) -> None:
    browser, thief = signed_in(member), app.test_client()
    cookie = browser.get_cookie("session")
    assert cookie is not None
    thief.set_cookie("session", cookie.value)
    assert thief.get("/sign-in").status_code == 303
    answer = browser.post("/sign-out")
    assert (answer.status_code, answer.location) == (303, "/")
    assert thief.get("/sign-in").status_code == 200
    assert browser.get("/sign-in").status_code == 200


def test_signing_in_again_ends_the_earlier_session(signed_in: Callable[[Account], FlaskClient], session: Session,
                                                   member: Account, worker: Account) -> None:  # fmt: skip
    browser = signed_in(member)
    browser.post("/demo/person", data={"email": worker.email})
    assert [row.ended_at is None for row in session.scalars(select(SignedIn).order_by(SignedIn.id))] == [False, True]


def test_a_closed_account_is_signed_out_at_once(
    signed_in: Callable[[Account], FlaskClient], session: Session, member: Account
) -> None:
    browser = signed_in(member)
    member.is_active = False
    session.commit()
    assert browser.get("/sign-in").status_code == 200


def test_signing_in_is_noted_good_and_bad(client: FlaskClient, session: Session, worker: Account) -> None:
    ask(client, worker.email, password="wrong")
    ask(client, worker.email, password=PASSWORD)
    verbs = session.scalars(select(JournalEntry.verb).order_by(JournalEntry.id)).all()
    assert verbs[-2:] == ["sign-in refused", "signed in by password"]
    assert "wrong" not in str(session.scalars(select(JournalEntry.particulars)).all())


def test_links_name_the_configured_address_whatever_the_host_header_says(
    client: FlaskClient, session: Session, member: Account
) -> None:
    spoofed = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    client.post("/sign-in", data={"email": member.email}, headers=spoofed)
    assert link_sent(session).startswith("/sign-in/")
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost@evil.example", ""):
        answer = client.post("/sign-in", data={"email": member.email}, headers={"Host": host})
        assert answer.status_code == 400, host
        assert "evil" not in answer.text
    assert len(session.scalars(select(Message)).all()) == 1


@pytest.mark.parametrize("target", [
    "//evil.example", "///evil.example", "\\\\evil.example", "/\\evil.example", "https://evil.example", "https:evil.example",
    "javascript:alert(1)", "/\t/evil.example", "/\r\nLocation: https://evil.example", "/basket\n", " /basket", "evil.example",
    "@evil.example", "/ä", "/sign-out", "", None, "/" + "a" * 500, "http:/evil.example", "/\x00",
])  # fmt: skip
def test_the_way_back_leads_nowhere_else(target: str | None) -> None:
    assert own_path(target) == ""


@pytest.mark.parametrize("target", ["/", "/basket", "/orders/O-1?page=2", "/products/a#b", "/care/%2Fx", "/a//b"])
def test_the_way_back_leads_to_our_own_paths(target: str) -> None:
    assert own_path(target) == target


def test_a_strange_way_back_is_left_out_everywhere(client: FlaskClient, worker: Account) -> None:
    assert "evil" not in client.get("/sign-in?next=//evil.example").text
    data = {"email": worker.email, "password": PASSWORD, "next": "https://evil.example"}
    assert client.post("/sign-in", data=data).location == "/practitioner"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/token", "/sign-in/token/renewal", "/sign-out", "/demo/person"])
def test_forms_without_their_token_are_refused_readably(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for data in ({}, {"csrf_token": "forged"}):
        answer = client.post(path, data=data)
        assert answer.status_code == 400
        assert "This form has expired" in answer.text


def test_empty_and_wrong_forms_are_shown_again(client: FlaskClient) -> None:
    for data in (
        {},
        {"email": ""},
        {"email": "mara"},
        {"email": "mara@example.org", "password": ""},
        {"password": "x"},
    ):
        answer = client.post("/sign-in", data=data)
        assert answer.status_code == 422
        assert 'id="error-summary"' in answer.text
        assert data.get("email", "") in answer.text


def test_a_post_by_somebody_signed_out_leads_back_to_the_basket(client: FlaskClient) -> None:
    from storefront.roles import _way_back

    with client.application.test_request_context("/checkout", method="POST"):
        assert _way_back() == "/basket"
    with client.application.test_request_context("/care?from=mail"):
        assert _way_back() == "/care?from=mail"
