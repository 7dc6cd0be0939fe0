"""The code on a parcel's slip: help first, a report without signing in that shows nothing of the order, and what its outcome
brings about in the end."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM, JournalEntry
from catalogue.products import Product
from storefront import clock
from storefront.accounts.actions import make_account
from storefront.db import transaction
from storefront.eligibility.consent_models import SealedFile
from storefront.eligibility.models import Client, Reaction
from storefront.eligibility.reaction_rules import answer_due, within
from storefront.messages.models import Message
from storefront.orders import slips
from storefront.orders.models import Parcel, Refund
from storefront.shop.slip import FROM_ADDRESS
from storefront.square_code import square_code
from tests.storefront.attacks.test_words import FORM_TOKEN
from tests.storefront.conftest import PASSWORD
from tests.storefront.eligibility.test_photos import picture
from tests.storefront.orders import world
from tests.storefront.shop.test_my_care import dispatched

LONDON = ZoneInfo("Europe/London")
Browsers = Callable[..., FlaskClient]


def at(*told: int) -> datetime:
    return datetime(*told, tzinfo=LONDON)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("told", "promised"),
    [
        (at(2026, 11, 25, 13, 20), at(2026, 11, 26, 13, 20)),
        (at(2026, 11, 27, 13, 20), at(2026, 11, 30, 13, 20)),
        (at(2026, 11, 28, 9, 0), at(2026, 11, 30, 9, 0)),
        (at(2026, 11, 29, 23, 59), at(2026, 11, 30, 23, 59)),
        # The clocks go back on Sunday, 25 October: the hour on the wall is what was promised.
        (at(2026, 10, 23, 10, 0), at(2026, 10, 26, 10, 0)),
    ],
)
def test_an_answer_is_promised_for_the_same_hour_of_the_next_working_day(told: datetime, promised: datetime) -> None:
    assert answer_due(told.astimezone(UTC), 1, LONDON) == promised
    assert (within(1), within(3)) == ("one working day", "3 working days")


def by_slip(code: str, **others: Any) -> dict[str, Any]:
    told = {"code": code, "product": "roller", "signs": ["swelling", "rows"], "size": "palm", "used_on": "2026-11-19"}
    return {**told, "began_on": "2026-11-20", "told": "On the left cheek.", **others}


def test_a_slip_reports_without_signing_in_and_shows_nothing(
    browser: Browsers, app: Any, mara: Client, roller: Product, session: Session
) -> None:
    order = dispatched(mara, roller, session)
    code = slips.printed(session.scalars(select(Parcel.slip_code)).one() or "")
    with transaction():
        make_account("alma@example.org", "Alma Admin", "admin", SYSTEM, clock.now(), PASSWORD)
    slip = browser("alma@example.org").get(f"/admin/orders/{order.number}/slip").text
    assert code in slip
    assert square_code(f"{app.config['SETTINGS'].base_url}/skin/{code}").dark in slip
    assert "sharps box" in slip
    visitor = app.test_client()
    page = visitor.get(f"/skin/{code.lower()}").text
    assert "we answer within one working day" in page
    assert page.index("999") < page.index("<form class") < page.index(code)
    unknown = visitor.get("/skin/ZZZZ-ZZZZ").text.replace("ZZZZ-ZZZZ", code)
    assert FORM_TOKEN.sub("", unknown) == FORM_TOKEN.sub("", page)
    wrong = visitor.post("/skin", data=by_slip("ZZZZ-ZZZZ"))
    assert (wrong.status_code, "We have no slip with this code" in wrong.text) == (422, True)
    assert "On the left cheek." in wrong.text
    told = visitor.post("/skin", data=by_slip(code.lower()))
    assert (told.status_code, told.location) == (303, "/skin/received")
    received = visitor.get("/skin/received").text
    assert "Monday 23 November 2026" in received
    for hidden in (order.number, roller.name, mara.name, mara.number):
        assert hidden not in page + wrong.text + received
    reaction = session.scalars(select(Reaction)).one()
    assert (reaction.client_id, reaction.product_id, reaction.order_number) == (mara.id, roller.id, order.number)
    assert (reaction.signs, reaction.size, reaction.used_on) == ("swelling,rows", "palm", date(2026, 11, 19))
    assert reaction.by_name == "whoever had the parcel’s slip"
    assert [each.to for each in session.scalars(select(Message).where(Message.kind == "news"))] == [mara.email]


def test_an_outcome_says_what_it_brings_about_and_does_it_once(
    browser: Browsers, mara: Client, roller: Product, session: Session
) -> None:
    order = dispatched(mara, roller, session)
    batch = session.scalars(select(world.Batch.code)).one()
    told = {"product": f"{order.number}/RL-020/{batch}", "signs": ["rows"], "size": "palm", "used_on": "2026-11-19"}
    mine, desk = browser(), browser("ines@example.org")
    mine.post("/care/reaction", data={**told, "photo": (BytesIO(picture()), "skin.jpg")})
    address = f"/practitioner/clients/{mara.number}"
    record, token = desk.get(address).text, session.scalars(select(SealedFile.token)).one()
    for said in ("answer promised by", "Up to the palm of my hand", "19 November 2026", "10 uses a roller", token):
        assert said in record, said
    assert "Its price goes back; nothing needs to be returned." in record
    assert desk.get(f"{address}/files/{token}").mimetype == "image/jpeg"
    ended = {"outcome": "stop", "note": "Track marks: too hard."}
    assert desk.post(f"{address}/reactions/1/outcome", data=ended).status_code == 303
    refund = session.scalars(select(Refund)).one()
    assert (refund.amount_minor, refund.why) == (3400, "decided by the practitioner")
    assert "Please stop your home care." in mine.get("/care").text
    with transaction():
        world.approve(mara.id)
    assert 'data-reason="reacted"' in mine.get(f"/products/{roller.slug}").text
    assert mine.post("/care/reaction", data=told).status_code == 303
    assert desk.post(f"{address}/reactions/2/outcome", data=ended).status_code == 303
    assert len(session.scalars(select(Refund)).all()) == 1
    verbs = " ".join(f"{row.verb} {row.particulars}" for row in session.scalars(select(JournalEntry)))
    assert not [word for word in ("skin", "reaction", "Track", "swelling") if word in verbs]


def test_codes_cannot_be_tried_out(app: Any, session: Session) -> None:
    visitor = app.test_client()
    for _ in range(FROM_ADDRESS.tries):
        assert visitor.post("/skin", data=by_slip("ZZZZ-ZZZZ")).status_code == 422
    stopped = visitor.post("/skin", data=by_slip("ZZZZ-ZZZZ"))
    assert (stopped.status_code, "Retry-After" in stopped.headers) == (429, True)
    assert "On the left cheek." in stopped.text
    assert session.scalars(select(Reaction)).all() == []


def test_a_report_is_kept_even_when_its_picture_is_none(browser: Browsers, mara: Client, session: Session) -> None:
    told = {"product": "else", "told": "red", "photo": (BytesIO(b"%PDF-1.4 no picture"), "skin.pdf")}
    mine = browser()
    assert mine.post("/care/reaction", data=told).status_code == 303
    assert "Your report is kept, the picture is not." in mine.get("/care/reaction/received").text
    assert session.scalars(select(Reaction)).one().photo_id is None
