"""Looking changes nothing: every address is read as everybody over the demo clinic, and no row but the journal's differs."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from storefront import clock
from storefront.accounts import sessions
from storefront.accounts.models import Account
from storefront.app import create_app
from storefront.db import db, transaction
from tests.databases import keep_compiled, settings_for
from tests.demo import copy_rows

# Signing in and out is what these rows are for; the journal keeps who was turned away.
MAY_CHANGE = {"journal_entry", "journal_head", "signed_in", "attempt"}
A_FEW = 5


@pytest.fixture(scope="module")
def clinic(first_start: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo clinic's rows without worker and stand-in, so that nobody else changes any."""
    folder = tmp_path_factory.mktemp("reading")
    app = create_app(settings_for(copy_rows(first_start, folder / "rows.sqlite3"), folder))
    app.testing = True
    keep_compiled(app)
    yield app
    with app.app_context():
        db.engine.dispose()


def rows(app: Flask) -> dict[str, list[Any]]:
    with app.app_context():
        tables = [table for table in db.metadata.sorted_tables if table.name not in MAY_CHANGE]
        found = {table.name: list(map(tuple, db.session.execute(select(table)))) for table in tables}
        db.session.rollback()
    return found


def signed_in(app: Flask, email: str | None) -> FlaskClient:
    visitor = app.test_client()
    if email is not None:
        with app.test_request_context() as request, transaction():
            account = db.session.scalars(select(Account).where(Account.email == email)).one()
            sessions.begin(account, clock.now())
            token = request.session[sessions.TOKEN]  # type: ignore[index]
        with visitor.session_transaction() as session:
            session[sessions.TOKEN] = token
    return visitor


def people(app: Flask) -> list[str | None]:
    """A visitor, and of every role two."""
    with app.app_context():
        accounts = db.session.execute(
            select(Account.role, Account.email).where(Account.is_active).order_by(Account.id)
        ).all()
        db.session.rollback()
    of_a_role = {role: [email for its, email in accounts if its == role][:2] for role, _ in accounts}
    return [None, *(email for emails in of_a_role.values() for email in emails)]


def links(page: str) -> set[str]:
    """Addresses of the shop on a page: what a person could press without sending a form."""
    found = re.findall(r"(?:href|src)=\"(/[^\"#]*)", page)
    return {
        address.replace("&amp;", "&") for address in found if not address.startswith(("//", "/static/", "/assets/"))
    }


def kind_of(app: Flask, address: str) -> tuple[str, ...]:
    """What a page is, whatever it shows: its endpoint and the names that are asked. An unknown address is of its own kind."""
    path, _, asked = address.partition("?")
    try:
        endpoint, _ = app.url_map.bind("").match(path)
    except HTTPException:
        return (path,)
    return (endpoint, *sorted({pair.partition("=")[0] for pair in asked.split("&")}))


def read_everything(app: Flask, visitor: FlaskClient, starts: set[str]) -> dict[str, int]:
    """Every kind of page that can be reached by links, a few of each, with its status."""
    seen: dict[str, int] = {}
    of_a_kind = Counter[tuple[str, ...]]()
    waiting = sorted(starts)
    while waiting:
        address = waiting.pop(0)
        kind = kind_of(app, address)
        if address not in seen and of_a_kind[kind] < A_FEW:
            of_a_kind[kind] += 1
            answer = visitor.get(address)
            seen[address] = answer.status_code
            if answer.mimetype == "text/html":
                waiting += sorted(links(answer.get_data(as_text=True)) - set(seen))
            answer.close()
    return seen


def starts_of(app: Flask) -> set[str]:
    return {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and "<" not in rule.rule}


def test_reading_changes_no_row_and_breaks_no_page(clinic: Flask) -> None:
    before = rows(clinic)
    reached: set[str] = set()
    for email in people(clinic):
        statuses = read_everything(clinic, signed_in(clinic, email), starts_of(clinic))
        assert {address: status for address, status in statuses.items() if status >= 500} == {}, email
        reached |= {address for address, status in statuses.items() if status == 200}
    after = rows(clinic)
    assert [table for table in before if before[table] != after[table]] == []
    assert len(reached) > 200
