"""The head and foot of every page lead somewhere, for everybody."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM
from storefront import clock
from storefront.accounts.actions import make_account
from storefront.accounts.models import Account

Become = Callable[[Account], FlaskClient]


def places(browser: FlaskClient) -> list[str]:
    text = browser.get("/").text
    head = text.partition("<header>")[2].partition("</header>")[0]
    foot = text.partition('<footer class="footer">')[2]
    return [address for address in re.findall(r'href="(/[^"]*)"', head + foot) if address != "/demo"]


def dead(browser: FlaskClient) -> list[str]:
    return [address for address in places(browser) if browser.get(address).status_code != 200]


def test_a_visitors_links_lead_somewhere(client: FlaskClient) -> None:
    assert {"/treatment", "/products", "/sign-in", "/privacy"} <= set(places(client))
    assert dead(client) == []


def test_a_clients_links_lead_somewhere(member: Account, signed_in: Become) -> None:
    browser = signed_in(member)
    assert {"/care", "/basket", "/orders", "/account", "/care/reaction"} <= set(places(browser))
    assert dead(browser) == []


def test_a_practitioners_links_lead_somewhere(worker: Account, signed_in: Become) -> None:
    browser = signed_in(worker)
    assert {"/practitioner", "/practitioner/clients", "/admin/dossiers"} <= set(places(browser))
    assert dead(browser) == []
    first = browser.get("/").text
    assert ("To your desk" in first, "I am a client" in first) == (True, False)
    for address, status in (("/basket", 403), ("/nowhere", 404)):
        answer = browser.get(address)
        assert (answer.status_code, "To your desk" in answer.text) == (status, True)


def test_an_admins_links_lead_somewhere(session: Session, signed_in: Become) -> None:
    account = make_account("marian@example.org", "Marian Cole", "admin", SYSTEM, clock.now(), "seven small blue boats")
    session.commit()
    browser = signed_in(account)
    assert {"/admin", "/admin/orders", "/admin/batches"} <= set(places(browser))
    assert dead(browser) == []


@pytest.mark.parametrize(("path", "current"), [("/products", "Products"), ("/treatment", "Treatment")])
def test_where_one_is_is_marked(client: FlaskClient, path: str, current: str) -> None:
    assert f'<a href="{path}" aria-current="page">{current}</a>' in client.get(path).text
