"""The notice on paper: for whom no mail reaches, with every part of it, noted as an attempt when somebody posted it."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from catalogue.journal import JournalEntry
from catalogue.recall_notices import HEADLINE, PARTS
from catalogue.recalls import Picture
from storefront.accounts.models import Account
from storefront.db import transaction
from storefront.orders import recall_letters, recalling
from storefront.orders.models import Order
from storefront.orders.recall_models import RecallAttempt
from tests.catalogue.samples import WHOLE_NOTICE
from tests.storefront.admin.test_recalls import png
from tests.storefront.conftest import once_for_the_file
from tests.storefront.orders import world
from tests.storefront.orders.recalled import CODE, Recalled
from tests.storefront.payments.ledger import Ledger


@pytest.fixture(scope="module")
def sent(ground: Connection, built_app: Flask) -> Recalled:
    with once_for_the_file(ground, built_app) as (ledger, patch):
        return Recalled(ledger, patch, clients=2)


@pytest.fixture
def clinic(sent: Recalled, session: Session, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Recalled:
    return sent.again(ledger, monkeypatch)


@pytest.fixture
def admin(clinic: Recalled, boss: Account, signed_in: Callable[[Account], FlaskClient]) -> FlaskClient:
    return signed_in(boss)


def told(clinic: Recalled) -> str:
    """The address of a recall whose notice went out by mail."""
    clinic.open()
    with transaction():
        picture, where = (Picture("image/png", png(colour)[0].getvalue()) for colour in ("white", "black"))
        recalling.write_notice(clinic.number, WHOLE_NOTICE, picture, world.ADMIN, clinic.now, where)
    with transaction():
        recalling.send_notice(clinic.number, world.ADMIN, clinic.now)
    clinic.work()
    return f"/admin/recalls/{clinic.number}"


def test_whom_no_mail_reaches_gets_the_whole_notice_on_paper(
    session: Session, admin: FlaskClient, clinic: Recalled
) -> None:
    page = told(clinic)
    first, second = (one.number for one in clinic.clients)
    assert "Nobody needs a letter" in admin.get(f"{page}/letters").text
    assert admin.get(f"{page}/letters.pdf").status_code == 409
    clinic.attempt(0, "came_back", "mail")
    clinic.attempt(1, "came_back", "mail")
    posted, collected = session.scalars(select(Order).order_by(Order.id))
    posted.recipient, posted.address = "Zoë Łukasz, Ελένη Жукова", "7 Mill Lane\nSkipton\nBD23 1AA"
    collected.delivery, collected.address = "collection", ""
    session.commit()
    shown = admin.get(f"{page}/letters").text
    assert "7 Mill Lane" in shown
    assert "No postal address is known" in shown
    sheets = PdfReader(BytesIO(admin.get(f"{page}/letters.pdf").data)).pages
    text = " ".join(" ".join(sheet.extract_text() for sheet in sheets).split())
    place = "Łukasz, Ελένη Жукова 7 Mill Lane Skipton BD23 1AA"
    whole = [getattr(WHOLE_NOTICE, part) for part in PARTS if part != "remedies"] + WHOLE_NOTICE.remedy_lines
    numbers = [CODE, "LOT-1", clinic.numbers[0], clinic.notices()[0].code]
    for part in [place, HEADLINE, WHOLE_NOTICE.only_remedy, *whole, *numbers]:
        assert part in text, part
    assert len(sheets[0].images) == 2
    assert all(f"letter to {first}" in sheet.extract_text() for sheet in sheets)
    read = select(JournalEntry.reference).where(JournalEntry.verb.in_(("read in a recall", "recall letters printed")))
    assert {first, second, clinic.number} <= set(session.scalars(read))


def test_a_letter_counts_as_an_attempt_once_somebody_says_it_was_posted(
    session: Session, admin: FlaskClient, clinic: Recalled
) -> None:
    page = told(clinic)
    clinic.attempt(0, "came_back", "mail")
    first, second = (one.number for one in clinic.clients)
    session.execute(update(Order).where(Order.number != clinic.numbers[0]).values(delivery="collection", address=""))
    session.commit()
    letters = lambda: session.scalars(  # noqa: E731
        select(RecallAttempt.note).where(RecallAttempt.way == "letter")
    ).all()
    for nobody in ({}, {"client": second}, {"client": "C-NONE"}):
        answer = admin.post(f"{page}/letters", data=nobody)
        assert (answer.status_code, 'data-reason="no-letter"' in answer.text) == (409, True)
    assert letters() == []
    for _ in range(2):
        assert admin.post(f"{page}/letters", data={"client": [first, second]}).status_code == 303
    assert letters() == [f"Posted to the address of {clinic.numbers[0]}"]
    assert "Posted today" in admin.get(f"{page}/letters").text
    with transaction():
        assert recall_letters.record_posted(clinic.number, [first], world.ADMIN, clinic.now + timedelta(days=1)) == 1
    clinic.answer(1)
    assert admin.post(f"{page}/closing", data={"end-why": "Tried three times."}).status_code == 303
    assert admin.post(f"{page}/letters", data={"client": first}).status_code == 409


def test_the_letters_take_the_same_queries_however_many(
    admin: FlaskClient, clinic: Recalled, count_queries: Any
) -> None:
    page, counts = told(clinic), []
    for nth in range(2):
        clinic.attempt(nth, "came_back", "mail")
        for path in ("letters", "letters.pdf"):
            with count_queries() as sent:
                assert admin.get(f"{page}/{path}").status_code == 200
            counts.append(len([one for one in sent if not one.startswith("INSERT INTO journal_entry")]))
    assert counts[:2] == counts[2:]
